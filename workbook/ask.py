"""Many questions to a student's code at once: under the grader they travel in one message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def ask_each(things: Any, questions: Iterable[Sequence[Any]], method: str = "") -> list[Any]:
    """Call one thing, or several in turn, and return what each call gives.

    Under the grader a test runs in another process than the student's code, where each call is a message and
    an answer; here forty calls take little longer than one. What a call changes in place is seen after
    the last one, so ask about that one call at a time.

    Args:
        things: a function, a class or a module of the student's; or a list of them, one for each question.
        questions: the arguments of each call, as a tuple or a list.
        method: the method to call instead of the thing itself.

    Raises:
        Exception: whatever the first call that fails raises; those after it aren't made.
    """
    asked = [tuple(question) for question in questions]
    called = list(things) if isinstance(things, list | tuple) else [things] * len(asked)
    if len(called) != len(asked):
        raise ValueError(f"{len(called)} things for {len(asked)} questions")
    at_once = getattr(type(called[0]), "__ask_each__", None) if called else None
    if at_once is not None:
        return list(at_once(called, asked, method))
    pairs = zip(called, asked, strict=True)
    return [(getattr(thing, method) if method else thing)(*question) for thing, question in pairs]


def read_each(things: Sequence[Any], name: str) -> list[Any]:
    """Return one attribute of each of several things of a student's, in one message.

    Args:
        things: objects, for example modules.
        name: of the attribute, for example "params".

    Raises:
        AttributeError: if one of them has none.
    """
    at_once = getattr(type(things[0]), "__read_each__", None) if things else None
    return list(at_once(things, name)) if at_once is not None else [getattr(thing, name) for thing in things]
