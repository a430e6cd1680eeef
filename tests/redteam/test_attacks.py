"""The red team: whatever a submission does, it gains no marks and hurts nobody else."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from attacks import ATTACKS, MARKER, READ_ALL, Attack, build_links
from small_course import (
    ASSIGNMENT,
    NAME,
    RIGHT,
    answered,
    cell_scores,
    hand_in,
    make_small_course,
    released,
)

from autograder.course import KEY, Course
from autograder.desk.grade import How, grade
from autograder.marking.outcome import Outcome

OURS = "AUTOGRADER_REDTEAM"
HONEST = {"anna": RIGHT, "bert": {**RIGHT, "total": "def total(numbers):\n    return 6"}, "zoe": RIGHT}


@dataclass(frozen=True)
class Class:
    """A class with the whole red team in it, after grading."""

    course: Course
    rows: dict[str, Outcome]
    before: dict[str, bytes]
    left: list[str]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Class:
    course = make_small_course(tmp_path_factory.mktemp("redteam"))
    for student, cells in HONEST.items():
        hand_in(course, student, answered(course, cells))
    for attack in ATTACKS:
        notebook = attack.build(released(course))
        data = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
        place = str(course.root).encode()
        files = {name: text.replace("{place}", str(course.root)) for name, text in attack.files.items()}
        folder = hand_in(course, attack.name, data.replace(b"{place}", place), files)
        build_links(folder, attack)
    before = _snapshot(course)
    known = {process.pid for process in psutil.process_iter()}
    os.environ[OURS] = str(os.getpid())
    rows = {row.student: row for row in grade(course, how=How(jobs=2))}
    del os.environ[OURS]
    ours = {child.pid for child in psutil.Process().children(recursive=True)}
    left = [
        " ".join(process.cmdline())
        for process in psutil.process_iter()
        if process.pid not in known | ours and _is_suspicious(process)
    ]
    return Class(course, rows, before, left)


def _is_suspicious(process: psutil.Process) -> bool:
    """Whether this is an attack's process, or a sandbox of this run (others may be grading here too)."""
    try:
        line = " ".join(process.cmdline())
        return "lingering" in line or "sleep 3000" in line or process.environ().get(OURS) == str(os.getpid())
    except psutil.Error:
        return False


def _snapshot(course: Course) -> dict[str, bytes]:
    """What the class handed in and the instructor wrote: nobody's code may change it."""
    found = {}
    for folder in ("solutions", "submitted", "notebooks"):
        for path in sorted((course.root / folder).rglob("*")):
            if path.is_file() and not path.is_symlink():
                found[str(path.relative_to(course.root))] = path.read_bytes()
    return found


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_gains_no_marks_and_reads_no_secret(graded: Class, attack: Attack) -> None:
    row = graded.rows[attack.name]
    assert row.status == ("fault" if attack.fault else "graded"), row.reason
    assert (row.score or 0.0) == attack.deserved
    if attack.fault:
        assert row.reason
        return
    scores = cell_scores(graded.course, attack.name)
    assert all((score or 0.0) == 0 or attack.deserved for score, _ in scores.values())
    folder = graded.course.folder("autograded") / attack.name / ASSIGNMENT
    for cell in json.loads((folder / f"{NAME}.ipynb").read_text())["cells"]:
        assert MARKER not in json.dumps(cell.get("outputs", [])), "the attack reached something"


def test_memory_that_all_processes_share_has_an_end_and_is_named(tmp_path: Path) -> None:
    """Each child stays below what one process may have, and none lets go: only the sum can end them."""
    course = make_small_course(tmp_path)
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write("c.Limits.total_memory = 2**28\n")
    several = (
        "import os, time\n\ndef total(numbers):\n    for _ in range(4):\n        if os.fork() == 0:\n"
        "            keep = np.ones(2**24)\n            while True: time.sleep(1)\n"
        "    while True: time.sleep(1)"
    )
    hand_in(course, "several", answered(course, {**RIGHT, "total": several}))
    (row,) = grade(course, how=How(jobs=1))
    assert "0.2 GB of memory" in row.reason


def test_the_other_students_scores_are_as_if_they_were_alone(graded: Class, tmp_path: Path) -> None:
    alone = make_small_course(tmp_path)
    shutil.copy(graded.course.root / KEY, alone.root / KEY)  # the same questions
    for student, cells in HONEST.items():
        hand_in(alone, student, answered(alone, cells))
    grade(alone, how=How(jobs=1))
    for student in HONEST:
        assert cell_scores(graded.course, student) == cell_scores(alone, student)


def test_the_class_is_finished(graded: Class) -> None:
    assert set(graded.rows) == set(HONEST) | {attack.name for attack in ATTACKS}


def test_nothing_is_written_outside(graded: Class) -> None:
    assert _snapshot(graded.course) == graded.before
    assert not list(graded.course.root.rglob(f"*{MARKER}*"))
    for folder in (Path("/"), Path("/tmp"), Path("/var/tmp"), Path.home(), Path("/dev"), Path("/dev/shm")):
        assert not list(folder.glob(f"{MARKER}*"))


def test_no_process_is_left(graded: Class) -> None:
    assert graded.left == []


def test_links_lead_nowhere(graded: Class) -> None:
    folder = graded.course.folder("autograded") / "link-files" / ASSIGNMENT
    assert sorted(path.name for path in folder.iterdir()) == [f"{NAME}.ipynb"]


def test_there_are_enough_attacks() -> None:
    assert len(ATTACKS) >= 30
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)


def test_whoever_looks_for_the_course_finds_it_where_it_lies_open(tmp_path: Path) -> None:
    """So that finding nothing in the sandbox means something; what can't be entered stops no search."""
    (tmp_path / "course" / "bert").mkdir(parents=True)
    (tmp_path / "course" / "bert" / "small.ipynb").touch()
    here = re.sub(r"for top in \(.*\):", f"for top in ('/proc/1/root', {str(tmp_path)!r}):", READ_ALL)
    done = subprocess.run([sys.executable, "-c", here], capture_output=True, text=True, check=True)
    assert MARKER in done.stdout
    assert "small.ipynb" in done.stdout
