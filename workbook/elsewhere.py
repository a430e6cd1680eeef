"""Mistakes whose place is another notebook: a module of `mynn` that isn't there yet, or is a stub still."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType

from workbook import directive
from workbook.blocks import Block

MISSING = re.compile(r"cannot import name '(\w+)'")


def explain(error: BaseException, codes: Sequence[CodeType], workspace: Path) -> str | None:
    """Return what a student should do in another notebook first; None if the mistake is in this one.

    Args:
        error: what was raised.
        codes: of the student's functions in which it was, the innermost last.
        workspace: the folder of the notebooks' folders.
    """
    if isinstance(error, ImportError) and (error.name or "").split(".")[0] == "mynn":
        found = MISSING.match(str(error))
        missing = found[1] if found else ""
        module = f"{error.name}.{missing}" if error.name == "mynn" and missing else str(error.name)
        return _first(module, "" if error.name == "mynn" else missing, workspace)
    if isinstance(error, NotImplementedError) and codes:
        file, what = Path(codes[-1].co_filename), codes[-1].co_qualname
        if file.parent == workspace / "mynn":
            module = f"mynn.{file.stem}"
            owner = _owner(module, what.split(".")[0], workspace)
            return (
                f"Not attempted yet: {what} of `{module}`, in {owner}. Write it, run its cell, then this one."
            )
    return None


def _first(module: str, name: str, workspace: Path) -> str:
    owner = _owner(module, name, workspace)
    what = f"`{name}` of `{module}`" if name else f"`{module}`"
    return f"{what} comes from {owner}: finish it first, or run its cells. Then run this cell again."


def _owner(module: str, name: str, workspace: Path) -> str:
    """Return the notebook that exports a name into a module (or anything, for an empty name)."""
    for path in sorted(workspace.glob("[0-9][0-9]-*/*.ipynb")):
        for source in _cells(path):
            try:
                found = directive.read(source)
                names = Block.parse(found[1]).names if found and found[0] == module and name else frozenset()
            except (directive.ExportError, SyntaxError):
                continue
            if found and found[0] == module and (not name or name in names):
                return f"notebook {path.parent.name[:2]}"
    return "an earlier notebook"


def _cells(path: Path) -> Iterator[str]:
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            if cell["cell_type"] == "code":
                yield "".join(cell["source"])
    except (OSError, ValueError, KeyError, TypeError):
        return
