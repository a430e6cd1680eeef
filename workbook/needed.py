"""Names that one check of a notebook leaves for another: they have to stay."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from workbook.reads import names_needed


def needed_by_checks(folder: Path) -> set[str] | None:
    """Return the names that checks of a folder's notebook need from elsewhere; None if it can't be read."""
    paths = list(folder.glob("*.ipynb"))
    try:
        return {name for path in paths for name in _needed(path)} if paths else None
    except (OSError, ValueError, KeyError, TypeError, SyntaxError):
        return None


def _needed(path: Path) -> Iterator[str]:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        about = cell.get("metadata", {}).get("nbgrader", {})
        if cell["cell_type"] == "code" and about.get("grade") and not about.get("solution"):
            yield from names_needed("".join(cell["source"]))
