"""What the examiner holds handles on, by number, and how an object is described to it."""

from __future__ import annotations

from functools import lru_cache
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

    def pack_other(self, value: Any) -> Any:
        """Return a handle's message for an object of the student's."""
        if isinstance(value, Borrowed):
            return ["f", vars(value)["_number"]]
        number = self.known.get(id(value))
        if number is None:
            number, self.next = self.next, self.next + 2
            self.things[number] = value
            self.known[id(value)] = number
        kind: Any = type(value)
        return ["h", number, *_about(kind), _hash(value)]

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
