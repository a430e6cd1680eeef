"""Releasing an assignment has its solution sit the exam: problems are read before a class meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_course import ASSIGNMENT, CONFIG, NAME, source_notebook

from autograder.course import Course
from autograder.engine.wall.premises import SandboxError


def release(
    folder: Path, config: str = "", total: str | None = None, kernel: dict[str, str] | None = None
) -> tuple[Course, str]:
    """Release the small course, with another test of `total` or kernel; return what nbgrader printed."""
    place = folder / "solutions" / ASSIGNMENT
    place.mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text(CONFIG + config)
    notebook = source_notebook()
    notebook.metadata["kernelspec"] = kernel or notebook.metadata.get("kernelspec", {})
    for cell in notebook.cells:
        if total is not None and cell.metadata.get("nbgrader", {}).get("grade_id") == "total-values":
            cell.source = total
    (place / f"{NAME}.ipynb").write_text(json.dumps(notebook))
    course = Course(folder)
    result = course.application().generate_assignment(ASSIGNMENT)
    assert result["success"], result["log"]
    assert (course.place("release", ASSIGNMENT) / f"{NAME}.ipynb").is_file()
    return course, result["log"]


def rehearsals(course: Course) -> list[Path]:
    return sorted((course.root / ".autograder").rglob("*rehearsal*"))


def test_a_test_that_its_solution_fails_is_named_when_it_is_released(tmp_path: Path) -> None:
    course, log = release(tmp_path, total="assert total([1, 2]) == 4, 'nobody can pass this'")
    assert "the solution itself fails 1 of 5 tests" in log
    assert "total-values" in log
    assert "nobody can pass this" in log
    assert rehearsals(course), "the first grading needn't do it again"


def test_a_test_that_can_be_asked_only_inside_is_named_when_it_is_released(tmp_path: Path) -> None:
    within = (
        "from unittest.mock import patch\n\nwith patch('builtins.sum', lambda numbers: 7):\n"
        "    assert total([1]) == 7, 'total does not use sum'"
    )
    _, log = release(tmp_path, total=within)
    assert "out of reach of the student: 4 of 5 tests" in log
    assert "total-values" in log


def test_a_sound_assignment_is_released_without_a_warning(tmp_path: Path) -> None:
    _, log = release(tmp_path)
    assert "WARNING" not in log
    assert log.index(f"The solution of {NAME} sits its exam") < log.index("It passes every test")


def no_sandbox() -> str:
    raise SandboxError("bubblewrap (bwrap) isn't installed.")


@pytest.mark.parametrize("how", ["switched off", "without a sandbox"])
def test_a_release_goes_on_without_the_exam(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "without a sandbox":
        monkeypatch.setattr("autograder.desk.rehearsals.find_bwrap", no_sandbox)
    course, log = release(tmp_path, "c.SitExam.enabled = False\n" if how == "switched off" else "")
    assert not rehearsals(course)
    assert ("hasn't sat the exam yet" in log) == (how == "without a sandbox")


def test_a_solution_that_can_not_sit_its_exam_is_named(tmp_path: Path) -> None:
    kernel = {"name": "unheard-of", "display_name": "Unheard of", "language": "R"}
    stub = 'c.ClearSolutions.code_stub["R"] = "stop()"\n'
    _, log = release(tmp_path, config=stub, kernel=kernel)
    said = (
        "small: its own solution could not sit the exam: the kernel 'unheard-of' (Unheard of) isn't installed"
    )
    assert said in log
    assert "It passes every test" not in log
