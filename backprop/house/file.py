"""The file itself: valid, without outputs, its cells told apart by id, in step with its text twin."""

from __future__ import annotations

import json
from collections import Counter
from itertools import zip_longest
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.nbgraderformat import MetadataValidator

from autograder.marking.cells import about
from backprop.house.page import name, numbered


def file_problems(path: Path, notebook: nbformat.NotebookNode) -> list[str]:
    """Return what is wrong with the notebook as a file."""
    return [*_format(notebook), *_names(path, notebook), *_outputs(notebook), *_twin(path, notebook)]


def _format(notebook: nbformat.NotebookNode) -> list[str]:
    found = []
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        found.append(f"The notebook breaks the notebook format: {str(error).splitlines()[0]}.")
    validator = MetadataValidator()
    for where, cell in numbered(notebook):
        try:
            validator.validate_cell(cell)
        except Exception as error:
            reason = str(error).splitlines()[0]
            found.append(f"{where}: nbgrader doesn't accept its metadata ({reason}).")
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        found.append("The notebook must name the kernel python3, which every Jupyter installation has.")
    return found


def _names(path: Path, notebook: nbformat.NotebookNode) -> list[str]:
    raw = json.loads(path.read_text(encoding="utf-8"))  # nbformat repairs ids as it reads
    ids = Counter(cell.get("id") for cell in raw["cells"])
    roles = Counter(about(cell)["grade_id"] for cell in notebook.cells if about(cell).get("grade_id"))
    return [
        *[
            f"{times} cells have no id or share the id {one}: let jupytext --update make the notebook."
            for one, times in ids.items()
            if one is None or times > 1
        ],
        *[f"{n} cells share the grade_id '{one}': rename all but one." for one, n in roles.items() if n > 1],
    ]


def _outputs(notebook: nbformat.NotebookNode) -> list[str]:
    return [
        f"{where} holds an output or a run number: clear all outputs before you commit."
        for where, cell in numbered(notebook)
        if cell.cell_type == "code" and (cell.outputs or cell.execution_count is not None)
    ]


def _twin(path: Path, notebook: nbformat.NotebookNode) -> list[str]:
    import jupytext

    twin = path.with_suffix(".md")
    if not twin.is_file():
        return [f"There is no text twin {twin.name}: run 'make release' and commit it."]
    pairs = zip_longest(notebook.cells, jupytext.read(twin).cells)
    for index, (ours, theirs) in enumerate(pairs):
        if ours is None or theirs is None or _said(ours) != _said(theirs):
            return [
                f"{name(index, ours or theirs)} isn't the same in {path.name} and its twin {twin.name}: "
                "run 'make release' and commit both."
            ]
    return []


def _said(cell: Any) -> tuple[str, str, dict[str, Any]]:
    return cell.cell_type, cell.source, about(cell)
