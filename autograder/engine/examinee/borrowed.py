"""Functions and objects of the examiner's, as the student's code sees them: using one asks the examiner."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, Protocol


class AsksExaminer(Protocol):
    """Whoever can ask the examiner to do something with a thing of its own: the examinee."""

    def ask(self, number: int, what: str, name: str, args: Any, kwargs: Any) -> Any:
        """Have it done, and return what comes back."""


class Borrowed:
    """A function of the examiner's: calling it asks the examiner; for objects there are subclasses."""

    _side: AsksExaminer
    _number: int

    def __init__(self, side: AsksExaminer, number: int, name: str) -> None:
        vars(self).update(_side=side, _number=number, __name__=name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Have the examiner call it, and return what comes back."""
        return self._side.ask(self._number, "call", "", args, kwargs)

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError("what the examiner lends can't be copied")


def borrow(
    side: AsksExaminer,
    number: int,
    name: str,
    methods: Sequence[str],
    operators: Sequence[str],
    bases: Sequence[Sequence[str]],
) -> Borrowed:
    """Return a stand-in for an object.

    Args:
        side: asks the examiner.
        number: of the object.
        name: of its class.
        methods: the public ones.
        operators: the special methods that its class defines.
        bases: modules and names of base classes that may be known here too.
    """
    members: dict[str, Any] = {each: _method(each) for each in (*methods, *operators)}
    if "__call__" not in operators:
        members["__call__"] = None
    if "__eq__" in operators and "__hash__" not in operators:
        members["__hash__"] = None
    claimed = _claimed(name, bases)
    kind = type(name, (Borrowed,), {**members, "__class__": property(lambda self: claimed or type(self))})
    kind.__getattr__, kind.__setattr__ = _get, _set  # type: ignore[attr-defined, method-assign, assignment]
    kind.__delattr__ = _delete  # type: ignore[method-assign, assignment]
    made: Borrowed = kind(side, number, name)
    return made


def _method(name: str) -> Callable[..., Any]:
    def method(self: Borrowed, *args: Any, **kwargs: Any) -> Any:
        return self._side.ask(self._number, "call", name, args, kwargs)

    method.__name__ = name
    return method


def _get(self: Borrowed, name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(name)
    return self._side.ask(self._number, "get", name, (), {})


def _set(self: Borrowed, name: str, value: Any) -> None:
    self._side.ask(self._number, "set", name, (value,), {})


def _delete(self: Borrowed, name: str) -> None:
    raise AttributeError(f"{name} can't be deleted: it is the examiner's")


def _claimed(name: str, bases: Sequence[Sequence[str]]) -> type | None:
    """Return a class that makes `isinstance` true for the first base class that is known here too."""
    for module, path in bases:
        found: Any = sys.modules.get(module)
        for part in path.split("."):
            found = getattr(found, part, None)
        if isinstance(found, type):
            try:
                return type(name, (found,), {})
            except TypeError:
                continue
    return None
