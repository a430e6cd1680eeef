"""Grade submissions: submitted/ -> autograded/ and the gradebook, one row of outcome for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry

from autograder.course import Course, CourseError
from autograder.outcome import Outcome
from autograder.reference import read_notebook


def submissions(
    course: Course, assignments: Sequence[str] = (), student: str | None = None
) -> list[tuple[str, str, Path]]:
    """List what was handed in, as (assignment, student, folder).

    Raises:
        CourseError: if an assignment or the student is unknown, or nothing was handed in.
    """
    for assignment in assignments:
        course.notebook(assignment)
    submitted = course.folder("submitted")
    found = [
        (assignment, folder.parent.name, folder)
        for assignment in assignments or course.assignments()
        for folder in sorted(submitted.glob(f"*/{assignment}/"))
        if student in (None, folder.parent.name)
    ]
    if not found:
        whose = f" of student '{student}'" if student else ""
        which = f" for {', '.join(assignments)}" if assignments else ""
        raise CourseError(
            f"No submissions{whose}{which} in {submitted}. Put them in "
            f"{submitted.name}/STUDENT/ASSIGNMENT/, or collect them with nbgrader's own commands."
        )
    return found


def grade(
    course: Course,
    assignments: Sequence[str] = (),
    student: str | None = None,
    *,
    force: bool = False,
    progress: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Grade every submission, or those of some assignments or of one student."""
    return list(_grade_each(course, submissions(course, assignments, student), force, progress))


def _grade_each(
    course: Course,
    found: Sequence[tuple[str, str, Path]],
    force: bool,
    progress: Callable[[Outcome], None],
) -> Iterator[Outcome]:
    api = course.application()
    for assignment, student, folder in found:
        try:
            read_notebook(folder / course.notebook(assignment).name)
            result = api.autograde(assignment, student, force=force, create=True)
            reason = "" if result["success"] else result["log"].strip().splitlines()[-1]
        except CourseError as error:
            reason = str(error)
        outcome = (
            Outcome(student, assignment, "fault", reason=reason)
            if reason
            else read_outcome(course, assignment, student)
        )
        progress(outcome)
        yield outcome


def read_outcome(course: Course, assignment: str, student: str) -> Outcome:
    """Read a graded submission's row from the gradebook.

    Raises:
        CourseError: if it isn't there.
    """
    with Gradebook(course.db_url, course.config.CourseDirectory.get("course_id", "")) as gradebook:
        try:
            submission = gradebook.find_submission(assignment, student)
        except MissingEntry:
            raise CourseError(f"The gradebook has no submission of {student} for {assignment}.") from None
        penalty = sum(notebook.late_submission_penalty or 0.0 for notebook in submission.notebooks)
        return Outcome(
            student,
            assignment,
            "graded",
            score=submission.score - penalty,
            max_score=submission.max_score,
            needs_manual=submission.needs_manual_grade,
            late_seconds=submission.total_seconds_late,
        )
