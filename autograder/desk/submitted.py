"""What was handed in. A slip in a name is refused here, before the grader is even imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.course import Course, CourseError, read_notebook


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
        CourseError: if an assignment or the student is unknown, a source is damaged, or nothing is here.
    """
    for assignment in assignments:
        course.notebook(assignment)
    submitted = course.folder("submitted")
    found = [
        Submission(assignment, folder.parent.name, folder)
        for assignment in assignments or course.assignments()
        for folder in sorted(submitted.glob(f"*/{assignment}/"))
        if student in (None, folder.parent.name)
    ]
    for assignment in {submission.assignment for submission in found}:
        read_notebook(course.notebook(assignment))  # before anything is graded: the source has to be sound
    if not found:
        whose = f" of student '{student}'" if student else ""
        which = f" for {', '.join(assignments)}" if assignments else ""
        raise CourseError(
            f"No submissions{whose}{which} in {submitted}. Put them in "
            f"{submitted.name}/STUDENT/ASSIGNMENT/, or collect them with nbgrader's own commands."
        )
    return found
