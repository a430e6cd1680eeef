"""The reference `mynn`: built from the solution notebooks when it is needed, committed nowhere."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import CodeType, MappingProxyType
from typing import TYPE_CHECKING, Any

from autograder.course import Course, read_notebook
from autograder.engine.wire.limits import Limits
from autograder.marking.cells import grade_id
from autograder.marking.sanitise import Unreadable, read
from workbook import directive, export

if TYPE_CHECKING:
    from nbformat import NotebookNode


def solution(course: Course, assignment: str) -> NotebookNode:
    """Return an assignment's solution notebook to look at, not to change: it is parsed once for all callers.

    Raises:
        CourseError: if the file is missing or isn't a notebook.
    """
    path = course.notebook(assignment)
    return _parsed(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _parsed(path: Path, modified: int) -> NotebookNode:
    return read_notebook(path)


def exported(course: Course, assignment: str) -> Mapping[str, str]:
    """Return what `exported_cells` does of an assignment's solution."""
    path = course.notebook(assignment)
    return _exported(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _exported(path: Path, modified: int) -> Mapping[str, str]:
    notebook: Mapping[str, Any]
    try:
        notebook = read(path.read_bytes(), Limits())  # a sandbox waits for this, and nbformat takes its time
    except (OSError, Unreadable):
        notebook = read_notebook(path)  # it says what is wrong
    return MappingProxyType(exported_cells(notebook))


def exported_cells(notebook: Mapping[str, Any]) -> dict[str, str]:
    """Return the notebook's cells that carry `#| export`: grade_id (or cell id) -> source, in order."""
    return {
        grade_id(cell) or cell.get("id", ""): cell["source"]
        for cell in notebook["cells"]
        if cell["cell_type"] == "code" and directive.target_of(cell["source"])
    }


def build_mynn(course: Course, to: Path, before: str | None = None) -> Path:
    """Write the reference `mynn` into the folder `to`.

    Args:
        course: the course whose solution notebooks are read.
        to: the folder that gets `mynn/`.
        before: stop before this assignment (all of them by default).

    Returns:
        `to`, which belongs on `sys.path` or in WORKBOOK_HOME.
    """
    export.create_package(to)
    for assignment in course.assignments():
        if before is not None and assignment >= before:
            break
        for source in exported(course, assignment).values():
            export.export_cell(source, to)
    return to


def namespace(course: Course, assignment: str, replace: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run the exported cells of one solution notebook and return what they define.

    What an earlier assignment exported has to be importable as `mynn` (see `build_mynn`). What it put
    into the same module of `mynn` stands above these cells there, and so they see it here.

    Args:
        course: the course.
        assignment: whose cells to run.
        replace: grade_id -> other source for that cell, for example one with a known mistake.
    """
    cells = exported(course, assignment)
    names: dict[str, Any] = {}
    for module in sorted({str(directive.target_of(source)) for source in cells.values()}):
        if importlib.util.find_spec(module):
            above = vars(importlib.import_module(module))
            names |= {name: value for name, value in above.items() if not name.startswith("__")}
    names["__name__"] = f"reference.{assignment}"
    for name, source in cells.items():
        exec(_compiled((replace or {}).get(name, source), f"<{assignment}: {name}>"), names)
    return names


@lru_cache(maxsize=512)  # whoever replaces one cell of twenty runs the others again
def _compiled(source: str, name: str) -> CodeType:
    return compile(source, name, "exec")
