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
OPERATORS = tuple(
    f"__{name.strip('_')}__" for name in (*UNARY, *BINARY, *(f"r{name}" for name in BINARY), *ORDER)
)
PLAIN = ("bool", "int", "float", "complex", "str", "bytes", "list", "tuple", "dict", "set", "frozenset")


def able(kind: type) -> list[str]:
    """Return the protocols that a class supports, and `EQUAL` if that is its own."""
    found = [name for name in (*PROTOCOLS, *OPERATORS) if _is_own(kind, name)]
    own: Any = kind.__eq__
    return [*found, EQUAL] if own is not object.__eq__ else found


def _is_own(kind: type, name: str) -> bool:
    """Say whether Python finds a special method on a class or a base that isn't `object`."""
    found = next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)
    return found is not None and found is not vars(object).get(name)


def library_class(kind: type) -> str:
    """Return module and name of a class, or of the first of its bases that isn't the student's own."""
    for base in kind.__mro__:
        module = getattr(base, "__module__", "")
        if base is not object and type(module) is str and module != "__main__":
            return f"{module}:{base.__qualname__}"
    return ""
