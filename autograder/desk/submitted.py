"""What was handed in. A slip in a name is refused here, before the grader is even imported."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.course import Course, CourseError

NOBODY = "__MACOSX"  # what archives of macOS have beside the folders that were packed


@dataclass(frozen=True)
class Submission:
    """What one student handed in for one assignment, and where it lies."""

    assignment: str
    student: str
    folder: Path


def submissions(
    course: Course, assignments: Sequence[str] = (), student: str | None = None
) -> list[Submission]:
    """List what was handed in.

    Raises:
        CourseError: if an assignment or the student is unknown, or nothing is here.
    """
    for assignment in assignments:
        course.notebooks(assignment)
    found = [
        Submission(assignment, who, folder)
        for assignment in dict.fromkeys(assignments or course.assignments())
        for who, folder in course.submitted(assignment).items()
        if who != NOBODY and (student is None or _same(student, who))
    ]
    if not found:
        whose = f" of student '{student}'" if student else ""
        which = f" for {', '.join(assignments)}" if assignments else ""
        place = course.place("submitted", "ASSIGNMENT", "STUDENT")
        raise CourseError(
            f"No submissions{whose}{which} in {course.folder('submitted')}. "
            f"Put them in {place}/, or collect them with nbgrader's own commands."
        )
    return found


def _same(name: str, other: str) -> bool:
    """Compare names as they are read: é is one character on one system, and two on another."""
    return unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", other)
