"""What `forward` keeps for `backward` belongs to the module: not to its class, and not to the notebook.

It is looked for where the module lives here; of a handle on one elsewhere there is nothing to see.
"""

from __future__ import annotations

import dis
import inspect
from types import FunctionType
from typing import Any

from workbook.checks.errors import GradientError


def expect_own_state(module: Any) -> None:
    """Expect that `forward`, which has run, has kept nothing for `backward` where all modules share it.

    Raises:
        GradientError: naming what is shared.
    """
    forward, backward = (_function(module, name) for name in ("forward", "backward"))
    if forward is None or backward is None:
        return
    kept = (
        _names(forward, "STORE_ATTR") & _names(backward, "LOAD_ATTR") - getattr(module, "__dict__", {}).keys()
    )
    shared = {name: "on the class" for name in kept if _plain(type(module), name)}
    kept = _names(forward, "STORE_GLOBAL") & _names(backward, "LOAD_GLOBAL")
    shared |= dict.fromkeys(kept, "as a global of the notebook")
    for each, place in sorted(shared.items()):
        name = type(module).__name__
        raise GradientError(
            f"{name}.forward keeps `{each}` {place}, where all modules of this kind share it: a second "
            f"{name} overwrites it.\nKeep it on the module: self.{each} = ...",
            cause="shared-state",
        )


def _function(module: Any, name: str) -> FunctionType | None:
    found = inspect.getattr_static(type(module), name, None)
    return found if isinstance(found, FunctionType) else None


def _plain(kind: type, name: str) -> bool:
    """Say whether a class holds a value of that name, rather than what stores it with each object."""
    value = inspect.getattr_static(kind, name, inspect.Parameter.empty)
    return value is not inspect.Parameter.empty and not hasattr(value, "__set__")


def _names(function: FunctionType, operation: str) -> set[str]:
    return {str(step.argval) for step in dis.get_instructions(function.__code__) if step.opname == operation}
