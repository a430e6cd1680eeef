"""The gradebook is the truth: what the grader remembers only saves work."""

from __future__ import annotations

import linecache
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from replay import Replay
from small_course import ASSIGNMENT, RIGHT, answered, hand_in, make_small_course

from autograder.course import CONFIG, Course, CourseError
from autograder.desk import ledger
from autograder.desk.files import PART
from autograder.desk.follow import Nobody
from autograder.desk.grade import How, grade
from autograder.desk.report.results import read_report
from autograder.marking.outcome import Outcome

WRONG = {**RIGHT, "twice": "def twice(f, x):\n    return x"}


@pytest.fixture(scope="module")
def replay() -> Iterator[Replay]:
    with Replay.open() as replay:
        yield replay


@pytest.fixture(autouse=True)
def remembered(replay: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is graded here is graded once: these tests are about what becomes of it."""
    monkeypatch.setitem(grade.__kwdefaults__, "fleet", replay)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    course = make_small_course(tmp_path)
    hand_in(course, "ada", answered(course, RIGHT))
    hand_in(course, "bert", answered(course, WRONG))
    grade(course)
    return course


def gradebook(course: Course) -> Gradebook:
    return Gradebook(course.db_url, str(course.config.CourseDirectory.course_id))


def rows(course: Course) -> dict[str, Outcome]:
    return {row.student: row for row in grade(course)}


def test_whoever_was_removed_is_graded_again_and_nobody_else(course: Course) -> None:
    before = rows(course)
    assert {row.status for row in before.values()} == {"unchanged"}
    with gradebook(course) as book:
        book.remove_student("bert")
    after = rows(course)
    assert (after["ada"].status, after["bert"].status) == ("unchanged", "graded")
    assert after["bert"].score == before["bert"].score


def test_a_gradebook_from_a_backup_gets_the_marks_of_today(course: Course) -> None:
    backup = course.root / "gradebook.backup"
    shutil.copy(course.root / "gradebook.db", backup)
    hand_in(course, "bert", answered(course, RIGHT))
    today = rows(course)["bert"]
    shutil.copy(backup, course.root / "gradebook.db")
    again = rows(course)["bert"]
    assert again.status == "graded"
    assert again.score == today.score > 0


HANDED_IN = datetime(2026, 2, 16, 18, 30)
ZERO_IF_LATE = '\nc.LateSubmissionPlugin.penalty_method = "zero"\n'
A_TENTH = """
from nbgrader.plugins import LateSubmissionPlugin
class Tenth(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return score * 0.1
c.AssignLatePenalties.plugin_class = Tenth
"""
FAILING = A_TENTH.replace("score * 0.1", "1 / 0")


def configured(course: Course, text: str) -> Course:
    with (course.root / CONFIG).open("a") as file:
        file.write(text)
    return Course(course.root)


def due(course: Course, when: datetime) -> None:
    with gradebook(course) as book:
        book.update_or_create_assignment(ASSIGNMENT, duedate=when)


def test_late_is_late_by_todays_facts(course: Course) -> None:
    """A due date, the plug-in, an extension, points given by hand: each counts without grading again."""
    course = configured(course, ZERO_IF_LATE)
    with gradebook(course) as book:
        book.update_or_create_submission(ASSIGNMENT, "ada", timestamp=HANDED_IN)

    def ada() -> tuple[str, float | None]:
        row = rows(course)["ada"]
        return row.status, row.score

    due(course, HANDED_IN + timedelta(hours=1))
    assert ada() == ("unchanged", 10)
    due(course, HANDED_IN - timedelta(hours=1))
    assert ada() == ("unchanged", 0)
    course = configured(course, A_TENTH)
    assert ada() == ("unchanged", 9)
    with gradebook(course) as book:
        for row in book.find_submission(ASSIGNMENT, "ada").notebooks:
            for each in row.grades:
                if each.name == "why":
                    each.manual_score, each.needs_manual_grade = 2.0, False
        book.db.commit()
    assert read_report(course, ASSIGNMENT).scores["ada"] == pytest.approx(0.9 * 12), "a report comes first"
    assert ada() == ("unchanged", pytest.approx(0.9 * 12))
    with gradebook(course) as book:
        book.find_submission(ASSIGNMENT, "ada").extension = timedelta(days=3)
        book.db.commit()
    assert read_report(course, ASSIGNMENT).scores["ada"] == 12
    due(course, HANDED_IN - timedelta(days=9))
    shutil.rmtree(course.folder("submitted") / "ada")
    grade(course)
    with gradebook(course) as book:
        (row,) = book.find_submission(ASSIGNMENT, "ada").notebooks
        assert row.late_submission_penalty == pytest.approx(1.2), "of whoever isn't graded, too"


def test_a_plug_in_that_fails_is_named(course: Course) -> None:
    course = configured(course, FAILING)
    due(course, HANDED_IN - timedelta(days=1))
    with gradebook(course) as book:
        book.update_or_create_submission(ASSIGNMENT, "ada", timestamp=HANDED_IN)
    with pytest.raises(CourseError, match=r"plug-in for late submissions, Tenth, fails at ada \(Zero"):
        grade(course)


def test_the_time_of_a_submission_is_that_of_its_marks(course: Course) -> None:
    """Put back from a backup, the gradebook has another; and a later one that can't be graded keeps both."""
    course = configured(course, ZERO_IF_LATE)
    due(course, HANDED_IN)
    hand_in(course, "ada", answered(course, RIGHT), {"timestamp.txt": "2026-02-16 18:00 UTC"})
    assert rows(course)["ada"].score == 10
    with gradebook(course) as book:
        book.update_or_create_submission(ASSIGNMENT, "ada", timestamp=HANDED_IN + timedelta(days=3))
    row = rows(course)["ada"]
    assert (row.status, row.score) == ("unchanged", 10)
    hand_in(course, "ada", b"{}", {"timestamp.txt": "2026-02-19 18:00 UTC"})
    assert "are kept" in rows(course)["ada"].reason
    assert read_report(course, ASSIGNMENT).scores["ada"] == 10


def test_another_grader_means_another_look(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "code_of", lambda module: "tomorrow's")
    assert {row.status for row in rows(course).values()} == {"graded"}


def test_what_a_score_depends_on_is_in_its_fingerprint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The course's hooks, its limits, and whether there was a sandbox."""
    hooks = tmp_path / "own_hooks.py"
    hooks.write_text("from autograder.hooks import AnyCourse\nclass Own(AnyCourse): pass\n")
    (tmp_path / CONFIG).write_text("c = get_config()\nc.Autograder.course = 'own_hooks:Own'\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    def setting(isolated: bool = True) -> str:
        sys.modules.pop("own_hooks", None)
        linecache.clearcache()
        return ledger.setting_of(Course(tmp_path), isolated=isolated)

    first = setting()
    assert setting() == first
    assert setting(isolated=False) != first
    hooks.write_text(hooks.read_text() + "# another\n")
    second = setting()
    assert second != first
    configured(Course(tmp_path), "c.Limits.memory = 2**29\n")
    assert setting() != second


class StoppedError(Exception):
    """Stands for a signal."""


def test_a_stopped_force_has_the_rest_still_to_do(course: Course) -> None:
    class Stop(Nobody):
        def row(self, outcome: Outcome) -> None:
            raise StoppedError

    with pytest.raises(StoppedError):
        grade(course, how=How(jobs=1, force=True), follower=Stop())
    assert sorted(row.status for row in rows(course).values()) == ["graded", "unchanged"]


def test_what_a_killed_run_left_beside_the_copies_is_tidied(course: Course) -> None:
    ada, bert = (course.place("autograded", ASSIGNMENT, student) for student in ("ada", "bert"))
    ada.with_name(f".{ada.name}.new").mkdir()
    bert.rename(bert.with_name(f".{bert.name}.old"))
    begun = course.root / ledger.FOLDER / ASSIGNMENT / f".ada.json.x7_{PART}"
    begun.write_text("{")
    os.utime(begun, (0, 0))
    hand_in(course, "bert", b"{}")
    rows(course)
    assert not begun.exists()
    assert [path.name for path in ada.parent.iterdir()] == [ada.name]
    assert [path.name for path in bert.parent.iterdir()] == [bert.name], "the copy of the marks that are kept"


HOLDER = """
import sys
from pathlib import Path
from autograder.course import Course
from autograder.desk.alone import alone
with alone(Course(Path(sys.argv[1]))):
    print("at work", flush=True)
    sys.stdin.read()
"""


def test_of_two_graders_the_second_says_who_is_at_work(course: Course) -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(course.root)], **pipes) as first:  # type: ignore[call-overload]
        assert first.stdout.readline() == "at work\n"
        with pytest.raises(CourseError, match=rf"Another grader is at work .* process {first.pid} of "):
            grade(course)
        first.kill()
    assert {row.status for row in grade(course)} == {"unchanged"}, "the lock died with its owner"
