"""Names a student's known mistakes, for the grader: their failed exercises are compared with the bank's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograder.course import Course
from autograder.hooks import Failure, Finding
from backprop import diagnose
from backprop.mistakes import bank_of
from backprop.trial import reference_on_path


class BankNamer:
    """Compares with one assignment's bank; what the bank computes is found out when this is made."""

    def __init__(self, course: Course, assignment: str) -> None:
        self.course = course
        self.assignment = assignment
        with reference_on_path(course, before=assignment):
            diagnose.compute_known(course, assignment)

    def name(self, *, student: Mapping[str, Any], failed: Mapping[str, Failure]) -> Sequence[Finding]:
        """Return at most one finding for each exercise."""
        return diagnose.diagnose(self.course, self.assignment, student, failed)


def namer(course: Course, assignment: str) -> BankNamer | None:
    """Return what names known mistakes in an assignment; None where there is no bank."""
    return BankNamer(course, assignment) if bank_of(assignment) is not None else None
