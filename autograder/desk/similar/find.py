"""Reads what a class handed in, and finds the answers in it that are alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.preprocessors import ClearSolutions

from autograder.course import Course, CourseError, read_notebook
from autograder.desk.intake import Unfit, read
from autograder.desk.similar.pairs import Class, Pair, Work
from autograder.desk.similar.tokens import Answer, answer
from autograder.desk.submitted import submissions
from autograder.marking.cells import grade_id, role
from autograder.marking.sanitise import Unreadable
from autograder.marking.sanitise import read as read_cells

LONGEST = 50_000  # characters of one cell that are compared


@dataclass(frozen=True)
class Found:
    """What came of looking at one assignment.

    Attributes:
        assignment: which.
        pairs: those that are alike.
        students: how many were compared.
        unread: students whose notebook can't be read.
    """

    assignment: str
    pairs: tuple[Pair, ...]
    students: int
    unread: tuple[str, ...]


def find(course: Course, assignment: str) -> Found:
    """Compare every student's answers to an assignment's exercises with every other's.

    Raises:
        CourseError: if there is no such assignment, or nothing was handed in.
    """
    sources = course.notebooks(assignment)
    exercises = {
        (path.stem, grade_id(cell))
        for path in sources
        for cell in read_notebook(path).cells
        if role(cell) == "exercise"
    }
    if not exercises:
        raise CourseError(f"'{assignment}' has no exercises in code: there is nothing to compare.")
    works, unread = [], []
    for submission in submissions(course, [assignment]):
        try:
            names = [path.stem for path in sources]
            handed_in = read(submission.folder, names, course.folders.ignore, course.limits)
            found = {
                f"{name}: {grade_id(cell)}" if len(sources) > 1 else grade_id(cell): answer(_source(cell))
                for name, data in handed_in.notebooks.items()
                for cell in read_cells(data, course.limits)["cells"]
                if (name, grade_id(cell)) in exercises and cell["cell_type"] == "code"
            }
        except (Unfit, Unreadable, OSError, ValueError):
            unread.append(submission.student)
            continue
        works.append(Work(submission.student, found))
    pairs = Class(works, [*_given(course, assignment)]).pairs()
    return Found(assignment, tuple(pairs), len(works), tuple(unread))


def _given(course: Course, assignment: str) -> Iterator[Answer]:
    """Yield what everybody has: code as it was released; and what anybody may come to: the solution."""
    marks = ClearSolutions(config=course.config)
    for path in course.notebooks(assignment):
        released = course.place("release", assignment) / path.name
        for source in (path, released):
            for cell in read_notebook(source).cells if source.is_file() else ():
                if cell.cell_type == "code":
                    yield answer(
                        _without(_source(cell), marks.begin_solution_delimeter, marks.end_solution_delimeter)
                    )
    for file in _modules(course.place("source", assignment)):
        yield answer(file.read_text(encoding="utf-8", errors="replace"))


def _modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def _without(source: str, *marks: str) -> str:
    return "\n".join(line for line in source.splitlines() if not any(mark in line for mark in marks))


def _source(cell: Any) -> str:
    source = cell["source"]
    return str(source if isinstance(source, str) else "".join(source))[:LONGEST]
