"""What a sandbox is built from: known before the rest is imported, so that it can start meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.course import Course, CourseError
from autograder.desk.submitted import Submission
from autograder.engine.wall.premises import Premises, premises_for


def premises_of(course: Course, assignment: str, *, isolated: bool) -> Premises:
    """Return what a sandbox for an assignment's submissions is built from.

    Raises:
        CourseError: if the course's hooks fail.
    """
    around, hidden = course.surroundings(assignment), (str(course.root),)
    return premises_for(around, course.named_hooks, hidden=hidden, isolated=isolated, limits=course.limits)


def first_premises(course: Course, found: Sequence[Submission], *, isolated: bool) -> Premises:
    """Return the premises of the first assignment that can be graded: workers start ahead of time."""
    for assignment in dict.fromkeys(submission.assignment for submission in found):
        try:
            return premises_of(course, assignment, isolated=isolated)
        except CourseError:  # told when its turn comes
            continue
    return Premises((str(course.root),), isolated=isolated, limits=course.limits)
