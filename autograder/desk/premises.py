"""What a sandbox is built from: known before the rest is imported, so that it can start meanwhile."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from autograder.course import Course, CourseError
from autograder.desk.files import FOLDER, write_atomically
from autograder.desk.submitted import Submission
from autograder.engine.fleet.ahead import read, written
from autograder.engine.wall.premises import Premises, premises_for


def premises_of(course: Course, assignment: str, *, isolated: bool) -> Premises:
    """Return what a sandbox for an assignment's submissions is built from.

    Raises:
        CourseError: if the course's hooks fail.
    """
    around, hidden = course.surroundings(assignment), (str(course.root),)
    return premises_for(around, course.named_hooks, hidden=hidden, isolated=isolated, limits=course.limits)


def remembered(course: Course) -> str:
    """Return the premises that the last run began with, as text, or "": known before nbgrader is imported."""
    with contextlib.suppress(OSError, ValueError):
        text = _memory(course).read_text(encoding="utf-8")
        if read(text).isolated:
            return text
    return ""


def remember(course: Course, premises: Premises) -> None:
    """Keep premises for the next run, which may start a sandbox with them before it knows better."""
    text = written(premises)
    with contextlib.suppress(OSError):
        if premises.isolated and text != remembered(course):
            write_atomically(_memory(course), text)


def _memory(course: Course) -> Path:
    return course.root / FOLDER / ".premises.json"


def first_premises(course: Course, found: Sequence[Submission], *, isolated: bool) -> Premises:
    """Return the premises of the first assignment that can be graded: workers start ahead of time."""
    for assignment in dict.fromkeys(submission.assignment for submission in found):
        try:
            return premises_of(course, assignment, isolated=isolated)
        except CourseError:  # told when its turn comes
            continue
    return Premises((str(course.root),), isolated=isolated, limits=course.limits)
