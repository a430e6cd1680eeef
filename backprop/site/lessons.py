"""The lessons to read: the released text, with the figures that the solution draws, without its answers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from autograder.course import Course, CourseError, read_notebook
from autograder.marking.cells import role
from backprop.reference import build_mynn
from backprop.release import EXPERIMENT
from workbook import directive
from workbook.alt import LINE, alt_of

PATIENCE = 600  # seconds a cell
WIDGET = "application/vnd.jupyter.widget-view+json"
SHOWN = ("given", "student")  # what the cells of exercises and tests print belongs to an answer


def lessons(course: Course, assignments: Iterable[str], work: Path) -> dict[str, nbformat.NotebookNode]:
    """Run the solutions, as many at a time as there are processors, and return what readers get.

    Args:
        course: whose notebooks.
        assignments: which.
        work: a folder to work in.

    Raises:
        CourseError: if a solution fails.
    """
    names = list(assignments)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        ran = pool.map(lambda name: _run(course, name, work / name), names)
        return {name: _lesson(course, name, notebook) for name, notebook in zip(names, ran, strict=True)}


def _run(course: Course, assignment: str, work: Path) -> nbformat.NotebookNode:
    """Run a copy of the solution in a workspace of its own."""
    folder = work / assignment
    folder.mkdir(parents=True)
    build_mynn(course, work, before=assignment)
    path = Path(shutil.copy(course.notebook(assignment), folder))
    notebook = read_notebook(path)
    client = NotebookClient(
        notebook,
        timeout=PATIENCE,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],  # it warns of being reached over loopback
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute()
    except CellExecutionError as error:
        raise CourseError(f"The solution of {assignment} fails, so there is no lesson: {error}") from None
    return notebook


def _lesson(course: Course, assignment: str, ran: nbformat.NotebookNode) -> nbformat.NotebookNode:
    path = course.folder("release") / assignment / course.notebook(assignment).name
    lesson = read_notebook(path)
    outputs = {cell.id: cell.outputs for cell in ran.cells if cell.cell_type == "code"}
    lesson.cells = [cell for cell in lesson.cells if cell.id != "progress"]
    for cell in lesson.cells:
        if cell.cell_type != "code":
            continue
        shown = role(cell) in SHOWN and cell.id in outputs and directive.target_of(cell.source) is None
        cell.outputs = [kept for output in outputs[cell.id] if (kept := _kept(output))] if shown else []
        cell.execution_count = None
        words = alt_of(cell.source)
        tags = [tag for tag in cell.metadata.get("tags", []) if tag != EXPERIMENT]
        cell.metadata = {"tags": tags, **({"mystnb": {"image": {"alt": words}}} if words else {})}
        if words:
            cell.source = LINE.sub("", cell.source, count=1).lstrip("\n")
    lesson.metadata.pop("widgets", None)
    return lesson


def _kept(output: Any) -> Any:
    """Return an output without what needs a kernel; of a figure the picture: the page has its alt text."""
    data = output.get("data")
    if data is None:
        return output
    if WIDGET in data:
        return None
    if "image/png" in data and "workbook-static" not in data.get("text/html", ""):
        data.pop("text/html", None)
    return output
