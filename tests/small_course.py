"""A course of one small notebook, for tests that grade: quick checks, every kind of graded cell."""

from __future__ import annotations

import atexit
import copy
import json
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.course import Course, read_notebook

ASSIGNMENT = "01-small"
NAME = "small"
CONFIG = """
from autograder.plugins import autograde_preprocessors, generate_preprocessors
import os, sys
from pathlib import Path
c = get_config()
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
c.CourseDirectory.course_id = "small"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
c.Autograder.course = "backprop.course:Backprop"
c.GenerateAssignment.preprocessors = generate_preprocessors()
c.GenerateFeedback.exporter_class = "autograder.plugins.Feedback"
c.Autograde.autograde_preprocessors = autograde_preprocessors()
c.OverwriteCells.add_missing_cells = True
c.ExecutePreprocessor.timeout = 4
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError"}
"""
SCALE = """#| export mynn.small
class Scale(Module):
    def __init__(self, factor):
        super().__init__()
        self.params["factor"] = np.array([float(factor)])
        self.zero_grad()

    def forward(self, x):
        ### BEGIN SOLUTION
        self.x = x
        return x * self.params["factor"]
        ### END SOLUTION

    def backward(self, grad_output):
        ### BEGIN SOLUTION
        self.grads["factor"] += np.sum(grad_output * self.x)
        return grad_output * self.params["factor"]
        ### END SOLUTION"""
SCALE_FORWARD = """check_close(Scale(2)(np.array([1.0, 2.0])), np.array([2.0, 4.0]))
### BEGIN HIDDEN TESTS
secret = examiner_rng(4711)
x = secret.normal(size=(3, 2))
layer = Scale(1)
layer.params["factor"][...] = 2.5
check_close(layer(x), 2.5 * x)
### END HIDDEN TESTS"""
SCALE_BACKWARD = """check_gradients(Scale(3), rng.normal(size=(4, 2)))
### BEGIN HIDDEN TESTS
secret = examiner_rng(815)
check_gradients(Scale(secret.normal()), secret.normal(size=(3, 5)))
### END HIDDEN TESTS"""
TOTAL = '''def total(numbers):
    """The sum of some numbers."""
    ### BEGIN SOLUTION
    return sum(numbers)
    ### END SOLUTION'''
TOTAL_VALUES = """assert total([1, 2, 3]) == 6, "1 + 2 + 3 is 6"
### BEGIN HIDDEN TESTS
numbers = [int(n) for n in examiner_rng(42).integers(0, 100, size=7)]
expected = sum(numbers)
assert total(numbers) == expected, "another sum was expected"
np.testing.assert_allclose(total(np.array([0.5, 0.25])), 0.75)
### END HIDDEN TESTS"""
TOTAL_PARTIAL = """rows = [[1], [2, 3], [4, 5, 6], []]
### BEGIN HIDDEN TESTS
rows = [[int(n) for n in examiner_rng(7 + k).integers(1, 9, size=k)] for k in range(1, 5)]
### END HIDDEN TESTS
2 * sum(total(row) == sum(row) for row in rows) / len(rows)"""
TWICE = '''def twice(f, x):
    """f applied to f of x."""
    ### BEGIN SOLUTION
    return f(f(x))
    ### END SOLUTION'''
TWICE_VALUES = """assert twice(tripled, 2) == 18
### BEGIN HIDDEN TESTS
shift = int(examiner_rng(99).integers(5, 50))
assert twice(lambda x: x + shift, 3) == 3 + 2 * shift
check_close(twice(np.sin, np.array([0.3, 0.4])), np.sin(np.sin(np.array([0.3, 0.4]))))
### END HIDDEN TESTS"""
POINTS = {
    "scale-forward": 1.0,
    "scale-backward": 2.0,
    "total-values": 3.0,
    "total-partial": 2.0,
    "twice-values": 2.0,
}


def about(
    name: str, grade: bool = False, solution: bool = False, locked: bool = False, points: float = 0
) -> Any:
    facts = {"schema_version": 3, "grade_id": name, "grade": grade, "solution": solution, "task": False}
    return {"nbgrader": {**facts, "locked": locked, **({"points": points} if grade else {})}}


def source_notebook() -> nbformat.NotebookNode:
    """The instructor's notebook."""

    def given(name: str, source: str) -> Any:
        return new_code_cell(source, metadata=about(name, locked=True))

    def exercise(name: str, source: str) -> Any:
        return new_code_cell(source, metadata=about(name, solution=True))

    def check(name: str, source: str) -> Any:
        return new_code_cell(source, metadata=about(name, grade=True, locked=True, points=POINTS[name]))

    manual = new_markdown_cell("A model answer.", metadata=about("why", grade=True, solution=True, points=2))
    return new_notebook(
        cells=[
            new_markdown_cell("# Small"),
            given("load", "%load_ext workbook"),
            given("imports", "#| export mynn.small\nimport numpy as np\n\nfrom workbook import Module"),
            given(
                "tools",
                "from workbook import check_close, check_gradients, examiner_rng\n\n"
                "rng = np.random.default_rng(0)\n\n\ndef tripled(x):\n    return 3 * x",
            ),
            exercise("scale", SCALE),
            check("scale-forward", SCALE_FORWARD),
            check("scale-backward", SCALE_BACKWARD),
            exercise("total", TOTAL),
            check("total-values", TOTAL_VALUES),
            check("total-partial", TOTAL_PARTIAL),
            exercise("twice", TWICE),
            check("twice-values", TWICE_VALUES),
            manual,
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )


def make_small_course(folder: Path) -> Course:
    """Make the course with its assignment released."""
    return Course(Path(shutil.copytree(_original(), folder, dirs_exist_ok=True)))


@cache
def _original() -> Path:
    """Make it once with nbgrader's own command; others are copies."""
    kept = tempfile.TemporaryDirectory(prefix="small-course-")
    atexit.register(kept.cleanup)
    folder = Path(kept.name)
    place = folder / "solutions" / ASSIGNMENT
    place.mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text(CONFIG)
    (place / f"{NAME}.ipynb").write_text(json.dumps(source_notebook()))
    course = Course(folder)
    result = course.application().generate_assignment(ASSIGNMENT)
    assert result["success"], result["log"]
    return folder


def as_written(source: str) -> str:
    """A solution without nbgrader's marks."""
    return "\n".join(line for line in source.split("\n") if "SOLUTION" not in line)


RIGHT = {"scale": as_written(SCALE), "total": as_written(TOTAL), "twice": as_written(TWICE)}


def released(course: Course) -> nbformat.NotebookNode:
    """What students get."""
    return copy.deepcopy(read_notebook(course.folder("release") / ASSIGNMENT / f"{NAME}.ipynb"))


def answered(course: Course, cells: Mapping[str, str]) -> nbformat.NotebookNode:
    """The released notebook with some cells filled in."""
    notebook = released(course)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in cells:
            cell.source = cells[name]
    return notebook


def hand_in(course: Course, student: str, notebook: Any, files: Mapping[str, str] | None = None) -> Path:
    """Put a submission in place; `notebook` may also be the bytes of something else."""
    folder = course.folder("submitted") / student / ASSIGNMENT
    folder.mkdir(parents=True, exist_ok=True)
    data = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
    (folder / f"{NAME}.ipynb").write_bytes(data)
    for name, content in (files or {}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def cell_scores(course: Course, student: str) -> dict[str, tuple[float | None, bool]]:
    """grade_id -> (automatic score, waits for a person), from the gradebook."""
    from nbgrader.api import Gradebook

    with Gradebook(course.db_url, "small") as gradebook:
        row = gradebook.find_submission_notebook(NAME, ASSIGNMENT, student)
        return {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in row.grades}
