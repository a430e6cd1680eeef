"""What a sandbox is built from: known before the rest is imported, so that it can start meanwhile."""

from __future__ import annotations

from autograder.course import Course
from autograder.engine.sandbox import Premises, premises_for


def premises_of(course: Course, assignment: str, *, isolated: bool) -> Premises:
    """Return what a sandbox for an assignment's submissions is built from.

    Raises:
        CourseError: if the course's hooks fail.
    """
    around, hidden = course.surroundings(assignment), (str(course.root),)
    return premises_for(around, course.named_hooks, hidden=hidden, isolated=isolated)
