"""Names that one check of a notebook leaves for another: they have to stay."""

from __future__ import annotations

import json
import symtable
from collections.abc import Iterator
from pathlib import Path


def needed_by_checks(folder: Path) -> set[str] | None:
    """Return the names that checks of a folder's notebook read and don't bind; None if it can't be read."""
    paths = list(folder.glob("*.ipynb"))
    try:
        return {name for path in paths for name in _needed(path)} if paths else None
    except (OSError, ValueError, KeyError, TypeError, SyntaxError):
        return None


def _needed(path: Path) -> Iterator[str]:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        about = cell.get("metadata", {}).get("nbgrader", {})
        if cell["cell_type"] == "code" and about.get("grade") and not about.get("solution"):
            table = symtable.symtable("".join(cell["source"]), path.name, "exec")
            bound = {
                each.get_name() for each in table.get_symbols() if each.is_assigned() or each.is_imported()
            }
            yield from set(_read(table)) - bound


def _read(table: symtable.SymbolTable) -> Iterator[str]:
    """Yield the names of a notebook that a cell reads, in its functions and comprehensions too."""
    whole = table.get_type() == "module"
    for each in table.get_symbols():
        if each.is_referenced() and (whole or each.is_global()):
            yield each.get_name()
    for inner in table.get_children():
        yield from _read(inner)
