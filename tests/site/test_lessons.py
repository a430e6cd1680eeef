"""A lesson shows the figures of the solution, and nothing that an exercise or a check printed."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from autograder.course import Course
from autograder.marking.cells import role
from backprop.reference import solution
from backprop.site import lessons

ASSIGNMENT = "05-losses"


@pytest.fixture(scope="module")
def lesson(course: Course, tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    ran = nbformat.from_dict(solution(course, ASSIGNMENT))
    for number, cell in enumerate(ran.cells):
        if cell.cell_type == "code":  # what it would print is not the point: that it is told apart is
            cell.outputs = [
                nbformat.v4.new_output("stream", text=f"{role(cell)} {number}"),
                nbformat.v4.new_output("display_data", {"image/png": "UE5H", "text/html": "<img src='x'>"}),
                nbformat.v4.new_output("display_data", {lessons.WIDGET: {}, "text/plain": "VBox()"}),
            ]
    return lessons._lesson(course, ASSIGNMENT, ran)


def test_answers_and_what_they_print_stay_out(course: Course, lesson: nbformat.NotebookNode) -> None:
    said = "".join(output.get("text", "") for cell in lesson.cells for output in cell.get("outputs", []))
    assert "given" in said or "student" in said
    assert not re.search("exercise|test|answer", said)
    text = "\n".join(cell.source for cell in lesson.cells)
    for cell in solution(course, ASSIGNMENT).cells:
        if role(cell) == "exercise":
            assert cell.source not in text
    assert "HIDDEN TESTS" not in text


def test_figures_have_words_and_nothing_needs_a_kernel(lesson: nbformat.NotebookNode) -> None:
    data = [o["data"] for c in lesson.cells for o in c.get("outputs", []) if "data" in o]
    assert data
    assert all("image/png" in each and "text/html" not in each for each in data)
    assert not [cell for cell in lesson.cells if "fig-alt" in cell.source]
    assert any(cell.metadata.get("mystnb", {}).get("image", {}).get("alt") for cell in lesson.cells)


def test_what_a_solution_that_fails_means_is_said(course: Course, tmp_path: Path) -> None:
    from autograder.course import CourseError

    folder = tmp_path / "solutions" / ASSIGNMENT
    folder.mkdir(parents=True)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")])
    nbformat.write(notebook, folder / "losses.ipynb")
    with pytest.raises(CourseError, match="solution of 05-losses fails"):
        lessons._run(Course.of_source(tmp_path / "solutions"), ASSIGNMENT, tmp_path / "work")
