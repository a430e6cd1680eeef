"""The error that a student reads where a check failed and the mistake is known: its sentence comes first."""

from __future__ import annotations

from collections.abc import Sequence

from workbook.checks.errors import CheckError, Found
from workbook.checks.words import sentences
from workbook.clues import Clue


class KnownMistake(CheckError):  # noqa: N818  (what a student reads first is its name)
    """A failed check whose cause is known: the cause comes first, then what the check saw."""


class StoppedError(CheckError):
    """A check that couldn't finish, since a line of the answer raised; what that means comes first."""


def stopped(meaning: str, error: BaseException, places: Sequence[str]) -> StoppedError:
    """Return the error that a student should read instead of NumPy's or Python's.

    Args:
        meaning: what it means, and what to do.
        error: what the line raised.
        places: which line it is.
    """
    first = sentences([meaning])
    found = StoppedError(first, numbers=(*places, f"({type(error).__name__})"), found=Found.SYMPTOM)
    found.__cause__ = error
    return found.with_traceback(error.__traceback__)


def known_mistake(clue: Clue, error: BaseException, places: Sequence[str]) -> KnownMistake:
    """Return the error that a student should read instead of the check's own.

    What a check guesses in general is left out: it is less than what is known.

    Args:
        clue: what was recognised.
        error: what the check cell raised.
        places: lines that say where in the student's code, for an error that a check didn't raise.
    """
    first = sentences([clue.sentence])
    if isinstance(error, CheckError):
        first, seen = f"{first}\n{error.headline}", error.numbers
    elif isinstance(error, AssertionError) and str(error).strip():
        seen = (str(error),)
    else:
        seen = (*places, f"({type(error).__name__})")
    found = KnownMistake(
        first, numbers=seen, cause=clue.name, found=Found.CAUSE, heat=getattr(error, "heat", None)
    )
    if isinstance(error, CheckError):
        found.headline = error.headline
    found.looks = clue.sentence
    found.__cause__ = error
    return found.with_traceback(error.__traceback__)
