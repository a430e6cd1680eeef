"""The tables: each column is named in words, which a screen reader can say where a formula is drawn."""

from __future__ import annotations

import re
from collections.abc import Iterator

import nbformat

from backprop.house.page import numbered

HEAD = re.compile(r"^ *\|(.+)\| *\n *\|[-:| ]+\| *$", re.MULTILINE)
LETTER = re.compile(r"[^\W\d_]")
FORMULA = re.compile(r"\$[^$]*\$")


def table_problems(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Yield a sentence for each table that has a column without a name, or with a formula for one."""
    for where, cell in numbered(notebook):
        if cell.cell_type != "markdown":
            continue
        for head in HEAD.findall(cell.source):
            names = re.split(r"(?<!\\)\|", FORMULA.sub("", head))
            if not all(LETTER.search(name) for name in names):
                yield f"{where} has a table with a column that no word names ('|{head}|'): say what is in it."
