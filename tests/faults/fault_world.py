"""A class to make faults with: what a run leaves behind, and what it should have left."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from replay import Replay
from small_course import ASSIGNMENT

from autograder.course import Course
from autograder.desk.grade import How, grade
from autograder.marking.outcome import Outcome

GRADE = [sys.executable, "-c", "from autograder.cli import main; main()", "grade"]
Facts = dict[str, Any]


def facts(course: Course) -> Facts:
    """What a run has to leave behind: marks, penalties, comments, dates, and copies."""
    found: Facts = {}
    with Gradebook(course.db_url, course.course_id) as book:
        for each in (path.name for path in sorted(course.folder("submitted").iterdir())):
            try:
                submission = book.find_submission(ASSIGNMENT, each)
            except MissingEntry:
                continue
            (row,) = submission.notebooks
            found[each] = {
                "marks": {g.name: (g.auto_score, g.manual_score, g.needs_manual_grade) for g in row.grades},
                "comments": {c.name: c.auto_comment for c in row.comments},
                "penalty": row.late_submission_penalty,
                "time": str(submission.timestamp),
            }
    for path in sorted(course.folder("autograded").rglob("*.ipynb")):
        found[path.parts[-3]]["copy"] = hashlib.sha256(path.read_bytes()).hexdigest()
    beside = [path.name for path in course.folder("autograded").glob("*/*")]
    assert set(beside) <= {ASSIGNMENT}, "something was left beside the copies"
    return found


def marks(found: Facts) -> Facts:
    """What doesn't depend on which of two sandboxes ran it."""
    return {who: {**row, "copy": row.get("copy", "") != ""} for who, row in found.items()}


@dataclass
class World:
    """A class before it is graded, after, and after some have handed in again and been graded.

    A run from each of these has one right end.
    """

    fleet: Replay
    folder: Path

    def copy(self, stage: str, place: Path) -> Course:
        """A course of its own, at one of the stages."""
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.folder / stage, place)
        return Course(place)

    def run(self, course: Course, *, force: bool = False, follower: Any = None) -> list[Outcome]:
        return grade(course, how=How(force=force), fleet=self.fleet, follower=follower)


def said(fault: str, tried: str, came: str) -> None:
    print(f"\n| {fault} | {tried} | {came} |", flush=True)


def forked(work: Callable[[], None]) -> int:
    """Do something in a process of its own; return how it ended."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            devnull = os.open(os.devnull, os.O_WRONLY)
            os.dup2(devnull, 1)
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
