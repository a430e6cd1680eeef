"""What a test cell sees of the student's process: handles on objects, and the student's errors."""

from __future__ import annotations

import builtins
import weakref
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, Protocol

import numpy as np

# Everything else with two underscores is a protocol that Python or NumPy would follow into their data.
SAFE_DUNDERS = ("__name__", "__qualname__", "__doc__", "__dict__", "__wrapped__")


class Asks(Protocol):
    """Whoever can ask the student's process: the examiner."""

    def ask(self, kind: str, plain: Any = None, values: Any = ()) -> Any:
        """Ask for one thing and return the answer."""

    def ask_each(self, things: Sequence[Any], questions: Sequence[tuple[Any, ...]], method: str) -> list[Any]:
        """Have several things called, or one method of each, in one message; return what comes back."""


class StudentError(Exception):
    """What the student's code raised; also an instance of the built-in class that it raised.

    Attributes:
        name: the class's name, as the student's code knows it.
        message: its message.
    """

    def __init__(self, name: str, message: str, args: tuple[Any, ...] = ()) -> None:
        BaseException.__init__(self, *(args or (message,)))
        self.name = name
        self.message = message

    def __str__(self) -> str:
        return self.message


def student_error(name: str, bases: list[str], message: str, args: tuple[Any, ...]) -> StudentError:
    """Return an error that `except ValueError` catches if the student raised a kind of ValueError."""
    for base in bases:
        kind = getattr(builtins, base, None)
        if isinstance(kind, type) and issubclass(kind, Exception) and kind not in (Exception, ExceptionGroup):
            both: type[StudentError] = type(name, (StudentError, kind), {})
            return both(name, message, args)
    return StudentError(name, message, args)


class TooSlow(StudentError):  # noqa: N818
    """The student's code had not answered at the deadline."""


class Gone(StudentError):  # noqa: N818
    """The student's process has ended, and can answer nothing any more."""


class Handle:
    """An object of the student's. Using it asks the student's process; comparing it never does."""

    __slots__ = ("__weakref__", "_examiner", "_kind", "_methods", "_number")

    _examiner: Asks
    _kind: str
    _methods: dict[str, Handle]
    _number: int

    def __init__(self, examiner: Asks, number: int, kind: str) -> None:
        object.__setattr__(self, "_examiner", examiner)
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_kind", kind)
        object.__setattr__(self, "_methods", {})

    def __repr__(self) -> str:
        return f"<{self._kind} of the student>"

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        raise _unlike(self, "a class that a test's own class can be derived from")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__") and name not in SAFE_DUNDERS:
            raise AttributeError(name)
        if name.startswith(("_ipython_", "_repr_")):
            raise AttributeError(name)
        if name in self._methods:
            return self._methods[name]
        found = self._examiner.ask("getattr", self._number, [name])
        if isinstance(found, Handle) and found._kind == "method":
            self._methods[name] = (
                found  # methods don't change, and asking for one takes as long as calling it
            )
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        self._methods.pop(name, None)
        self._examiner.ask("setattr", self._number, [name, value])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Have the student's process call it."""
        return self._examiner.ask("call", self._number, [args, tuple(kwargs.items())])

    @staticmethod
    def __ask_each__(
        things: Sequence[Handle], questions: Sequence[tuple[Any, ...]], method: str
    ) -> list[Any]:
        """Have several called in one message; a course may look for this name."""
        return things[0]._examiner.ask_each(things, questions, method)

    def __getitem__(self, key: Any) -> Any:
        return self._examiner.ask("getitem", self._number, [key])

    def __setitem__(self, key: Any, value: Any) -> None:
        self._examiner.ask("setitem", self._number, [key, value])

    def __delitem__(self, key: Any) -> None:
        self._examiner.ask("delitem", self._number, [key])

    def __len__(self) -> int:
        return int(_number(self, self._examiner.ask("len", self._number), int))

    def __bool__(self) -> bool:
        return bool(self._examiner.ask("bool", self._number) is True)

    def __float__(self) -> float:
        return float(_number(self, self._examiner.ask("float", self._number), float))

    def __int__(self) -> int:
        return int(_number(self, self._examiner.ask("int", self._number), int))

    def __index__(self) -> int:
        return int(_number(self, self._examiner.ask("index", self._number), int))

    def __iter__(self) -> Iterator[Any]:
        iterator = self._examiner.ask("iter", self._number)
        if not isinstance(iterator, Handle):
            yield from iterator
            return
        while True:
            try:
                item = self._examiner.ask("next", iterator._number)
            except StopIteration:
                return
            yield item

    def __next__(self) -> Any:
        return self._examiner.ask("next", self._number)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        array = self._examiner.ask("array", self._number)
        if not isinstance(array, np.ndarray):
            raise _unlike(self, "an array")
        return array if dtype is None else array.astype(dtype)

    def __contains__(self, item: Any) -> bool:
        raise _unlike(self, "a list, dict, set or string")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Handle) and other._number == self._number

    def __hash__(self) -> int:
        return hash(("Handle", self._number))


def _number(handle: Handle, value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise _unlike(handle, "a number")
    return value


def _unlike(handle: Handle, expected: str) -> StudentError:
    return student_error(
        "TypeError",
        ["TypeError"],
        f"this is an object of the class {handle._kind}; {expected} is expected here",
        (),
    )


def _operator(name: str) -> Callable[[Handle, Any], Any]:
    """Make an operator: done by the student's class, but never shown anything of the examiner's."""

    def apply(self: Handle, other: Any) -> Any:
        if not isinstance(other, Handle):
            raise _unlike(self, "a number or an array")
        return self._examiner.ask("operator", self._number, [name, other])

    return apply


def _refused(self: Handle, other: Any) -> Any:
    raise _unlike(self, "a number or an array")


for _name in ("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow"):
    setattr(Handle, f"__{_name}__", _operator(_name))
    setattr(Handle, f"__r{_name}__", _refused)
for _name in ("lt", "le", "gt", "ge"):
    setattr(Handle, f"__{_name}__", _refused)


@cache
def _class_named(kind: str) -> type[Handle]:
    """Return a class of handles that messages may name: `type(layer).__name__` is the student's."""
    return type(kind, (Handle,), {"__slots__": ()})


class Handles:
    """The handles that the examiner still holds, and the numbers of those it has let go."""

    def __init__(self, examiner: Asks) -> None:
        self.examiner = examiner
        self.alive: weakref.WeakValueDictionary[int, Handle] = weakref.WeakValueDictionary()
        self.gone: set[int] = set()

    def get(self, number: int, kind: str) -> Handle:
        """Return the handle of this number, the same one for as long as it is in use."""
        handle = self.alive.get(number)
        self.gone.discard(number)
        if handle is None:
            handle = _class_named(kind)(self.examiner, number, kind)
            self.alive[number] = handle
            weakref.finalize(handle, self.gone.add, number).atexit = False
        return handle

    def take_gone(self) -> list[int]:
        """Return the numbers that the student's side may forget."""
        gone = [number for number in self.gone if number not in self.alive]
        self.gone.clear()  # this very set is where handles report their end
        return gone
