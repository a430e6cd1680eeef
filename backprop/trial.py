"""Put an implementation to an assignment's own check cells, without a grader around them."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt

from autograder.course import Course
from autograder.marking.cells import Hidden, about, grade_id, role
from backprop.reference import build_mynn, solution

if TYPE_CHECKING:
    from nbformat import NotebookNode


@contextlib.contextmanager
def reference_on_path(course: Course, before: str | None = None) -> Iterator[Path]:
    """Make the reference `mynn` (of the assignments before one) importable for a while."""
    with tempfile.TemporaryDirectory(prefix="mynn-") as folder:
        build_mynn(course, Path(folder), before=before)
        _forget_mynn()
        sys.path.insert(0, folder)
        try:
            yield Path(folder)
        finally:
            sys.path.remove(folder)
            _forget_mynn()


def _forget_mynn() -> None:
    for name in [name for name in sys.modules if name == "mynn" or name.startswith("mynn.")]:
        del sys.modules[name]


def given_and_solved(notebook: NotebookNode, replace: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield (grade_id, source) of the cells that tests rely on: locked ones with no grade, solutions."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and about(cell) and not about(cell).get("grade"):
            source = replace.get(grade_id(cell), cell.source)
            if not source.lstrip().startswith("%load_ext"):
                yield grade_id(cell), source


def check_cells(notebook: NotebookNode) -> dict[str, tuple[float, str]]:
    """Return the autograded test cells: grade_id -> (points, source)."""
    return {
        grade_id(cell): (float(about(cell)["points"]), cell.source)
        for cell in notebook.cells
        if role(cell) == "test"
    }


def run_checks(
    course: Course,
    assignment: str,
    replace: Mapping[str, str],
    student: str = "",
    only: str = "",
    *,
    seen: bool = False,
) -> dict[str, Exception | None]:
    """Run an assignment's check cells on its solution with some cells replaced.

    Args:
        course: the course; what earlier assignments export must be importable (`reference_on_path`).
        assignment: the assignment.
        replace: grade_id -> source of the cells to replace.
        student: whose random numbers the hidden tests draw.
        only: run the check cells whose grade_id starts with this.
        seen: run what a student sees of them, without their hidden tests.

    Returns:
        grade_id -> what the check raised, or None where it passed.
    """
    notebook = solution(course, assignment)
    names: dict[str, Any] = {"__name__": f"trial.{assignment}"}
    outcome: dict[str, Exception | None] = {}
    before = os.environ.get("WORKBOOK_SECRET")
    os.environ["WORKBOOK_SECRET"] = student
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for grade_id, source in given_and_solved(notebook, replace):
                _attempt(source, grade_id, names)  # as in a notebook, a cell that fails doesn't stop the rest
            for grade_id, (_, source) in check_cells(notebook).items():
                if grade_id.startswith(only):
                    test = Hidden().without(source) if seen else source
                    outcome[grade_id] = _attempt(test, grade_id, names)
    finally:
        plt.close("all")
        if before is None:
            del os.environ["WORKBOOK_SECRET"]
        else:
            os.environ["WORKBOOK_SECRET"] = before
    return outcome


def _attempt(source: str, grade_id: str, names: dict[str, Any]) -> Exception | None:
    try:
        exec(compile(source, f"<{grade_id}>", "exec"), names)
    except Exception as error:
        return error
    return None
