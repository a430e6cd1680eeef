"""What a sandbox is built from: known before the rest is imported, so that it can start meanwhile."""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Sequence

from autograder.course import Course, CourseError
from autograder.desk.files import write_atomically
from autograder.desk.kept import paper_file, paper_kept, premises_file, premises_kept
from autograder.desk.submitted import Submission
from autograder.engine.fleet.ahead import written
from autograder.engine.wall.premises import Premises, premises_for
from autograder.marking.paper import Paper


def premises_of(course: Course, assignment: str, *, isolated: bool) -> Premises:
    """Return what a sandbox for an assignment's submissions is built from.

    Raises:
        CourseError: if the course's hooks fail.
    """
    around, hidden = course.surroundings(assignment), (str(course.root),)
    return premises_for(around, course.named_hooks, hidden=hidden, isolated=isolated, limits=course.limits)


def remember(course: Course, premises: Premises, paper: Paper) -> None:
    """Keep for the next run what this one begins with: it gets ready for the same until it knows better."""
    text, data = written(premises), pickle.dumps(paper)
    with contextlib.suppress(OSError):
        if premises.isolated and text != premises_kept(course):
            write_atomically(premises_file(course), text)
        if data != paper_kept(course):
            write_atomically(paper_file(course), data)


def first_premises(course: Course, found: Sequence[Submission], *, isolated: bool) -> Premises:
    """Return the premises of the first assignment that can be graded: workers start ahead of time."""
    for assignment in dict.fromkeys(submission.assignment for submission in found):
        try:
            return premises_of(course, assignment, isolated=isolated)
        except CourseError:  # told when its turn comes
            continue
    return Premises((str(course.root),), isolated=isolated, limits=course.limits)
