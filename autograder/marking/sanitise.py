"""Read what a student handed in, and give the instructor's cells back their place, text and metadata."""

from __future__ import annotations

import json
import uuid
from itertools import pairwise
from typing import Any

from autograder.engine.wire.limits import Limits
from autograder.marking.metadata import kept_of_cell, kept_of_notebook, pictures
from autograder.marking.paper import Cell, Paper

NESTING = 200  # lists and dicts in each other; a notebook has ten
ADDED = "This cell (id:{}) was missing from the submission. It was added back by nbgrader.\n\n"


DEEP = "not a notebook: its JSON is nested too deeply"


class Unreadable(Exception):  # noqa: N818 - said of a submission
    """What was handed in is no notebook; the message says in what way."""


def read(data: bytes, limits: Limits) -> dict[str, Any]:
    """Return a submitted notebook as plain JSON of format 4, with its size, shape and text checked.

    Raises:
        Unreadable: with the reason, for the summary.
    """
    if len(data) > limits.notebook:
        raise Unreadable(too_large(len(data), limits))
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unreadable(f"not a notebook: not UTF-8 text (byte {error.start})") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"not a notebook: no JSON at line {error.lineno}, column {error.colno}") from None
    except (RecursionError, ValueError):
        raise Unreadable(f"{DEEP}, or has a number that is too long") from None
    if _deeper(notebook, NESTING):
        raise Unreadable(DEEP)
    if isinstance(notebook, dict) and notebook.get("nbformat") in (1, 2, 3):
        notebook = _upgraded(data.decode("utf-8-sig"))
    if not isinstance(notebook, dict) or notebook.get("nbformat") != 4:
        raise Unreadable("not a notebook: JSON, but no Jupyter notebook")
    cells = notebook.get("cells")
    if not isinstance(cells, list) or len(cells) > limits.cells:
        raise Unreadable("not a notebook: no list of cells, or too many of them")
    metadata = notebook.get("metadata")
    return {
        "cells": [_cell(cell, index) for index, cell in enumerate(cells)],
        "metadata": _valid(kept_of_notebook(metadata)),
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def lean(data: bytes) -> bytes:
    """Return a submitted notebook without what grading makes anew: most of it is pictures.

    Outputs, saved widgets and what editors note are left out, nothing else: `read` says the same of both.
    """
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
        if notebook["nbformat"] != 4 or _deeper(notebook, NESTING):
            return data
        notebook["metadata"] = kept_of_notebook(notebook.get("metadata"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell.pop("outputs", None)
        return json.dumps(notebook).encode()
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):  # `read` says what is wrong
        return data


def _deeper(value: Any, levels: int) -> bool:
    """Say whether lists and dicts stand in each other more than so many levels deep."""
    level = [value]
    for _ in range(levels):
        level = [
            part
            for each in level
            if isinstance(each, dict | list)
            for part in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True


def too_large(size: int, limits: Limits) -> str:
    """Say that a notebook of that many bytes isn't read."""
    return f"the notebook is too large ({size / 2**20:.0f} MB; {limits.notebook / 2**20:.0f} MB allowed)"


def _upgraded(text: str) -> Any:
    import nbformat

    try:
        return json.loads(json.dumps(nbformat.reads(text, as_version=4)))  # type: ignore[no-untyped-call]
    except Exception as error:
        raise Unreadable(f"not a notebook: an old format that can't be converted ({error})") from None


def _cell(cell: Any, index: int) -> dict[str, Any]:
    kind = cell.get("cell_type") if isinstance(cell, dict) else None
    source = cell.get("source") if isinstance(cell, dict) else None
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if kind not in ("code", "markdown", "raw") or not isinstance(source, str):
        raise Unreadable(f"not a notebook: cell {index + 1} has no type or no text")
    metadata = cell.get("metadata")
    kept: dict[str, Any] = {
        "cell_type": kind,
        "id": _identifier(cell.get("id")),
        "metadata": _valid(kept_of_cell(metadata)),
        "source": _valid(source),
    }
    if kind == "code":
        return {**kept, "execution_count": None, "outputs": []}
    attached = pictures(cell.get("attachments"))
    return {**kept, "attachments": _valid(attached)} if attached else kept


def _identifier(value: Any) -> str:
    fits = isinstance(value, str) and 1 <= len(value) <= 64
    return value if fits and value.replace("-", "").replace("_", "").isalnum() else uuid.uuid4().hex[:8]


def _valid(value: Any) -> Any:
    """Return JSON without unpaired surrogates, which no file can hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_valid(key): _valid(part) for key, part in value.items()}
    return [_valid(part) for part in value] if isinstance(value, list) else value


def restore(notebook: dict[str, Any], paper: Paper) -> list[str]:
    """Put the instructor's cells right, in place.

    As nbgrader does, the last of several cells with one name counts (of an answer, the last that was
    written; copies as released are taken out), locked cells get back their text, and names that the
    assignment doesn't have mean nothing. Besides, all metadata comes from the gradebook, missing cells are
    added where they belong, and the instructor's cells keep their order.

    Returns:
        One remark for each thing that was put right.
    """
    known = {cell.grade_id: (place, cell) for place, cell in enumerate(paper.cells)}
    remarks: list[str] = []
    copies: dict[str, list[dict[str, Any]]] = {}
    for cell in notebook["cells"]:
        about = cell["metadata"].pop("nbgrader", None)
        name = about.get("grade_id") if isinstance(about, dict) else None
        if isinstance(name, str) and name in known:
            copies.setdefault(name, []).append(cell)
    for name, cells in copies.items():
        chosen = cells[-1]
        if len(cells) > 1:
            chosen, remark, stubs = _chosen(cells, known[name][1])
            remarks.append(remark)
            notebook["cells"] = [
                cell for cell in notebook["cells"] if not any(cell is stub for stub in stubs)
            ]
        remarks += _put_right(chosen, known[name][1])
    seen = copies.keys()
    placed: list[tuple[int, dict[str, Any]]] = []
    place = -1
    for cell in notebook["cells"]:
        if "nbgrader" in cell["metadata"]:
            place = known[cell["metadata"]["nbgrader"]["grade_id"]][0]
        placed.append((place, cell))
    if any(before[0] > after[0] for before, after in pairwise(placed)):
        remarks.append("the instructor's cells were in another order; they are back in theirs")
    for place, cell in known.values():
        if cell.grade_id not in seen and (cell.grade or cell.locked or cell.task):
            remarks.append(f"cell '{cell.grade_id}' was missing; it is back")
            placed.append((place, _added(cell)))
    notebook["cells"] = [cell for _, cell in sorted(placed, key=lambda pair: pair[0])]
    if paper.kernelspec:
        notebook["metadata"]["kernelspec"] = paper.kernelspec
    return remarks


def answers(notebook: dict[str, Any], paper: Paper) -> set[str]:
    """Return the names of the cells for answers that a notebook has, and not as released."""
    known = {cell.grade_id: cell for cell in paper.cells if cell.solution or cell.task}
    found = set()
    for cell in notebook["cells"]:
        about = cell["metadata"].get("nbgrader")
        name = about.get("grade_id") if isinstance(about, dict) else None
        if isinstance(name, str) and name in known and _answered(cell, known[name]):
            found.add(name)
    return found


def _answered(cell: dict[str, Any], known: Cell) -> bool:
    text = str(cell["source"]).strip()
    return bool(text) and text != known.source.strip()


def _chosen(cells: list[dict[str, Any]], known: Cell) -> tuple[dict[str, Any], str, list[dict[str, Any]]]:
    """Choose among cells of one name: which counts, a remark, and those to take out: they'd undo it."""
    more = f"cell '{known.grade_id}' exists more than once"
    written = [] if known.locked else [cell for cell in cells if _answered(cell, known)]
    if not written:
        return cells[-1], f"{more}; the last one counts", []
    stubs = [cell for cell in cells if not any(cell is each for each in written)]
    if len({cell["source"].strip() for cell in written}) > 1:
        return written[-1], f"{more}, with different answers; the last one counts", stubs
    return written[-1], f"{more}; the one that was answered counts", stubs


def _put_right(cell: dict[str, Any], known: Cell) -> list[str]:
    remarks = []
    if cell["cell_type"] != known.cell_type:
        remarks.append(f"cell '{known.grade_id}' had become {cell['cell_type']}")
        cell["cell_type"] = known.cell_type
        if known.cell_type == "code":
            cell.pop("attachments", None)
            cell.update(execution_count=None, outputs=[])
        else:
            cell.pop("execution_count", None)
            cell.pop("outputs", None)
    if known.locked:
        cell["source"] = known.source
    cell["metadata"]["nbgrader"] = known.metadata()
    return remarks


def _added(known: Cell) -> dict[str, Any]:
    note = ADDED.format(known.grade_id)
    code = known.cell_type == "code"
    cell: dict[str, Any] = {
        "cell_type": known.cell_type,
        "id": uuid.uuid4().hex[:8],
        "metadata": {"nbgrader": known.metadata()},
        "source": f"# {note}{known.source}" if code else note + known.source,
    }
    return {**cell, "execution_count": None, "outputs": []} if code else cell
