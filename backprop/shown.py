"""What a notebook's cells bind for themselves alone, and so may have under another name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from autograder.marking.cells import role
from autograder.marking.source import python_of
from workbook import directive
from workbook.apart import bound_by
from workbook.clue_file import fingerprint
from workbook.reads import names_needed


def own_names(cells: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return, for each cell that shows something, the names that it binds and no other cell needs.

    Args:
        cells: of a notebook as its author wrote it: hidden tests may need something, too.

    Raises:
        SyntaxError: if a cell isn't Python, magics apart.
    """
    texts = ["".join(cell["source"]) if cell["cell_type"] == "code" else "" for cell in cells]
    python = [python_of(text) for text in texts]
    needs = [names_needed(text) for text in python]
    found: dict[str, list[str]] = {}
    for place, cell in enumerate(cells):
        if role(cell) not in ("given", "student") or directive.read(texts[place]):
            continue
        elsewhere = {name for other, names in enumerate(needs) if other != place for name in names}
        if own := sorted(name for name in bound_by(python[place]) - elsewhere if name != "_"):
            found[fingerprint(texts[place])] = own
    return found


def known_names(source: Path, clues: Path) -> dict[str, list[str]]:
    """Return the own names of a notebook's cells, from `clues.json` if that was made of this notebook.

    Raises:
        OSError: if the notebook can't be read.
        ValueError: if it isn't one.
        SyntaxError: if a cell isn't Python, magics apart.
    """
    cells = json.loads(source.read_text(encoding="utf-8"))["cells"]
    with suppress(OSError, ValueError):
        about = json.loads(clues.read_text(encoding="utf-8"))
        if about.get("source") == mark_of(cells):
            return dict(about["shown"])
    return own_names(cells)


def mark_of(cells: Sequence[Mapping[str, Any]]) -> str:
    """Return what changes whenever the names may: that `clues.json` lists them as they are now."""
    return fingerprint("\0".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"))
