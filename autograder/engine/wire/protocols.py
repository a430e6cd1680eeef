"""What an object can do by its class, as both sides name it: so that a handle can do no more and no less."""

from __future__ import annotations

from typing import Any

PROTOCOLS = (
    *("__call__", "__len__", "__iter__", "__next__", "__getitem__", "__setitem__", "__delitem__"),
    *("__contains__", "__float__", "__int__", "__index__", "__enter__", "__exit__", "__await__"),
)
EQUAL = "__eq__"  # that its class says what equal means; by default an object is equal to itself only
UNARY = ("neg", "pos", "abs", "invert")
BINARY = ("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow", "and_", "or_", "xor")
ORDER = ("lt", "le", "gt", "ge")
PLAIN = ("bool", "int", "float", "complex", "str", "bytes", "list", "tuple", "dict", "set", "frozenset")


def able(kind: type) -> list[str]:
    """Return the protocols that a class supports, and `EQUAL` if that is its own."""
    found = [name for name in PROTOCOLS if _of_class(kind, name) is not None]
    if "__iter__" not in found and "__getitem__" in found:
        found.append("__iter__")
    own: Any = kind.__eq__
    return [*found, EQUAL] if own is not object.__eq__ else found


def _of_class(kind: type, name: str) -> Any:
    """Return a special method as Python finds it: on a class and its bases, not on its metaclass."""
    return next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)


def library_class(kind: type) -> str:
    """Return module and name of a class, or of the first of its bases that isn't the student's own."""
    for base in kind.__mro__:
        module = getattr(base, "__module__", "")
        if base is not object and type(module) is str and module != "__main__":
            return f"{module}:{base.__qualname__}"
    return ""
