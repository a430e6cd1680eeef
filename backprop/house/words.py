"""The words: a name that the text sets in code type has been met, or is in the code that it speaks of."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import numpy as np

from autograder.course import read_notebook
from backprop.house.order import FIRST, LAST
from backprop.house.page import headings, numbered

SPOKEN = re.compile(r"(?<!`)`([A-Za-z_][\w.]*(?:\([^`\n]*\))?)`(?!`)")
WORD = re.compile(r"[A-Za-z_]\w*")
PYTHON = {*dir(builtins), *keyword.kwlist, "np", "numpy", "plt", "mynn"}
NUMPY = {name for each in (np, np.ndarray, np.random, np.random.Generator, np.linalg) for name in dir(each)}


def word_problems(path: Path, notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Yield names in the text that no code has, up to the end of the section that they stand in.

    Args:
        path: the notebook; what notebooks before it use is known.
        notebook: what it holds. Its first two sections and the last one look ahead, and are left out, as are
            sentences about a later notebook.
    """
    known = PYTHON | NUMPY | _of_earlier(path)
    parts = list(_parts(notebook))
    for part, (title, cells) in enumerate(parts):
        known |= {word for _, cell in cells if cell.cell_type == "code" for word in WORD.findall(cell.source)}
        if title in FIRST or (title in LAST and part == len(parts) - 1):
            continue
        for where, cell in cells:
            if cell.cell_type == "markdown":
                for name in sorted({_first(spoken) for spoken in _spoken(cell.source, path)} - known):
                    yield f"{where} speaks of {name}, which no code up to here has: say first what it is."


def _parts(notebook: nbformat.NotebookNode) -> Iterator[tuple[str, list[tuple[str, nbformat.NotebookNode]]]]:
    """Yield (title, cells) of each section; the set-up before the first one has no title."""
    title = ""
    cells: list[tuple[str, nbformat.NotebookNode]] = []
    for where, cell in numbered(notebook):
        for level, text in headings(cell.source) if cell.cell_type == "markdown" else []:
            if level == 2:
                yield title, cells
                title, cells = text, []
        cells.append((where, cell))
    yield title, cells


def _spoken(text: str, path: Path) -> Iterator[str]:
    """Yield what a text sets in code type, but for sentences that send the reader to a later notebook."""
    for sentence in re.split(r"(?<=[.!?:])\s", text):
        named = [int(number) for number in re.findall(r"[Nn]otebook (\d\d)", sentence)]
        if not any(number > int(path.parent.name[:2]) for number in named):
            yield from SPOKEN.findall(sentence)


def _first(spoken: str) -> str:
    return spoken.partition("(")[0].partition(".")[0]


def _of_earlier(path: Path) -> set[str]:
    found: set[str] = set()
    for other in path.parent.parent.glob("*/*.ipynb"):
        if other.parent.name < path.parent.name:
            found.update(WORD.findall("\n".join(cell.source for cell in read_notebook(other).cells)))
    return found
