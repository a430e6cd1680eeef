"""What `forward` keeps for `backward` belongs to the module: not to its class, and not to the notebook.

It is looked for where the module lives here; of a handle on one elsewhere there is nothing to see.
"""

from __future__ import annotations

import dis
import inspect
from collections.abc import Mapping
from types import FunctionType
from typing import Any

from workbook.checks.errors import GradientError


def class_state(module: Any) -> Mapping[str, Any]:
    """Return what a module's class, and those it inherits from, hold now."""
    return {name: value for kind in reversed(type(module).__mro__) for name, value in vars(kind).items()}


def expect_own_state(module: Any, before: Mapping[str, Any]) -> None:
    """Expect that `forward` has kept nothing for `backward` where all modules of this kind share it.

    Args:
        module: after `forward`.
        before: `class_state` before it.

    Raises:
        GradientError: naming what is shared.
    """
    forward, backward = (_function(module, name) for name in ("forward", "backward"))
    if forward is None or backward is None:
        return
    after, told = class_state(module), _global_names(backward, "LOAD_GLOBAL")
    shared = {
        each: "on the class"
        for each in backward.__code__.co_names
        if each in after and (each not in before or after[each] is not before[each])
    }
    shared |= dict.fromkeys(_global_names(forward, "STORE_GLOBAL") & told, "as a global of the notebook")
    for each, place in shared.items():
        name = type(module).__name__
        raise GradientError(
            f"{name}.forward keeps `{each}` {place}, where all modules of this kind share it: a second "
            f"{name} overwrites it.\nKeep it on the module: self.{each} = ...",
            cause="shared-state",
        )


def _function(module: Any, name: str) -> FunctionType | None:
    found = inspect.getattr_static(type(module), name, None)
    return found if isinstance(found, FunctionType) else None


def _global_names(function: FunctionType, operation: str) -> set[str]:
    return {str(step.argval) for step in dis.get_instructions(function.__code__) if step.opname == operation}
