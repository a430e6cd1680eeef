"""What the examiner holds handles on, by number, and how an object is described to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from types import FunctionType, MethodType
from typing import Any

from autograder.engine.examinee.borrowed import AsksExaminer, Borrowed, borrow
from autograder.engine.wire.mirror import Mirror
from autograder.engine.wire.protocols import able, library_class


class Things(Mirror):
    """The student's objects by number, besides the containers that both sides hold."""

    def __init__(self, side: AsksExaminer) -> None:
        super().__init__(first=2)
        self.side = side
        self.things: dict[int, Any] = {}
        self.known: dict[int, int] = {}
        self.borrowed: dict[int, Borrowed] = {}
        self.methods: dict[type, list[str]] = {}  # that have been asked for, by class
        self.dealt: dict[int, Any] = {}  # of one message, the random generators in it

    def attribute(self, number: int, name: str) -> Any:
        """Return an attribute of an object; of the next ones of its class, methods are told unasked."""
        thing = self.things[number]
        found = getattr(thing, name)
        if type(found) is MethodType and found.__self__ is thing:
            names = self.methods.setdefault(type(thing), [])
            if name not in names:
                names.append(name)
        return found

    def pack_other(self, value: Any) -> Any:
        """Return a handle's message for an object of the student's."""
        if isinstance(value, Borrowed):
            return ["f", vars(value)["_number"]]
        kind: Any = type(value)
        number = self.known.get(id(value))
        methods: list[Any] = []
        if number is None:
            number, self.next = self.next, self.next + 2
            self.things[number] = value
            self.known[id(value)] = number
            names = self.methods.get(kind)
            methods = [[name, self.pack_other(each)] for name, each in _methods(value, names or ())]
        return ["h", number, *_about(kind), _hash(value), methods]

    def unpack(self, message: Any, depth: int = 0) -> Any:
        """Unpack as Mirror does; a random generator has a number in its message."""
        if type(message) is list and len(message) == 3 and message[0] == "g":
            number = message[2]
            if number not in self.dealt:
                self.dealt[number] = super().unpack(message[:2], depth)
            return self.dealt[number]
        return super().unpack(message, depth)

    def unpack_other(self, message: list[Any]) -> Any:
        """Return the object behind a handle, or the stand-in for what the examiner lends."""
        if message[0] == "h":
            return self.things[message[1]]
        number = message[1]
        if number not in self.borrowed:
            of_object = message[0] == "o"
            self.borrowed[number] = (borrow if of_object else Borrowed)(self.side, number, *message[2:])
        return self.borrowed[number]

    def forget(self, numbers: Any) -> None:
        """Let objects go."""
        super().forget(numbers)
        for number in numbers:
            if number in self.things:
                self.known.pop(id(self.things.pop(number)), None)


def _methods(value: Any, names: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """Yield those methods of an object that can be had without running any code of its class."""
    kind: Any = type(value)
    if kind.__getattribute__ is object.__getattribute__:
        own = getattr(value, "__dict__", {})
        for name in names:
            function = next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)
            if type(function) is FunctionType and name not in own:
                yield name, MethodType(function, value)


@lru_cache(maxsize=1000)
def _about(kind: Any) -> tuple[str, list[str], str]:
    """Return a class's name, the protocols that it supports, and the library's class that it derives from."""
    return kind.__name__[:80], able(kind), library_class(kind)


def _hash(value: Any) -> int | bool:
    """Return what an object's own class takes for its hash, False if it has none; True: the default."""
    method = getattr(type(value), "__hash__", None)
    if method is object.__hash__ or isinstance(value, type):
        return True
    try:
        return hash(value)
    except Exception:  # the class says that there is none, or fails to compute it
        return False
