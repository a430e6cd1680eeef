"""Names a student's known mistakes, for the grader: their failed exercises are compared with the bank's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from autograder.course import Course
from autograder.hooks import Failure, Finding
from backprop.diagnose import diagnose
from backprop.mistakes import bank_of
from backprop.signing import signed
from backprop.trial import reference_on_path


class BankNamer:
    """Compares with one assignment's bank; what the bank computes is found out where it isn't known yet."""

    def __init__(self, course: Course, assignment: str) -> None:
        self.course = course
        self.assignment = assignment
        self.known = False

    def prepare(self) -> None:
        """Find out what every known mistake computes."""
        with self._reference():
            signed(self.course, self.assignment)
        self.known = True

    def name(self, *, student: Mapping[str, Any], failed: Mapping[str, Failure]) -> Sequence[Finding]:
        """Return at most one finding for each exercise."""
        with self._reference():
            return diagnose(self.course, self.assignment, student, failed)

    def _reference(self) -> AbstractContextManager[object]:
        """Make the reference `mynn` importable, which what the bank computes takes."""
        return nullcontext() if self.known else reference_on_path(self.course, before=self.assignment)


def namer(course: Course, assignment: str) -> BankNamer | None:
    """Return what names known mistakes in an assignment; None where there is no bank."""
    return BankNamer(course, assignment) if bank_of(assignment) is not None else None
