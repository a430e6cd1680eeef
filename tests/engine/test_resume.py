"""A run that is killed continues where it stopped, and ends as if nothing had happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest
from small_course import RIGHT, answered, cell_scores, hand_in, make_small_course

from autograder.course import Course
from autograder.desk.grade import How, grade
from autograder.engine.fleet.scratch import Scratch

PATIENCE = 120  # seconds
STUDENTS = [f"s{n}" for n in range(8)]
WRONG = {**RIGHT, "twice": "def twice(f, x):\n    return x"}


def make_class(folder: Path) -> Course:
    course = make_small_course(folder)
    for n, student in enumerate(STUDENTS):
        hand_in(course, student, answered(course, WRONG if n % 3 == 1 else RIGHT))
    return course


def ended(run: subprocess.Popen[bytes], within: float) -> bool:
    """Say whether a run has finished; it must not fail."""
    try:
        assert run.wait(within) == 0
    except subprocess.TimeoutExpired:
        return False
    return True


def test_killed_and_continued_is_as_good_as_uninterrupted(tmp_path: Path) -> None:
    course = make_class(tmp_path / "killed")
    ledger = course.root / ".autograder"
    command = [sys.executable, "-c", "from autograder.cli import main; main()", "grade", "--jobs", "1"]
    temporary = Path(tempfile.mkdtemp())  # short: there are sockets in it
    for some in (2, 4):
        with subprocess.Popen(
            [*command, "--course", str(course.root)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": str(temporary)},
        ) as run:
            for _ in range(PATIENCE * 10):
                if len(list(ledger.glob("*/s*.json"))) >= some or ended(run, within=0.1):
                    break
            else:
                pytest.fail(f"nothing was graded in {PATIENCE} seconds")
            started = psutil.Process(run.pid).children(recursive=True)
            run.send_signal(signal.SIGKILL)
        _, alive = psutil.wait_procs(started, timeout=20)
        assert not alive, "a process outlived its grader"
        assert len([*temporary.iterdir()]) == 1, "what the run before it left is gone"
    Scratch(temporary).close()
    temporary.rmdir()  # for so it is when the next one begins
    rows = grade(course, how=How(jobs=1))
    assert {row.status for row in rows} == {"graded", "unchanged"}
    assert sum(row.status == "unchanged" for row in rows) >= 4
    undisturbed = make_class(tmp_path / "undisturbed")
    grade(undisturbed, how=How(jobs=2))
    for student in STUDENTS:
        assert cell_scores(course, student) == cell_scores(undisturbed, student)
    names = {path.name for path in course.folder("autograded").glob("*/*")}
    assert names == {"01-small"}, "no half-written folder is left"
