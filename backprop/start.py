"""START.ipynb, where a student begins: the notebooks in order, what each gives, and what is solved of them.

`python -m backprop.start` writes it beside the released notebooks.
"""

from __future__ import annotations

import nbformat

from autograder.course import Course, repository
from backprop.reference import solution
from backprop.release import progress_cell

NAME = "START.ipynb"
WELCOME = """# Start here

You are going to derive backpropagation and build a small neural network library, `mynn`, that trains on real
digits. Each notebook is a sitting of about 90 minutes. Work through them in order: what you build in one,
the later ones import.

In each: read a derivation, play with a figure, write a few lines where it says `YOUR CODE HERE`, run the
check below. A check says in a second what is wrong, in words."""
STANDING = """## Where you stand

Run this cell whenever you like (Shift+Enter). It looks at your `mynn` and at the last run of each check, and
says what is solved, what is open and what comes next."""
AFTER = """## When something is odd

- **"... comes from notebook 02: finish it first"**: open that notebook and run its cells; they fill `mynn`.
- **A notebook behaves strangely**: *Kernel, Restart Kernel and Run All Cells*. The notebook is the source,
  `mynn` is made from it: you may delete the files in `mynn/` and run the notebooks again.
- **"mynn.modules has changed since ..."**: you have improved a module in another notebook. Run the cell with
  the imports again."""


def start(course: Course) -> nbformat.NotebookNode:
    """Return the notebook."""
    rows = [_row(course, assignment) for assignment in course.assignments()]
    listed = "\n".join(["## The notebooks", "", "| notebook | what it gives |", "|---|---|", *rows])
    texts = [("welcome", WELCOME), ("notebooks", listed), ("standing", STANDING)]
    cells = [_text(name, text) for name, text in texts]
    cells += [progress_cell("# all notebooks", tags=[]), _text("odd", AFTER)]
    kernel = solution(course, course.assignments()[0]).metadata.kernelspec
    notebook: nbformat.NotebookNode = nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]
        cells=cells, metadata={"kernelspec": kernel}
    )
    return notebook


def title_and_promise(course: Course, assignment: str) -> tuple[str, str]:
    """Return how a notebook begins: its title, and what it promises, as Markdown for a table."""
    title, _, rest = solution(course, assignment).cells[0].source.partition("\n")
    return title.lstrip("# "), " ".join(rest.strip().split("\n\n")[0].split()).replace("|", "\\|")


def _row(course: Course, assignment: str) -> str:
    title, promise = title_and_promise(course, assignment)
    path = f"{assignment}/{course.notebook(assignment).name}"
    return f"| [{title}]({path}) | {promise} |"


def _text(name: str, text: str) -> nbformat.NotebookNode:
    cell: nbformat.NotebookNode = nbformat.v4.new_markdown_cell(  # type: ignore[no-untyped-call]
        text, id=name
    )
    return cell


def main() -> None:
    """Write it."""
    course = repository()
    path = course.folder("release") / NAME
    text = nbformat.writes(start(course))  # type: ignore[no-untyped-call]
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
