"""The house order: what every notebook in solutions/ keeps to, told to its author in plain sentences."""

from __future__ import annotations

import warnings
from pathlib import Path

from nbformat.warnings import DuplicateCellId, MissingIDFieldWarning

from autograder.course import read_notebook
from backprop.house.cells import cell_problems
from backprop.house.file import file_problems
from backprop.house.names import name_problems
from backprop.house.order import order_problems
from backprop.house.pace import pace_problems
from backprop.house.sizes import size_problems
from backprop.house.tables import table_problems
from backprop.house.words import word_problems
from backprop.pictures import problems as picture_problems

__all__ = ["problems"]


def problems(path: Path) -> list[str]:
    """Return what an author has to mend in a solution notebook: a sentence each, naming the cell.

    Args:
        path: NN-name/name.ipynb, with its text twin name.md beside it.

    Raises:
        autograder.course.CourseError: if the notebook can't be read.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DuplicateCellId)  # told below, by name
        warnings.filterwarnings("ignore", category=MissingIDFieldWarning)
        notebook = read_notebook(path)
    return [
        *file_problems(path, notebook),
        *order_problems(path.parent.name, notebook),
        *cell_problems(notebook),
        *name_problems(notebook),
        *size_problems(notebook),
        *table_problems(notebook),
        *word_problems(path, notebook),
        *picture_problems(notebook, path.parent),
        *pace_problems(path, notebook),
    ]
