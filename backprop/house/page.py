"""How the house check reads a notebook: a cell's name, its role, and what a student sees of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import nbformat

from autograder.marking.cells import Hidden, about, grade_id, role

SOLUTION = re.compile(r"^([ \t]*)### BEGIN SOLUTION.*?### END SOLUTION[^\n]*", re.DOTALL | re.MULTILINE)


def is_exercise(cell: Any) -> bool:
    """Whether students write code here."""
    return role(cell) == "exercise"


def is_check(cell: Any) -> bool:
    """Whether the grader runs this cell for points."""
    return cell.cell_type == "code" and bool(about(cell).get("grade"))


def is_answer(cell: Any) -> bool:
    """Whether students write text here, for a person to grade."""
    return cell.cell_type == "markdown" and bool(about(cell).get("solution"))


def name(index: int, cell: Any) -> str:
    """Return what an author can find a cell by: its number, and its grade_id or its first words."""
    lines = [line for line in cell.source.splitlines() if line.strip() and not line.startswith("#|")]
    first = lines[0].strip() if lines else "empty"
    label = grade_id(cell) or (first if len(first) <= 40 else f"{first[:37]}...")
    return f"Cell {index + 1} ('{label}')"


def numbered(notebook: nbformat.NotebookNode) -> Iterator[tuple[str, Any]]:
    """Yield (name, cell) in order."""
    for index, cell in enumerate(notebook.cells):
        yield name(index, cell), cell


def released(source: str) -> str:
    """Return a code cell's source as students get it."""
    return SOLUTION.sub(r"\1raise NotImplementedError", Hidden().without(source))


def headings(source: str) -> list[tuple[int, str]]:
    """Return the headings of a markdown cell: (level, text)."""
    prose = re.sub(r"^```.*?^```", "", source, flags=re.DOTALL | re.MULTILINE)
    return [(len(marks), text.strip()) for marks, text in re.findall(r"^(#+) (.*)$", prose, re.MULTILINE)]
