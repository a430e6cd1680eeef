"""What a sandbox is built from: known before the rest is imported, so that it can start meanwhile."""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Sequence
from pathlib import Path

from autograder.course import Course, CourseError
from autograder.desk.files import FOLDER, write_atomically
from autograder.desk.submitted import Submission
from autograder.engine.fleet.ahead import read, written
from autograder.engine.wall.premises import Premises, premises_for
from autograder.marking.paper import Paper

PAPER = ".paper.pickle"  # beside the premises


def premises_of(course: Course, assignment: str, *, isolated: bool) -> Premises:
    """Return what a sandbox for an assignment's submissions is built from.

    Raises:
        CourseError: if the course's hooks fail.
    """
    around, hidden = course.surroundings(assignment), (str(course.root),)
    return premises_for(around, course.named_hooks, hidden=hidden, isolated=isolated, limits=course.limits)


def expected(course: Course) -> bytes:
    """Return the paper, pickled, that the last run began with, or b""."""
    with contextlib.suppress(OSError):
        return _memory(course).with_name(PAPER).read_bytes()
    return b""


def remembered(course: Course) -> str:
    """Return the premises that the last run began with, as text, or "": known before nbgrader is imported."""
    with contextlib.suppress(OSError, ValueError):
        text = _memory(course).read_text(encoding="utf-8")
        if read(text).isolated:
            return text
    return ""


def remember(course: Course, premises: Premises, paper: Paper) -> None:
    """Keep for the next run what this one begins with: it gets ready for the same until it knows better."""
    text, data = written(premises), pickle.dumps(paper)
    with contextlib.suppress(OSError):
        if premises.isolated and text != remembered(course):
            write_atomically(_memory(course), text)
        if data != expected(course):
            write_atomically(_memory(course).with_name(PAPER), data)


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
