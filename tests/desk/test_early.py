"""Workers begin with what the last run knew: it saves time where it still holds, and decides nothing."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from small_course import ASSIGNMENT, NAME, RIGHT, answered, cell_scores, hand_in, make_small_course

from autograder.course import CONFIG, Course, repository
from autograder.desk import kept, premises
from autograder.desk.early import Early, Wanted
from autograder.desk.grade import How, grade
from autograder.desk.ledger import Ledger
from autograder.desk.likely import likely_premises
from autograder.desk.politely import NICE, import_politely
from autograder.desk.submitted import submissions
from autograder.engine.examiner.job import Job
from autograder.engine.fleet import ahead
from autograder.engine.fleet.fleet import Errand, FleetLost
from autograder.engine.fleet.pool import Pool
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
    text, paper = kept.premises_kept(course), pickle.loads(kept.paper_kept(course))
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


@pytest.fixture
def handed_out(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whose submissions have been given to workers."""
    students: list[str] = []
    hand_out = Pool._hand_out

    def noted(self: Pool, job: Job, premises: Premises) -> Errand:
        students.append(job.student)
        return hand_out(self, job, premises)

    monkeypatch.setattr(Pool, "_hand_out", noted)
    return students


@pytest.fixture
def class_of_two(course: Course) -> Course:
    """Ada is new, bert has been graded."""
    for student in ("ada", "bert"):
        hand_in(course, student, answered(course, RIGHT))
    grade(course, how=How(jobs=1))
    Ledger(course).forget(ASSIGNMENT, "ada")
    return course


@pytest.mark.parametrize("change", ["", "wrong", "a file", "late"])
def test_what_was_begun_too_early_counts_only_if_it_is_what_is_asked_for(
    class_of_two: Course, handed_out: list[str], change: str
) -> None:
    course = class_of_two
    folder = course.submitted(ASSIGNMENT)["ada"]
    with Early.begin(course, 1, isolated=True, wanted=Wanted()) as early:
        if change == "wrong":
            hand_in(course, "ada", answered(course, {**RIGHT, "total": "def total(numbers):\n    return 0"}))
        elif change == "a file":
            (folder / "notes.txt").write_text("of mine")
        elif change == "late":
            (folder / "timestamp.txt").write_text("2026-11-27 10:00:00 UTC")
        rows = grade(course, how=How(jobs=1), fleet=early.workers(submissions(course)))
    for path in folder.glob("*.txt"):
        path.unlink()
    assert [row.status for row in rows] == ["graded", "unchanged"]
    assert (rows[0].score == 10) == (change != "wrong")
    assert handed_out == ["ada"] * (2 if change in ("wrong", "a file") else 1)


def test_nobody_waits_for_what_was_begun_and_is_not_asked_for(class_of_two: Course) -> None:
    """The configuration can't be read, say: that is told at once, though a submission never ends."""
    course = class_of_two
    hand_in(course, "ada", answered(course, {**RIGHT, "total": "while True:\n    pass"}))
    with Early.begin(course, 1, isolated=True, wanted=Wanted()) as early:
        assert early.fleet is not None
        assert early.fleet.foreseen is not None
        early.fleet.foreseen.handing_out.join()
        errand = early.fleet.foreseen.errand
    assert errand is not None
    assert errand.cancelled() or isinstance(errand.exception(), FleetLost)


@pytest.mark.parametrize(
    ("wanted", "first"),
    [
        (Wanted(), "ada"),
        (Wanted((ASSIGNMENT,)), "ada"),
        (Wanted(("09-other",)), None),
        (Wanted(student="bert"), None),
        (Wanted(student="bert", force=True), "bert"),
        (Wanted(student="nobody"), None),
        (None, None),
    ],
)
def test_who_is_graded_before_it_is_asked_for(
    class_of_two: Course, wanted: Wanted | None, first: str | None
) -> None:
    with Early.begin(class_of_two, 1, isolated=True, wanted=wanted) as early:
        assert early.fleet is not None
        assert (early.fleet.foreseen.job.student if early.fleet.foreseen else None) == first
        assert early.guessing == (first is not None)


@pytest.mark.parametrize("odd", ["a file beside it", "a link", "no notebook", "no rehearsal"])
def test_what_is_not_plain_is_not_guessed_at(class_of_two: Course, odd: str, tmp_path: Path) -> None:
    folder = class_of_two.submitted(ASSIGNMENT)["ada"]
    notebook = folder / f"{NAME}.ipynb"
    if odd == "a file beside it":
        (folder / "mine.py").write_text("")
    elif odd == "no rehearsal":
        (class_of_two.root / ".autograder" / ASSIGNMENT / f".{NAME}.rehearsal.json").unlink()
    else:
        shutil.move(notebook, tmp_path / "elsewhere.ipynb")
        if odd == "a link":
            notebook.symlink_to(tmp_path / "elsewhere.ipynb")
    with Early.begin(class_of_two, 1, isolated=True, wanted=Wanted()) as early:
        assert early.fleet is not None
        assert early.fleet.foreseen is None
    (folder / "mine.py").unlink(missing_ok=True)
    notebook.unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("more", "likely"),
    [
        ("", True),
        ("c.Autograde.timeout = 7", True),
        ("if sys.platform == 'win32':\n    c.CourseDirectory.course_id = 'other'", True),
        ("c.Limits.processes = 7", False),
        ("import sys\nsys.path.append('/elsewhere')", False),
        ("from sys import path\npath.append('/elsewhere')", False),
        ("import sys as python\npython.path.append('/elsewhere')", False),
        ("getattr(sys, 'pa' + 'th').append('/elsewhere')", False),
        ("import site\nsite.addsitedir('/elsewhere')", False),
        ("import small_course", False),
        ("load_subconfig('more.py')", False),
        ("exec(open('more.py').read())", False),
        ("c.Autograder.course = 'own' + ':Own'", False),
        ("c.Autograder.course = 'no.such:Hooks'", False),
        ("c.Autograder.course =", False),
    ],
)
def test_where_nothing_is_kept_a_plain_configuration_says_what_to_begin_with(
    class_of_two: Course, more: str, likely: bool
) -> None:
    """It isn't run, so what only running it would tell has to wait."""
    config = class_of_two.root / CONFIG
    plain, true = config.read_text(), premises.premises_of(class_of_two, ASSIGNMENT, isolated=True)
    config.write_text(f"{plain}\n{more}\n")
    try:
        text = likely_premises(Course(class_of_two.root), ())
    finally:
        config.write_text(plain)
    assert text == (ahead.written(true) if likely else "")


@pytest.mark.parametrize(
    "more", ["", "its = c\nits.Limits.processes = 30"], ids=["so it is", "it is another"]
)
def test_what_is_likely_is_begun_with_and_decides_nothing(class_of_two: Course, more: str) -> None:
    before = cell_scores(class_of_two, "bert")
    for path in (kept.premises_file(class_of_two), kept.paper_file(class_of_two)):
        path.unlink()
    config = class_of_two.root / CONFIG
    plain = config.read_text()
    config.write_text(f"{plain}\n{more}\n")
    course = Course(class_of_two.root)
    try:
        with Early.begin(course, 1, isolated=True, wanted=Wanted()) as early:
            assert early.fleet is not None
            assert early.fleet.foreseen is None
            grade(course, how=How(jobs=1, force=True), fleet=early.workers(submissions(course)))
        true = premises.premises_of(course, ASSIGNMENT, isolated=True)
        assert (likely_premises(course, ()) == ahead.written(true)) == (not more)
    finally:
        config.write_text(plain)
    assert ahead.read(kept.premises_kept(course)) == true, "the next run begins with what it is"
    assert cell_scores(course, "ada") == cell_scores(course, "bert") == before


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")
def test_imports_give_way_and_nothing_else_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    (tmp_path / "slow_to_import.py").write_text("import os\nPRIORITY = os.getpriority(os.PRIO_PROCESS, 0)")
    monkeypatch.syspath_prepend(tmp_path)
    import_politely("slow_to_import")
    assert min(19, before + NICE) == sys.modules.pop("slow_to_import").PRIORITY
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        import_politely("no_such_module")


def test_a_paper_that_is_expected_is_ready_before_its_first_submission(course: Course) -> None:
    paper = pickle.loads(kept.paper_kept(course))
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
