"""A plain nbgrader course, graded where nothing of this course is installed: its defaults are nbgrader's."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from elsewhere import Elsewhere
from nbgrader.api import Gradebook

COUNT = "def count(n):\n    return list(range(1, n + 1))"
DOUBLE = "def double(n):\n    return 2 * n"


def cell(source: str, name: str, **role: Any) -> dict[str, Any]:
    about = {"schema_version": 3, "grade_id": name, "grade": False, "solution": False, "locked": False}
    kept: dict[str, Any] = {"cell_type": "code", "id": name, "execution_count": None, "outputs": []}
    return {**kept, "source": source, "metadata": {"nbgrader": {**about, "task": False, **role}}}


def notebook(name: str, answer: str, test: str) -> dict[str, Any]:
    """One exercise and its test."""
    return {
        "cells": [
            cell(f"### BEGIN SOLUTION\n{answer}\n### END SOLUTION", name, solution=True),
            cell(test, f"{name}-test", grade=True, locked=True, points=3),
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


NOTEBOOKS = {
    "counting": notebook("count", COUNT, "assert count(3) == [1, 2, 3]"),
    "doubling": notebook("double", DOUBLE, "assert double(4) == 8\nassert double('a') == 'aa'"),
}


def write(folder: Path, **notebooks: Any) -> None:
    folder.mkdir(parents=True)
    for name, content in notebooks.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / f"{name}.ipynb").write_text(text)


def hand_in(course: Path, student: str, assignment: str, **answers: str | None) -> None:
    """Hand in the released notebooks: with an answer, as they are (""), not at all (None), or no notebook."""
    handed: dict[str, Any] = {}
    for path in (course / "release" / assignment).glob("*.ipynb"):
        answer = answers[path.stem]
        if answer is None:
            continue
        released = json.loads(path.read_text())
        exercise = next(c for c in released["cells"] if c["metadata"].get("nbgrader", {}).get("solution"))
        exercise["source"] = answer or exercise["source"]
        handed[path.stem] = released if answer != "no JSON" else answer
    write(course / "submitted" / student / assignment, **handed)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Elsewhere:
    return Elsewhere.make(tmp_path_factory.mktemp("elsewhere"))


@pytest.fixture(scope="module")
def graded(elsewhere: Elsewhere, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A course as `nbgrader quickstart` makes it, with an assignment of two notebooks and one of garbage."""
    root = tmp_path_factory.mktemp("plain")
    made = elsewhere.run("nbgrader", "quickstart", "course101", cwd=root)
    assert made.returncode == 0, made.stderr
    course = root / "course101"
    shutil.rmtree(course / "source" / "ps1")
    write(course / "source" / "ps1", **NOTEBOOKS)
    write(course / "source" / "ps2", counting=NOTEBOOKS["counting"])
    for assignment in ("ps1", "ps2"):
        released = elsewhere.run("nbgrader", "generate_assignment", assignment, cwd=course)
        assert released.returncode == 0, released.stderr
    hand_in(course, "ada", "ps1", counting=COUNT, doubling=DOUBLE)
    hand_in(course, "bert", "ps1", counting=COUNT, doubling=None)
    hand_in(course, "carl", "ps1", counting="", doubling=DOUBLE)
    hand_in(course, "dora", "ps1", counting=COUNT, doubling="no JSON")
    hand_in(course, "ada", "ps2", counting=COUNT)
    (course / "source" / "ps2" / "counting.ipynb").write_text("{")
    return course, elsewhere.grade(cwd=course)


def scores(course: Path, student: str) -> dict[str, float | None]:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "course101") as gradebook:
        rows = gradebook.find_submission("ps1", student).notebooks
        return {
            row.name: None if any(g.auto_score is None for g in row.grades) else row.score for row in rows
        }


def test_nothing_of_this_course_is_there(elsewhere: Elsewhere, tmp_path: Path) -> None:
    for package in ("backprop.course", "workbook.inside"):
        ended = elsewhere.run(package, cwd=tmp_path)
        assert "No module named" in ended.stderr, package


def test_each_notebook_counts_and_a_missing_one_is_zero(graded: tuple[Path, Any]) -> None:
    course, ended = graded
    assert scores(course, "ada") == {"counting": 3, "doubling": 3}, ended.stdout + ended.stderr
    assert scores(course, "bert") == {"counting": 3, "doubling": 0}
    assert scores(course, "carl") == {"counting": 0, "doubling": 3}
    assert "no doubling.ipynb was handed in" in ended.stdout
    files = {path.name for path in (course / "autograded" / "ada" / "ps1").glob("*.ipynb")}
    assert files == {"counting.ipynb", "doubling.ipynb"}


def test_a_notebook_that_is_none_costs_only_itself(graded: tuple[Path, Any]) -> None:
    course, ended = graded
    assert scores(course, "dora") == {"counting": 3, "doubling": None}
    assert "doubling: not a notebook" in ended.stdout


def test_an_assignment_that_cannot_be_graded_is_named_and_stops_nobody(graded: tuple[Path, Any]) -> None:
    _, ended = graded
    assert ended.returncode == 1
    assert "counting.ipynb is not a notebook" in ended.stdout
    assert "Skipped: ps2" in ended.stdout


def test_another_run_keeps_what_has_not_changed(graded: tuple[Path, Any], elsewhere: Elsewhere) -> None:
    course, _ = graded
    before = {
        who: (course / ".autograder" / "ps1" / f"{who}.json").stat().st_mtime_ns for who in ("ada", "bert")
    }
    again = elsewhere.grade("ps1", "--student", "ada", cwd=course)
    assert again.returncode == 0, again.stdout + again.stderr
    after = {
        who: (course / ".autograder" / "ps1" / f"{who}.json").stat().st_mtime_ns for who in ("ada", "bert")
    }
    assert before == after


def test_strict_skips_an_assignment_that_can_be_reached_even_if_it_is_graded(
    elsewhere: Elsewhere, tmp_path: Path
) -> None:
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'strict'\n")
    reached = notebook("count", COUNT, "import inspect\nassert 'range' in inspect.getsource(count)")
    write(tmp_path / "source" / "ps1", counting=reached, again=reached, doubling=NOTEBOOKS["doubling"])
    assert elsewhere.run("nbgrader", "generate_assignment", "ps1", cwd=tmp_path).returncode == 0
    hand_in(tmp_path, "ada", "ps1", counting=COUNT, again=COUNT, doubling=DOUBLE)
    graded = elsewhere.grade(cwd=tmp_path)
    assert graded.returncode == 0, graded.stdout + graded.stderr
    assert "out of reach of the student: 1 of 3 tests" in graded.stdout
    assert "counting: out of reach of the student: 0 of 1 tests" in graded.stdout
    assert "9 / 9" in graded.stdout
    strict = elsewhere.grade("--strict", cwd=tmp_path)
    assert strict.returncode == 1
    assert "--strict, and counting has tests that can't be asked from outside" in strict.stdout
    assert "count-test" in strict.stdout
    assert "Skipped: ps1. See" in strict.stdout
    assert "ada" not in strict.stdout
