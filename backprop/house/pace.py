"""The pace: no cell runs for long and shows nothing, and a whole notebook takes a minute at most."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat

from backprop.house.page import numbered
from backprop.pace import OF, read
from backprop.pictures import state

PATIENCE = 5.0  # seconds without news that a reader bears
WHOLE, LONGEST = 60.0, {"12-digits": 120.0}  # seconds of a notebook's run, and of one that may take longer
AGAIN = "run 'make pictures' and commit."


def pace_problems(path: Path, notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Yield which cells run on in silence, by what was measured when the pictures were drawn.

    Args:
        path: the notebook; what was measured lies with its pictures.
        notebook: what it holds.
    """
    kept = read(path.parent)
    if kept is None:
        yield f"Nobody knows how long the cells run: {AGAIN}"
        return
    if kept[OF] != state(notebook):
        yield f"How long the cells run was measured on older code: {AGAIN}"
    most = LONGEST.get(path.parent.name, WHOLE)
    if kept["seconds"] > most:
        yield f"The notebook runs for {kept['seconds']:g} s; {most:g} s are the limit."
    for where, cell in numbered(notebook):
        silent = kept["cells"].get(cell.get("id"), {}).get("silent", 0.0)
        if silent > PATIENCE:
            yield (
                f"{where} shows nothing for {silent:g} s: let it draw or print as it goes (workbook.live), "
                f"at least every {PATIENCE:g} s."
            )
