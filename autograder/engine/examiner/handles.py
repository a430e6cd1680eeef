"""What a test cell sees of the student's process: handles on objects, and the student's errors."""

from __future__ import annotations

import builtins
import inspect
import weakref
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from autograder.engine.examiner.classes import claimed, is_untold
from autograder.engine.wire.protocols import BINARY, EQUAL, OPERATORS, ORDER, PROTOCOLS, UNARY

# Everything else with two underscores is a protocol that Python or NumPy would follow into their data.
SAFE_DUNDERS = (
    *("__name__", "__qualname__", "__doc__", "__dict__", "__wrapped__", "__module__", "__bases__", "__mro__"),
    *("__annotations__", "__defaults__", "__kwdefaults__", "__slots__", "__code__"),
)
# Of a class, what it says its objects can do: nobody follows these of a thing that isn't a class itself.
OF_CLASSES = frozenset(
    (
        *PROTOCOLS,
        *OPERATORS,
        EQUAL,
        *("__ne__", "__init__", "__new__", "__post_init__", "__str__", "__repr__", "__hash__", "__bool__"),
        *("__format__", "__reversed__", "__round__", "__getattr__", "__setattr__"),
        *("__dataclass_fields__", "__abstractmethods__", "__match_args__"),
    )
)


class Asks(Protocol):
    """Whoever can ask the student's process: the examiner."""

    def ask(self, kind: str, plain: Any = None, values: Any = ()) -> Any:
        """Ask for one thing and return the answer."""

    def ask_each(self, things: Sequence[Any], questions: Sequence[tuple[Any, ...]], method: str) -> list[Any]:
        """Have several things called, or one method of each, in one message; return what comes back."""

    def read_each(self, things: Sequence[Any], name: str) -> list[Any]:
        """Have one attribute of several things read in one message; return what comes back."""


class StudentError(Exception):
    """What the student's code raised; also an instance of the built-in class that it raised.

    Attributes:
        name: the class's name, as the student's code knows it.
        message: its message.
        detail: asks what `Inside.detail` says of it, as long as nothing else has been asked; None if nothing.
    """

    detail: Callable[[], Any]

    def __init__(self, name: str, message: str, args: tuple[Any, ...] = ()) -> None:
        BaseException.__init__(self, *(args or (message,)))
        self.name = name
        self.message = message
        self.detail = lambda: None
        if isinstance(self, StopIteration):  # Python reads the value without asking whether there is one
            StopIteration.__init__(self, *args)

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


class OutOfReach(StudentError, TypeError):  # noqa: N818
    """What a test asks can't be asked from outside the student's process."""


class Handle:
    """An object of the student's. Using it asks the student's process, but shows it no value to compare with.

    It supports what the object's class does (`able`): `callable(handle)` is as true of it as of the object.
    Where Python would let the student's class compare itself with a value of the test's, nothing is asked and
    nothing is believed: that raises `OutOfReach`.
    """

    __slots__ = ("__weakref__", "_able", "_examiner", "_hash", "_kind", "_methods", "_number")

    _able: frozenset[str]
    _examiner: Asks
    _hash: Any
    _kind: str
    _methods: dict[str, Handle]
    _number: int

    def __init__(
        self, examiner: Asks, number: int, kind: str, able: frozenset[str] = frozenset(), hash_: Any = True
    ) -> None:
        object.__setattr__(self, "_examiner", examiner)
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_kind", kind)
        object.__setattr__(self, "_able", able)
        object.__setattr__(self, "_hash", hash_)
        object.__setattr__(self, "_methods", {})

    def __repr__(self) -> str:
        return self._text("repr")

    def __str__(self) -> str:
        return self._text("str")

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def _text(self, what: str) -> str:
        text = self._examiner.ask(what, self._number)
        if type(text) is not str:
            raise _unlike(self, "an object that says what it is")
        return text

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        raise _unlike(self, "a class that a test's own class can be derived from")

    def __instancecheck__(self, instance: Any) -> bool:
        return self._check("isinstance", instance)

    def __subclasscheck__(self, kind: Any) -> bool:
        return self._check("issubclass", kind)

    def _check(self, what: str, other: Any) -> bool:
        if isinstance(other, Handle):
            return bool(self._examiner.ask(what, self._number, [other]) is True)
        if type(other).__module__ == "builtins" or other is None:
            return False  # plain data cross by value only if they are of no class of the student's
        raise _unlike(self, "a class that is known on both sides")

    @property
    def __signature__(self) -> inspect.Signature:
        parts = self._examiner.ask("signature", self._number)
        kinds = list(inspect._ParameterKind)
        empty = inspect.Parameter.empty
        return inspect.Signature(
            [
                inspect.Parameter(name, kinds[kind], default=default if given else empty)
                for name, kind, given, default in parts
            ]
        )

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

    def __dir__(self) -> list[str]:
        return list(self._examiner.ask("dir", self._number))

    def __setattr__(self, name: str, value: Any) -> None:
        self._methods.pop(name, None)
        self._examiner.ask("setattr", self._number, [name, value])

    def __delattr__(self, name: str) -> None:
        self._methods.pop(name, None)
        self._examiner.ask("delattr", self._number, [name])

    @staticmethod
    def __ask_each__(
        things: Sequence[Handle], questions: Sequence[tuple[Any, ...]], method: str
    ) -> list[Any]:
        """Have several called in one message; a course may look for this name."""
        return things[0]._examiner.ask_each(things, questions, method)

    @staticmethod
    def __read_each__(things: Sequence[Handle], name: str) -> list[Any]:
        """Read an attribute of several in one message; a course may look for this name, too."""
        return things[0]._examiner.read_each(things, name)

    def __bool__(self) -> bool:
        return bool(self._examiner.ask("bool", self._number) is True)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray[Any, Any]:
        array = self._examiner.ask("array", self._number)
        if not isinstance(array, np.ndarray):
            raise _unlike(self, "an array")
        return array if dtype is None else array.astype(dtype)

    def __copy__(self) -> Any:
        return self._examiner.ask("copy", self._number)

    def __deepcopy__(self, memo: Any) -> Any:
        return self._examiner.ask("deepcopy", self._number)

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise _unlike(self, "something that can be pickled")

    def __eq__(self, other: object) -> bool:
        return self is other or self._compare("eq", other)

    def __ne__(self, other: object) -> bool:
        return self is not other and self._compare("ne", other)

    def _compare(self, name: str, other: object) -> bool:
        """Compare two of the student's objects by their own class, and others only where that has no say."""
        both = isinstance(other, Handle)
        if EQUAL not in self._able and not (both and EQUAL in other._able):  # type: ignore[attr-defined]
            return name == "ne"
        if not both:
            raise _unlike(self, "a value that can be compared with the test's")
        return bool(self._examiner.ask("operator", self._number, [name, other]) is True)

    def __hash__(self) -> int:
        return hash(("Handle", self._number if self._hash is True else self._hash))


def _number(handle: Handle, value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise _unlike(handle, "a number")
    return value


def _unlike(handle: Handle, expected: str) -> OutOfReach:
    """Return the error of a question that isn't asked: for a student, and for the author of the test."""
    message = f"this is an object of the class {handle._kind}; {expected} is expected here (from outside the "
    return OutOfReach("TypeError", f"{message}student's process nothing else can be asked)")


def _operator(name: str, reflected: bool = False) -> Callable[[Handle, Any], Any]:
    """Make an operator: done by the student's class, but never shown anything of the examiner's."""

    def apply(self: Handle, other: Any) -> Any:
        if not isinstance(other, Handle):
            raise _unlike(self, "a number or an array")
        first, second = (other, self) if reflected else (self, other)
        return self._examiner.ask("operator", first._number, [name, second])

    return apply


def _unary(name: str) -> Callable[[Handle], Any]:
    return lambda self: self._examiner.ask("unary", self._number, [name])


def _call(self: Handle, *args: Any, **kwargs: Any) -> Any:
    """Have the student's process call it."""
    return self._examiner.ask("call", self._number, [args, tuple(kwargs.items())])


def _get_item(self: Handle, key: Any) -> Any:
    return self._examiner.ask("getitem", self._number, [key])


def _set_item(self: Handle, key: Any, value: Any) -> None:
    self._examiner.ask("setitem", self._number, [key, value])


def _delete_item(self: Handle, key: Any) -> None:
    self._examiner.ask("delitem", self._number, [key])


def _contains(self: Handle, item: Any) -> bool:
    if not isinstance(item, Handle):
        raise _unlike(self, "a list, dict, set or string")
    return bool(self._examiner.ask("operator", self._number, ["contains", item]) is True)


def _iterate(self: Handle) -> Iterator[Any]:
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


def _await(self: Handle) -> Generator[None, None, Any]:
    yield from ()
    return self._examiner.ask("await", self._number)


def _leave(self: Handle, kind: Any, error: Any, where: Any) -> bool:
    names = [base.__name__ for base in type(error).__mro__ if base.__module__ == "builtins"]
    said = [names[0], str(error)] if error is not None else None
    return bool(self._examiner.ask("exit", self._number, [said]) is True)


METHODS: dict[str, Callable[..., Any]] = {
    "__call__": _call,
    "__len__": lambda self: int(_number(self, self._examiner.ask("len", self._number), int)),
    "__iter__": _iterate,
    "__next__": lambda self: self._examiner.ask("next", self._number),
    "__getitem__": _get_item,
    "__setitem__": _set_item,
    "__delitem__": _delete_item,
    "__contains__": _contains,
    "__float__": lambda self: float(_number(self, self._examiner.ask("float", self._number), float)),
    "__int__": lambda self: int(_number(self, self._examiner.ask("int", self._number), int)),
    "__index__": lambda self: int(_number(self, self._examiner.ask("index", self._number), int)),
    "__enter__": lambda self: self._examiner.ask("enter", self._number),
    "__exit__": _leave,
    "__await__": _await,
    **{f"__{name.strip('_')}__": _operator(name) for name in (*BINARY, *ORDER)},
    **{f"__r{name.strip('_')}__": _operator(name, reflected=True) for name in BINARY},
    **{f"__{name}__": _unary(name) for name in UNARY},
}


@lru_cache(maxsize=500)
def _class_named(kind: str, able: frozenset[str], claim: str, hashable: bool) -> type[Handle]:
    """Return a class of handles that messages may name: `type(layer).__name__` is the student's."""
    members: dict[str, Any] = {"__slots__": (), **{name: METHODS[name] for name in able if name in METHODS}}
    members |= {
        "__doc__": property(_doc),
        "__module__": "__main__",
    }  # libraries read a class's module as text
    if not hashable:
        members["__hash__"] = None
    known = claimed(kind, claim)
    if known is not None:
        members["__class__"] = property(lambda self: known)
    elif is_untold(claim):
        members["__class__"] = property(_refuse_class)
    if known is type:
        members["__getattribute__"] = _attribute_of_class
    return type(kind, (Handle,), members)


def _doc(self: Handle) -> Any:
    return self._examiner.ask("getattr", self._number, ["__doc__"])


def _attribute_of_class(self: Handle, name: str) -> Any:
    """Return an attribute of a class; what it has from `object` is the same on both sides."""
    if name not in OF_CLASSES:
        return object.__getattribute__(self, name)
    found = self._examiner.ask("getattr", self._number, [name])
    if isinstance(found, Handle) and found._kind == "wrapper_descriptor":
        owner = self._examiner.ask("getattr", found._number, ["__objclass__"])
        return getattr(object, name, found) if owner is object else found
    return found


def _refuse_class(self: Handle) -> type:
    raise _unlike(self, "one of a class that can be told from here")


class Handles:
    """The handles that the examiner still holds, and the numbers of those it has let go."""

    def __init__(self, examiner: Asks) -> None:
        self.examiner = examiner
        self.alive: weakref.WeakValueDictionary[int, Handle] = weakref.WeakValueDictionary()
        self.gone: set[int] = set()

    def get(self, number: int, kind: str, able: Sequence[str], claim: str, hash_: Any) -> Handle:
        """Return the handle of this number, the same one for as long as it is in use.

        Args:
            number: of the student's object.
            kind: the name of its class.
            able: the protocols that it supports.
            claim: the library's class that it derives from.
            hash_: its own hash, False if it has none, True for the default.
        """
        handle = self.alive.get(number)
        self.gone.discard(number)
        if handle is None:
            known = frozenset(able)
            made = _class_named(kind, known, claim, hash_ is not False)
            handle = made(self.examiner, number, kind, known, hash_)
            self.alive[number] = handle
            weakref.finalize(handle, self.gone.add, number).atexit = False
        return handle

    def take_gone(self) -> list[int]:
        """Return the numbers that the student's side may forget."""
        gone = [number for number in self.gone if number not in self.alive]
        self.gone.clear()  # this very set is where handles report their end
        return gone
