"""Functions and objects of the examiner's in the student's hands, and what may be done with them there.

An instance of a class that the instructor's cells define, or that says what a student may change, stays with
the examiner: the student's code gets a stand-in, and whatever it does with it is done here. So what an object
counts, records or times is true. The student's code may call its public methods and operators and read its
public attributes; nothing that begins with an underscore. It changes only what the class names in
`student_may_change`.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MethodType
from typing import Any

from autograder.engine.wire.values import BadValue, NotPlain

CELLS = "__main__"  # the module of whatever the instructor's cells define
OPEN = "student_may_change"  # a class's attribute: names of what the student's code may set and change
UNARY = ("neg", "pos", "abs", "bool", "float", "int", "index", "len", "iter", "next", "str", "repr", "hash")
BINARY = ("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor")
OTHERS = ("eq", "ne", "lt", "le", "gt", "ge", "call", "enter", "exit", "array", "divmod")
ITEMS = ("contains", "getitem", "setitem", "delitem")
OPERATORS = frozenset(
    f"__{name}__" for name in (*UNARY, *BINARY, *(f"r{each}" for each in BINARY), *OTHERS, *ITEMS)
)
STEPS = frozenset({"__iter__", "__next__"})


class Lent:
    """What has been handed over, by number."""

    def __init__(self) -> None:
        self.things: list[Any] = []
        self._numbers: dict[Any, int] = {}

    def message(self, value: Any) -> list[Any]:
        """Return the message that hands a function or an object over.

        Raises:
            NotPlain: if it is neither; the text is for the author of the test.
        """
        if is_object(value):
            return ["o", self._number(value), *_description(type(value))]
        if callable(value) and (not isinstance(value, type) or value.__module__ in ("builtins", CELLS)):
            return ["f", self._number(value), _name(value)]
        if isinstance(value, Iterator):
            return ["o", self._number(value), "iterator", [], sorted(STEPS), []]
        raise NotPlain(
            f"a test can't hand {type(value).__name__} to the student's code: numbers, strings, lists, "
            "dicts, arrays, functions, objects of the test's own classes and of the student's can be"
        )

    def _number(self, value: Any) -> int:
        key: Any = id(value)
        if isinstance(value, MethodType):  # a new object each time that it is looked up
            key = id(value.__self__), id(value.__func__)
        if key not in self._numbers:
            self._numbers[key] = len(self.things)
            self.things.append(value)
        return self._numbers[key]

    def thing(self, number: Any) -> Any:
        """Return what a number stands for.

        Raises:
            BadValue: if it stands for nothing.
        """
        if type(number) is not int or not 0 <= number < len(self.things):
            raise BadValue("no such function or object")
        return self.things[number]

    def use(self, number: int, what: str, name: str, args: Any, kwargs: dict[str, Any]) -> Any:
        """Do what the student's code asks of a thing.

        Raises:
            AttributeError: if it has no such public attribute, or may not change it.
            BadValue: if nothing can ask for that.
            Exception: whatever the thing itself raises.
        """
        thing = self.thing(number)
        if what == "call" and not name:
            return thing(*args, **kwargs)
        if what == "call" and name in STEPS and isinstance(thing, Iterator):
            return getattr(thing, name)()
        if not is_object(thing) or type(name) is not str:
            raise AttributeError(f"a {type(thing).__name__} of the examiner shows no {name}")
        if what == "call" and name in OPERATORS:
            return getattr(type(thing), name)(thing, *args, **kwargs)
        if name.startswith("_") or name == OPEN:
            raise AttributeError(f"the {type(thing).__name__} of the examiner shows no {name}")
        if what == "call":
            return getattr(thing, name)(*args, **kwargs)
        if what == "get":
            return getattr(thing, name)
        if what == "set" and len(args) == 1:
            if name not in open_names(thing):
                raise AttributeError(f"the {type(thing).__name__} of the examiner doesn't let you set {name}")
            setattr(thing, name, args[0])
            return None
        raise BadValue("no such use of an object")


def open_names(thing: Any) -> frozenset[str]:
    """Return the attributes that the student's code may set, and whose contents it may change."""
    return frozenset(getattr(type(thing), OPEN, ())) if is_object(thing) else frozenset()


def is_object(value: Any) -> bool:
    """Say whether a value is lent: its class is an instructor's cell's, or names what may be changed."""
    kind = type(value)
    return (kind.__module__ == CELLS or hasattr(kind, OPEN)) and not isinstance(value, type)


def _description(kind: type) -> list[Any]:
    """Return a class as the other side imitates it: its name, methods, operators, and bases it may know."""
    bases = [base for base in kind.__mro__ if base is not object]
    known = [[base.__module__, base.__qualname__] for base in bases if base.__module__ != CELLS]
    names = {name for base in bases for name in vars(base)}
    public = [name for name in names if not name.startswith("_") and callable(getattr(kind, name, None))]
    usable = {name for name in names & OPERATORS if callable(getattr(kind, name, None))}
    if "__hash__" in usable and "__eq__" not in usable:
        usable.remove("__hash__")
    return [kind.__name__[:80], sorted(public), sorted(usable), known]


def _name(function: Any) -> str:
    return str(getattr(function, "__name__", type(function).__name__))[:80]
