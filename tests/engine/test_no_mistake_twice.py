"""A test that fails for another exercise's mistake is asked once more, with a right answer in that place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from small_course import (
    ASSIGNMENT,
    NAME,
    POINTS,
    RIGHT,
    TOTAL,
    answered,
    cell_scores,
    hand_in,
    make_small_course,
)

from autograder.course import Course
from autograder.desk.grade import How, grade

WRONG_TOTAL = "def total(numbers):\n    return sum(numbers) + 1"
BY_TOTAL = "def twice(f, x):\n    return total([f(f(x))])"
NOSY = """import inspect, pathlib
print(inspect.getsource(total))
def twice(f, x):
    print(inspect.getsource(total))
    return total([f(f(x))])"""
MARK = "### BEGIN SOLUTION"  # stands in the reference only
CLASS = {
    "by-total": {"total": WRONG_TOTAL, "twice": BY_TOTAL},
    "by-nothing": {"twice": BY_TOTAL},  # total is left as it was released
    "both-wrong": {"total": WRONG_TOTAL, "twice": BY_TOTAL.replace("f(f(x))", "f(x)")},
    "apart": {"total": WRONG_TOTAL, "twice": "def twice(f, x):\n    return f(x)"},
    "unanswered": {"total": WRONG_TOTAL},
    "nosy": {"total": WRONG_TOTAL, "twice": NOSY},
    "right": {"total": RIGHT["total"], "twice": BY_TOTAL},
}


def graded(course: Course) -> Course:
    for student, cells in CLASS.items():
        hand_in(course, student, answered(course, {"scale": RIGHT["scale"], **cells}))
    assert {row.status for row in grade(course, how=How(jobs=1))} == {"graded"}
    return course


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    made = make_small_course(tmp_path_factory.mktemp("once"))
    settings = made.root / "nbgrader_config.py"
    settings.write_text(settings.read_text() + "\nc.Autograder.no_mistake_twice = True\n")
    return graded(made)


def twice(course: Course, student: str) -> float | None:
    return cell_scores(course, student)["twice-values"][0]


def notebook(course: Course, student: str) -> str:
    return (course.place("autograded", ASSIGNMENT, student) / f"{NAME}.ipynb").read_text()


@pytest.mark.parametrize("student", ["by-total", "by-nothing", "nosy", "right"])
def test_what_only_follows_costs_nothing(course: Course, student: str) -> None:
    assert twice(course, student) == POINTS["twice-values"]
    if student != "right":
        assert cell_scores(course, student)["total-values"][0] == 0


@pytest.mark.parametrize("student", ["both-wrong", "apart", "unanswered"])
def test_a_mistake_of_its_own_costs_what_it_costs(course: Course, student: str) -> None:
    assert twice(course, student) == 0


def test_feedback_says_what_it_follows_from(course: Course) -> None:
    (output,) = [
        "".join(cell["outputs"][0]["text"])
        for cell in json.loads(notebook(course, "by-total"))["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "twice-values"
    ]
    sentence = "What fails here follows from total: with a right answer there it passes, and that counts."
    assert output.startswith(sentence)
    with Gradebook(course.db_url, "small") as gradebook:
        row = gradebook.find_submission_notebook(NAME, ASSIGNMENT, "by-total")
        assert {comment.name: comment.auto_comment for comment in row.comments}["twice"] == sentence


def test_the_reference_is_shown_to_nobody(course: Course) -> None:
    assert MARK in TOTAL
    assert "return sum(numbers) + 1" in notebook(course, "nosy")  # what was printed first
    assert MARK not in notebook(course, "nosy")


def test_it_is_off_by_default(tmp_path: Path) -> None:
    course = make_small_course(tmp_path)
    hand_in(course, "by-total", answered(course, CLASS["by-total"]))
    grade(course, how=How(jobs=1))
    assert twice(course, "by-total") == 0
