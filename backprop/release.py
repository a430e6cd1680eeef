"""Release: what students get besides: a summary, the figures, and `clues.json`, which knows mistakes.

Every command of nbgrader's and the grader's reads nbgrader_config.py, which names these classes: what only a
release needs (numpy, matplotlib, the bank) is imported by it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.course import Course
from autograder.marking.cells import role

EXPERIMENT = "experiment"  # the tag of cells that grading leaves out; nbgrader_config.py says so


class AddSummary(NbGraderPreprocessor):  # type: ignore[misc]
    """End the notebook with a cell that says what of it is solved; grading leaves it out."""

    def preprocess(self, nb: Any, resources: Any) -> Any:
        """Add the cell, where the assignment has checks to sum up."""
        if any(role(cell) == "test" for cell in nb.cells):
            nb.cells.append(progress_cell("# what of this notebook is solved", tags=[EXPERIMENT]))
        return nb, resources


def progress_cell(comment: str, tags: list[str]) -> nbformat.NotebookNode:
    """Return a cell that shows where a student stands."""
    cell: nbformat.NotebookNode = nbformat.v4.new_code_cell(  # type: ignore[no-untyped-call]
        f"from workbook import progress\n\nprogress()  {comment}", id="progress", metadata={"tags": tags}
    )
    return cell


class ShowPictures(NbGraderPreprocessor):  # type: ignore[misc]
    """Put each figure below its cell: a student sees it before running anything."""

    def preprocess(self, nb: Any, resources: Any) -> Any:
        """Add what is stored beside the source; a cell without a picture stays as it is."""
        from backprop.pictures import FOLDER, output, shown
        from workbook.alt import alt_of

        folder = Path(resources["metadata"]["path"], FOLDER)
        for name, _ in shown(nb):
            path = folder / f"{name}.png"
            if path.is_file():
                cell = next(cell for cell in nb.cells if cell.get("id") == name)
                cell.outputs = [output(path, alt_of(cell.source))]
        return nb, resources


class WriteClues(NbGraderPreprocessor):  # type: ignore[misc]
    """Write `clues.json`; runs last, since check cells are known by the text that students get."""

    def preprocess(self, nb: Any, resources: Any) -> Any:
        """Add the file to what nbgrader writes beside the notebook."""
        from backprop.clue_file import as_text, clues
        from workbook.clue_file import FILE

        course = Course.of_source(Path(resources["metadata"]["path"]).parent)
        about, problems = clues(course, resources["nbgrader"]["assignment"], nb)
        for problem in problems:
            self.log.warning("No clue: %s", problem)
        if about["exercises"]:
            resources["outputs"] = {**(resources.get("outputs") or {}), FILE: as_text(about).encode()}
        return nb, resources
