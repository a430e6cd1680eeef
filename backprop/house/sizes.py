"""The sizes: short code cells, two prose cells to one of code, one claim a cell, words for every figure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from statistics import median
from typing import Any

import nbformat

from autograder.marking.cells import about
from backprop.house.page import is_answer, is_check, is_exercise, numbered, released

MOST_CELLS = 75  # of one sitting, about 90 minutes
MEDIAN_LINES, MOST_LINES, MOST_WORDS, LEAST_RATIO = 8, 25, 130, 1.5
MOST_GIVEN = 15  # lines of code that is only read; longer ones are folded, if nobody has to read them
MOST_DRAWN = 6  # lines of a cell that makes its own axes; longer ones are folded
DRAWING = re.compile(r"\bplt\.(?!rcParams|close\b)\w+\(|\bdraw_graph\(|\.imshow\(")


def size_problems(notebook: nbformat.NotebookNode) -> list[str]:
    """Return which cells are too long, and which figures have no words."""
    return [*_sitting(notebook), *_code(notebook), *_prose(notebook), *_figures(notebook), *_folds(notebook)]


def _sitting(notebook: nbformat.NotebookNode) -> Iterator[str]:
    if len(notebook.cells) > MOST_CELLS:
        yield f"The notebook has {len(notebook.cells)} cells; {MOST_CELLS} are a sitting. Split it, or cut."


def _folds(notebook: nbformat.NotebookNode) -> Iterator[str]:
    for where, cell in numbered(notebook):
        if cell.cell_type != "code" or is_exercise(cell):
            continue
        folded = bool(cell.metadata.get("jupyter", {}).get("source_hidden"))
        if folded != ("hide-input" in cell.metadata.get("tags", [])):
            yield f"{where}: jupyter.source_hidden and the tag hide-input go together, for Lab and for paper."
        count = _lines(cell) - cell.source.startswith("#|")
        if not folded and not is_check(cell) and count > MOST_GIVEN:
            yield f"{where} has {count} lines to read; {MOST_GIVEN} are the limit. Split it, or fold it."
        if not folded and "plt.subplots(" in cell.source and count > MOST_DRAWN:
            yield f"{where} draws in {count} lines: fold them (jupyter.source_hidden, hide-input)."


def _lines(cell: Any) -> int:
    return len([line for line in released(cell.source).splitlines() if line.strip()])


def _code(notebook: nbformat.NotebookNode) -> Iterator[str]:
    lengths = []
    for where, cell in numbered(notebook):
        if cell.cell_type == "code":
            lengths.append(_lines(cell))
            if lengths[-1] > MOST_LINES:
                yield f"{where} shows {lengths[-1]} lines of code; {MOST_LINES} are the limit. Split it."
    if lengths and median(lengths) > MEDIAN_LINES:
        yield f"The median code cell shows {median(lengths):g} lines; {MEDIAN_LINES} are the limit."


def _prose(notebook: nbformat.NotebookNode) -> Iterator[str]:
    prose, code = 0, 0
    for where, cell in numbered(notebook):
        if cell.cell_type == "code":
            code += not (is_check(cell) or about(cell).get("locked"))
        elif not is_answer(cell):
            prose += 1
            count = max(words(part) for part in re.split(r"^#+ ", cell.source, flags=re.MULTILINE))
            if count > MOST_WORDS:
                yield f"{where} has {count} words; {MOST_WORDS} are the limit. Split it: one claim a cell."
    if prose < LEAST_RATIO * code:
        yield (
            f"There are {prose} prose cells to {code} code cells (checks and given set-up not counted); "
            "the house has about two to one."
        )


def words(source: str) -> int:
    """Count the words of a markdown cell as a reader does: no formulas, no tables, no folded hints."""
    for pattern in (r"<details>.*?</details>", r"\$\$.*?\$\$", r"\$[^$\n]+\$", r"^\|.*$"):
        source = re.sub(pattern, " ", source, flags=re.DOTALL | re.MULTILINE)
    return len(re.findall(r"[^\W\d_][\w'’-]*", source))


def _figures(notebook: nbformat.NotebookNode) -> Iterator[str]:
    drawing: set[str] = set()  # the notebook's own functions that draw when they are called
    for where, cell in numbered(notebook):
        if cell.cell_type != "code" or is_exercise(cell):
            continue
        alt = re.match(r"#\| fig-alt: *(.*)\n", cell.source)
        if alt is None:
            if _draws(cell.source, drawing):
                yield f"{where} draws: say in its first line, '#| fig-alt: ...', what the figure shows."
            elif "fig-alt:" in cell.source:
                yield f"{where} has its fig-alt line too low: it must be the first."
        elif len(alt[1]) < 20 or not alt[1].rstrip().endswith("."):
            yield f"{where}: its fig-alt must be a sentence that says what the figure shows."
        elif re.match(r"(an? |the )?(image|picture|figure) ", alt[1], re.IGNORECASE):
            yield f"{where}: its fig-alt should begin with what is shown, not with '{alt[0].split()[2]}'."


def _draws(source: str, drawing: set[str]) -> bool:
    """Whether running a cell draws; functions that draw when called are added to `drawing`."""
    try:
        body = ast.parse(source).body
    except SyntaxError:  # a magic
        return False
    rest = []
    for node in body:
        if isinstance(node, ast.FunctionDef):
            if DRAWING.search(ast.unparse(node)):
                drawing.add(node.name)
        else:
            rest.append(ast.unparse(node))
    text = "\n".join(rest)
    return bool(DRAWING.search(text)) or any(re.search(rf"\b{name}\(", text) for name in drawing)
