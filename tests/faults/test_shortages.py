"""Gradebook locked or put back from a backup, a clock that was moved: no mark is wrong.

`pytest -n 0 -s -m slow tests/faults` prints the lines of the table in docs/security.md.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from pathlib import Path

import pytest
from fault_world import Facts, World, facts, said

from autograder.course import CourseError
from autograder.desk.follow import Nobody
from autograder.marking.outcome import Outcome

pytestmark = pytest.mark.slow


def test_gradebook_locked(world: World, right: dict[str, Facts], tmp_path: Path) -> None:
    tried = 0
    for after in (0, 1, 3):
        course = world.copy("changed", tmp_path / f"locked{after}")
        holder = sqlite3.connect(course.root / "gradebook.db", isolation_level=None)

        class Locking(Nobody):
            rows = 0

            def row(self, outcome: Outcome) -> None:
                self.rows += 1
                if self.rows == after:  # noqa: B023 - called in this turn only
                    holder.execute("BEGIN EXCLUSIVE")  # noqa: B023

        if after == 0:
            holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(CourseError, match="locked"):
            world.run(course, follower=Locking())
        holder.close()
        world.run(course)
        assert facts(course) == right["changed"]
        tried += 1
    said(
        "gradebook locked by another program, before and during the run",
        f"{tried}",
        "one sentence; run again: right",
    )


def test_gradebook_put_back_from_a_backup(world: World, right: dict[str, Facts], tmp_path: Path) -> None:
    tried = 0
    for backup in ("new", "graded"):
        for copies in (False, True):
            course = world.copy("done", tmp_path / "restored")
            shutil.copy(world.folder / backup / "gradebook.db", course.root / "gradebook.db")
            if copies:
                shutil.rmtree(course.folder("autograded"))
                if backup == "graded":
                    shutil.copytree(world.folder / backup / "autograded", course.folder("autograded"))
            world.run(course)
            expected = json.loads(json.dumps(right["changed"]))
            found = json.loads(json.dumps(facts(course)))
            given = expected["s2"]["marks"]["why"], found["s2"]["marks"]["why"]
            assert given[1][1] is None, "what a person gave since is not in the backup"
            for row in (
                expected,
                found,
            ):  # s4 has nothing but its backup, and s2's penalty is of fewer points
                row.pop("s4", None)
                row.pop("s2")
            assert found == expected
            tried += 1
    said(
        "gradebook put back from a backup, with and without its copies",
        f"{tried}",
        "graded again: the marks of today",
    )


def test_moved_clock(
    world: World, right: dict[str, Facts], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, year, tried = time.time, 365 * 86400, 0
    for files in (-year, year, -50 * year):
        for clock in (-year, year):
            course = world.copy("changed", tmp_path / "moved")
            for path in course.root.rglob("*"):
                os.utime(path, (max(0, now() + files),) * 2)
            monkeypatch.setattr(time, "time", lambda clock=clock: now() + clock)
            world.run(course)
            monkeypatch.setattr(time, "time", now)
            assert facts(course) == right["changed"]
            assert {row.status for row in world.run(course)} == {"unchanged", "fault"}
            tried += 1
    said("clock and files' dates moved by a year, back and forth", f"{tried}", "right")
