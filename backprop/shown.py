"""What a notebook's cells bind for themselves alone, and so may have under another name."""

from __future__ import annotations

from collections.abc import Sequence
from types import CodeType

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

from autograder.marking.cells import role
from workbook import directive
from workbook.apart import bound_by
from workbook.clues import fingerprint
from workbook.reads import globals_read, read_at_once


def own_names(
    given: Sequence[nbformat.NotebookNode], cells: Sequence[nbformat.NotebookNode]
) -> dict[str, list[str]]:
    """Return, for each cell that shows something, the names that it binds and no other cell needs.

    Args:
        given: the cells that students get.
        cells: the same ones as their author wrote them, whose hidden tests may need something too.
    """
    needs = {cell.id: _needed(cell.source) for cell in cells if cell.cell_type == "code"}
    found: dict[str, list[str]] = {}
    for cell in given:
        if cell.cell_type != "code" or role(cell) not in ("given", "student") or directive.read(cell.source):
            continue
        elsewhere = {name for other, names in needs.items() if other != cell.id for name in names}
        if own := sorted(name for name in bound_by(_python(cell.source)) - elsewhere if name != "_"):
            found[fingerprint(cell.source)] = own
    return found


def _needed(cell: str) -> set[str]:
    """Return the names that a cell reads and hasn't bound itself when it does."""
    text = _python(cell)
    inner = (code for code in compile(text, "<cell>", "exec").co_consts if isinstance(code, CodeType))
    later = {name for code in inner for name, _ in globals_read(code)} - bound_by(text)
    return later | {name for name, _ in read_at_once(text)}


def _python(cell: str) -> str:
    """Return a cell as Python text: IPython's magics are calls there."""
    return str(TransformerManager().transform_cell(cell))  # type: ignore[no-untyped-call]
