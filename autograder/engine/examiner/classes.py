"""Classes that are known on both sides: what `isinstance` says of a student's object."""

from __future__ import annotations

import re
import sys
import types
from typing import Any

from autograder.engine.wire.protocols import PLAIN

# classes of Python's own objects, which nobody can derive from and nothing can be done with
EMPTY: tuple[Any, ...] = (), [], {}, set(), "", b"", range(0), reversed([])
_OTHERS: tuple[type, ...] = (
    *(type, super, property, staticmethod, classmethod, zip, map, filter, enumerate, reversed, slice),
    *(memoryview, bytearray, re.Pattern, re.Match),
    *(type(iter(empty)) for empty in EMPTY),
)
FINAL: dict[str, type] = {
    f"{kind.__module__}:{kind.__qualname__}": kind
    for kind in (*vars(types).values(), *_OTHERS)
    if isinstance(kind, type) and kind.__module__ in ("builtins", "re")
}
# of Python's library, those whose classes can do no harm; what else is installed is the instructor's choice
HARMLESS = frozenset(
    (
        *("abc", "array", "collections", "dataclasses", "datetime", "decimal", "enum", "fractions"),
        *("functools", "io", "itertools", "numbers", "pathlib", "string", "types", "typing", "uuid", "_io"),
    )
)


def claimed(name: str, claim: str) -> type | None:
    """Return a class that makes `isinstance` say of a handle what it would say of the object.

    It is derived from the library's class, can't be called, and holds nothing of the student's. Data are
    never claimed: what is compared with an array is an array.

    Args:
        name: of the object's class.
        claim: module and name of the first of its bases that isn't the student's own.
    """
    if claim in FINAL:
        return FINAL[claim]
    found = known_class(claim)
    if found is None or is_plain(claim):
        return None
    members = {"__new__": _refuse, "__init_subclass__": classmethod(lambda cls: None)}
    try:
        return types.new_class(name, (found,), exec_body=lambda names: names.update(members))
    except Exception:  # whatever a library's class says of classes derived from it
        return None


def is_plain(claim: str) -> bool:
    """Say whether an object is of a class derived from plain data, which would have crossed by value."""
    module, _, name = claim.partition(":")
    return (module == "builtins" and name in PLAIN) or module.partition(".")[0] in ("numpy", "pandas")


def is_untold(claim: str) -> bool:
    """Say whether the class may be one that tests ask for, and can't be told: then nothing is said of it."""
    module = claim.partition(":")[0].partition(".")[0]
    return is_plain(claim) or module in sys.stdlib_module_names or known_class(claim) is not None


def known_class(claim: str) -> type | None:
    """Return the class of that module and name if it is loaded here and harmless; nothing is imported."""
    module, _, path = claim.partition(":")
    package = module.partition(".")[0]
    if package in sys.stdlib_module_names and package not in HARMLESS and package != "builtins":
        return None
    found: Any = sys.modules.get(module)
    for part in path.split("."):
        found = vars(found).get(part) if isinstance(found, type | types.ModuleType) else None
    if not isinstance(found, type) or (package == "builtins" and not issubclass(found, BaseException)):
        return None
    return found


def _refuse(cls: type, *args: Any, **kwargs: Any) -> Any:
    raise TypeError("this class can't be called from outside the student's process")
