"""What a course's hooks raise costs names, never marks; and what they add is in the fingerprint."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest
from small_course import CONFIG, RIGHT, answered, cell_scores, hand_in, make_small_course

from autograder.course import Course, CourseError, read_notebook
from autograder.desk.commands.common import keep_log
from autograder.desk.grade import How, grade
from autograder.hooks import AnyCourse, CourseHooks, Failure, HookError, load
from autograder.marking.cells import grade_id
from autograder.marking.outcome import Outcome
from autograder.marking.paper import Paper
from autograder.marking.surroundings import File, Surroundings, filled_in
from backprop.course import Backprop
from backprop.mistakes import banks
from backprop.naming import BankNamer
from backprop.reference import exported, namespace
from backprop.trial import reference_on_path

WRONG_TOTAL = {**RIGHT, "total": "def total(numbers):\n    return 0"}
WRONG_TWICE = {**RIGHT, "twice": "def twice(f, x):\n    return f(x)"}


def with_hooks(folder: Path, named: str) -> Course:
    course = make_small_course(folder)
    config = CONFIG.replace("backprop.course:Backprop", named)
    assert config != CONFIG
    (folder / "nbgrader_config.py").write_text(config)
    return course


def graded(course: Course) -> tuple[dict[str, Outcome], list[str]]:
    """Grade two wrong answers and a right one; return their rows, and what is said of the assignment."""
    for student, cells in {"ada": RIGHT, "bert": WRONG_TOTAL, "carl": WRONG_TWICE}.items():
        hand_in(course, student, answered(course, cells))
    rows = grade(course, how=How(jobs=1))
    return {r.student: r for r in rows if r.student}, [r.reason for r in rows if not r.student]


@pytest.mark.parametrize(
    ("hooks", "said", "named"),
    [("NoBank", "KeyError: 'max'", ()), ("BreaksOnTheWay", "no such luck", ("twice: once-only",))],
)
def test_a_namer_that_fails_costs_names_and_no_marks(
    tmp_path: Path, hooks: str, said: str, named: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    course = with_hooks(tmp_path, f"odd_hooks:{hooks}")
    rows, notes = graded(course)
    assert {student: row.score for student, row in rows.items()} == {"ada": 10, "bert": 5, "carl": 8}
    assert cell_scores(course, "bert")["total-values"] == (0.0, False)
    assert [f"{each.exercise}: {each.name}" for each in rows["carl"].named] == [*named]
    assert len(notes) == 1, "said once for the assignment, not for each submission"
    assert said in notes[0]
    assert "Traceback" in caplog.text


def test_what_was_left_as_released_has_no_mistake(tmp_path: Path) -> None:
    course = with_hooks(tmp_path, "odd_hooks:BreaksOnTheWay")  # it names `twice` in any case
    hand_in(course, "dora", answered(course, {name: RIGHT[name] for name in RIGHT if name != "twice"}))
    (row,) = grade(course, how=How(jobs=1))
    assert row.score == 8
    assert row.named == ()


def test_what_stopped_in_the_answer_itself_is_said_and_not_what_tests_miss_for_it(tmp_path: Path) -> None:
    course = with_hooks(tmp_path, "odd_hooks:QuotesTests")
    hand_in(course, "ada", answered(course, RIGHT | {"total": "def total(numbers:\n    return 0"}))
    hand_in(course, "bert", answered(course, WRONG_TOTAL))
    ada, bert = grade(course, how=How(jobs=1))
    assert ada.named == ()
    assert ada.lost == ("total: SyntaxError in line 1: '(' was never closed",)
    assert [found.sentence for found in bert.named] == ["NameError: it isn't there"]


def test_surroundings_that_fail_leave_the_assignment_ungraded(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="the shed is locked"):
        graded(with_hooks(tmp_path, "odd_hooks:NoSurroundings"))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("prepared", [False, True])
def test_a_fork_without_an_exercise_still_has_the_others_named(
    course: Course, tmp_path: Path, prepared: bool
) -> None:
    place = tmp_path / "solutions" / "02-modules"
    place.mkdir(parents=True)
    notebook = read_notebook(course.notebook("02-modules"))
    kept = [cell for cell in notebook.cells if not grade_id(cell).startswith("max")]
    assert len(kept) < len(notebook.cells)
    (place / "modules.ipynb").write_text(json.dumps({**notebook, "cells": kept}))
    hooks = Backprop(tmp_path)
    namer = hooks.namer(assignment="02-modules")
    assert isinstance(namer, BankNamer)
    if prepared:
        namer.prepare()
    (relu,) = (exercise for exercise in banks()["02-modules"].exercises if exercise.cell == "relu")
    answer = {"relu": relu.wrong[0].apply(exported(hooks.course, "02-modules")["relu"])}
    with reference_on_path(hooks.course):
        student = namespace(hooks.course, "02-modules", answer)
    failed = {grade_id(cell): Failure() for cell in kept if grade_id(cell).startswith("relu-")}
    assert [found.name for found in namer.name(student=student, failed=failed)] == [relu.wrong[0].name]


def test_solutions_that_lie_elsewhere_are_missed(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="solutions"):
        Backprop(tmp_path).surroundings(assignment="02-modules")


def test_the_log_keeps_what_a_sentence_leaves_out(tmp_path: Path) -> None:
    file = tmp_path / "grading.log"
    for _ in range(2):
        with keep_log(str(file)):
            logging.getLogger("autograder").error("ada: the examiner failed\nTraceback: all of it")
    logging.getLogger("autograder").error("said afterwards")
    assert file.read_text().count("Traceback: all of it") == 2
    assert "said afterwards" not in file.read_text()
    with pytest.raises(CourseError, match="log"), keep_log(str(tmp_path)):
        pass


@pytest.mark.parametrize("named", ["no.such:Thing", "odd_hooks:Nobody", "odd_hooks", "::"])
def test_hooks_that_are_not_there_are_named(tmp_path: Path, named: str) -> None:
    with pytest.raises(HookError, match=r"c\.Autograder\.course"):
        load(named, tmp_path)


def test_this_courses_hooks_are_hooks(tmp_path: Path) -> None:
    for kind in (AnyCourse, Backprop):
        hooks: CourseHooks = kind(tmp_path)
        for name in ("surroundings", "namer", "release_problems", "known_mistakes", "sample_class"):
            assert callable(getattr(hooks, name))


def test_whatever_could_change_a_score_changes_the_fingerprint() -> None:
    around = Surroundings(version="1", files=(File("a.py", b"1"),), student_packages=frozenset({"a", "b"}))
    paper = Paper("one", "one", (), surroundings=around)
    others = {"student_packages": frozenset({"b", "a"}), "course": (File("solutions/one/one.ipynb", b"{}"),)}
    same = replace(paper, surroundings=replace(around, **others))
    assert same.fingerprint() == paper.fingerprint()
    for other in (
        replace(around, version="2"),
        replace(around, files=(File("a.py", b"2"),)),
        replace(around, secrets={"KEY": "{secret}"}),
        replace(around, inside="some:Thing"),
    ):
        assert replace(paper, surroundings=other).fingerprint() != paper.fingerprint()
    assert replace(paper, files=(File("data.csv", b"1"),)).fingerprint() != paper.fingerprint()


def test_places_are_filled_in_and_other_braces_stay() -> None:
    variables = {"HOME_OF": "{home}/x", "JSON": '{"a": 1}', "WHO": "{student}"}
    assert filled_in(variables, home="/h", student="{home}") == {
        "HOME_OF": "/h/x",
        "JSON": '{"a": 1}',
        "WHO": "{home}",
    }


def test_each_student_has_a_secret_that_stays(tmp_path: Path) -> None:
    course = Course(tmp_path)
    secrets = {student: course.secret(student) for student in ("", "ada", "bert", "\udcff")}
    assert len(set(secrets.values())) == 4
    assert Course(tmp_path).secret("ada") == secrets["ada"]
    assert (tmp_path / "autograder.key").stat().st_mode & 0o077 == 0
    (tmp_path / "elsewhere").mkdir()
    assert Course(tmp_path / "elsewhere").secret("ada") != secrets["ada"]
