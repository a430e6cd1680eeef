"""Workers begin with what the last run knew: it saves time where it still holds, and decides nothing."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from small_course import ASSIGNMENT, NAME, RIGHT, answered, cell_scores, hand_in, make_small_course

from autograder.course import CONFIG, Course, repository
from autograder.desk import premises
from autograder.desk.early import Early
from autograder.desk.grade import How, grade
from autograder.desk.ledger import Ledger
from autograder.desk.submitted import submissions
from autograder.engine.fleet import ahead
from autograder.engine.fleet.station import Station
from autograder.engine.wall.premises import Premises
from autograder.engine.wire.limits import Limits
from autograder.marking.paper import Paper

OWN = """
from autograder.hooks import AnyCourse, Finding

class Names:
    def name(self, *, student, failed):
        return [Finding("total", "seen", "This one is known.")] if "total-values" in failed else []

class Own(AnyCourse):
    def namer(self, *, assignment):
        return Names()
"""
HEAVY = ("numpy", "matplotlib", "pandas", "distributed", "IPython", "PIL")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = make_small_course(tmp_path_factory.mktemp("early"))
    hand_in(course, "ada", answered(course, RIGHT))
    grade(course, how=How(jobs=1))
    return course


def test_what_a_run_began_with_is_kept_for_the_next(course: Course) -> None:
    text, paper = premises.remembered(course), pickle.loads(premises.expected(course))
    assert ahead.read(text) == premises.premises_of(course, ASSIGNMENT, isolated=True)
    assert isinstance(paper, Paper)
    assert (paper.assignment, paper.notebook) == (ASSIGNMENT, NAME)


def older() -> bytes:
    """A paper as a version kept it that knew nothing of imports."""
    paper = Paper(ASSIGNMENT, NAME, ())
    del vars(paper)["imports"]
    return pickle.dumps(paper)


@pytest.mark.parametrize(
    "kept",
    [
        {},
        {".premises.json": ahead.written(Premises(limits=Limits(processes=3))).encode()},
        {".paper.pickle": pickle.dumps(Paper("09-other", "other", (), course="no.such:Course"))},
        {".paper.pickle": older()},
        {".paper.pickle": b"no pickle", ".premises.json": b"[]"},
    ],
    ids=[
        "what the last run kept",
        "of other limits",
        "of another assignment",
        "of an older version",
        "unreadable",
    ],
)
def test_marks_do_not_depend_on_it(course: Course, kept: dict[str, bytes]) -> None:
    before = cell_scores(course, "ada")
    Ledger(course).forget(ASSIGNMENT, "ada")
    for name, content in kept.items():
        (course.root / ".autograder" / name).write_bytes(content)
    with Early.begin(course, 1, isolated=True) as early:
        workers = early.workers(submissions(course))
        (row,) = grade(course, how=How(jobs=1), fleet=workers)
    assert (row.status, row.score, row.reason) == ("graded", 10, "")
    assert cell_scores(course, "ada") == before


def test_a_paper_that_is_expected_is_ready_before_its_first_submission(course: Course) -> None:
    paper = pickle.loads(premises.expected(course))
    built_from = premises.premises_of(course, ASSIGNMENT, isolated=True)
    station = Station(built_from, paper)
    try:
        assert station.ready
        assert station.namers
    finally:
        station.close()


def test_hooks_that_cannot_be_found_yet_are_looked_for_again(course: Course) -> None:
    """nbgrader_config.py may say where they are, and hasn't been read when workers begin."""
    station = Station(Premises(), Paper(ASSIGNMENT, NAME, (), course="not.yet:There"))
    try:
        assert station.namers == {}
    finally:
        station.close()


@pytest.mark.slow
def test_the_command_says_the_same_the_second_time(tmp_path: Path) -> None:
    """With hooks that only nbgrader_config.py knows how to find."""
    course = make_small_course(tmp_path / "course")
    hand_in(course, "ada", answered(course, {**RIGHT, "total": "def total(numbers):\n    return 0"}))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "own.py").write_text(OWN)
    with (course.root / CONFIG).open("a") as config:
        config.write(
            f"\nsys.path.insert(0, {str(tmp_path / 'elsewhere')!r})\nc.Autograder.course = 'own:Own'\n"
        )
    said = []
    for _ in range(3):
        command = "from autograder.__main__ import main; main()"
        ended = subprocess.run(
            [sys.executable, "-c", command, "grade", "--force", "--course", str(course.root)],
            capture_output=True,
            text=True,
            check=False,
        )
        said.append((ended.returncode, ended.stdout, ended.stderr))
        assert [found.sentence for found in Ledger(course).last(ASSIGNMENT, "ada")[NAME].named] == [
            "This one is known."
        ]
    assert said[0][2] == ""
    assert said[0] == said[1] == said[2]


def test_what_the_first_mark_waits_for_is_imported_late() -> None:
    """Reading this course's configuration, and all that a run of the command imports before it hands out."""
    code = (
        "import sys; from autograder.course import Course; from pathlib import Path\n"
        f"course = Course(Path({str(repository().root)!r})); course.config; course.folders\n"
        "import autograder.desk.early, autograder.desk.grade, autograder.desk.live, autograder.desk.show\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
