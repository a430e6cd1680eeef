"""An assignment's exercises as columns of the report's map, and each student's row in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from autograder.course import Course, CourseError, read_notebook
from autograder.desk.pages.contents import SIGNS, WORDS, State, exercises, state_of
from autograder.desk.pages.facts import Facts, Mark

Standing = Literal["graded", "unreadable", "ungraded", "missing"]


@dataclass(frozen=True)
class Column:
    """One exercise: its answer and its tests.

    Attributes:
        notebook: where it stands.
        title: what it is called.
        cells: grade_ids of what it is marked by.
        most: points that there are.
    """

    notebook: str
    title: str
    cells: tuple[str, ...]
    most: float


@dataclass(frozen=True)
class Entry:
    """One student's answer to one exercise."""

    title: str
    state: State
    score: float
    decided: float
    waiting: float
    row: str

    @property
    def sign(self) -> str:
        """The state as a sign."""
        return SIGNS[self.state]

    @property
    def words(self) -> str:
        """The state in words."""
        return WORDS[self.state]


@dataclass(frozen=True)
class Row:
    """One student and one assignment.

    Attributes:
        student: the id.
        name: first and last name, or "".
        standing: whether there are marks, and if not, why.
        entries: one for each column.
        score: points so far, the penalty taken off.
        decided: points that are decided on.
        waiting: points that a person has yet to decide on.
        late_seconds: how late it was.
        penalty: points that this costs.
        extended: a personal extension in days.
        rows: nbgrader's numbers of the submitted notebooks.
        notebooks: the names of those with a feedback page.
    """

    student: str
    name: str
    standing: Standing
    entries: tuple[Entry, ...] = ()
    score: float = 0.0
    decided: float = 0.0
    waiting: float = 0.0
    late_seconds: float = 0.0
    penalty: float = 0.0
    extended: float = 0.0
    rows: tuple[str, ...] = ()
    notebooks: tuple[str, ...] = ()

    @property
    def share(self) -> float | None:
        """Points so far as a share of those that are decided on; None if none are."""
        return self.score / self.decided if self.decided else None


def columns_of(course: Course, assignment: str, facts: Sequence[Facts]) -> tuple[Column, ...]:
    """Return an assignment's exercises in the order of its notebooks; what belongs to none comes last."""
    most = {(each.notebook, name): mark.most for each in facts for name, mark in each.marks.items()}
    found = []
    for path in course.notebooks(assignment):
        left = {name: points for (notebook, name), points in most.items() if notebook == path.stem}
        try:
            cells = read_notebook(path).cells
        except CourseError:  # a source that can't be read costs its titles
            cells = []
        marks = {name: Mark(None, points) for name, points in left.items()}
        for each in exercises(cells, Facts(assignment, path.stem, "", marks=marks)):
            names = tuple(name for name in dict.fromkeys((each.name, *each.tests)) if name in left)
            points = sum(left.pop(name) for name in names)
            if points > 0:
                found.append(Column(path.stem, each.title, names, points))
        found += [Column(path.stem, name, (name,), points) for name, points in left.items() if points > 0]
    return tuple(found)


def row_of(facts: Sequence[Facts], columns: Iterable[Column]) -> Row:
    """Return one student's row, from the facts of the notebooks that are graded."""
    by_notebook = {each.notebook: each for each in facts}
    marks = {(each.notebook, name): mark for each in facts for name, mark in each.marks.items()}
    first = facts[0]
    return Row(
        first.student,
        first.name,
        "graded",
        tuple(_entry(column, by_notebook, marks) for column in columns),
        score=sum(each.score for each in facts),
        decided=sum(each.most - each.waiting for each in facts),
        waiting=sum(each.waiting for each in facts),
        late_seconds=first.late_seconds,
        penalty=sum(each.penalty for each in facts),
        extended=first.extended,
        rows=tuple(each.row for each in facts),
        notebooks=tuple(each.notebook for each in facts),
    )


def _entry(column: Column, facts: Mapping[str, Facts], marks: Mapping[tuple[str, str], Mark]) -> Entry:
    here = [marks[column.notebook, name] for name in column.cells if (column.notebook, name) in marks]
    decided = [mark for mark in here if mark.score is not None]
    return Entry(
        column.title,
        state_of(here),
        sum(mark.score or 0.0 for mark in decided),
        sum(mark.most for mark in decided),
        sum(mark.most for mark in here if mark.score is None),
        facts[column.notebook].row if column.notebook in facts else "",
    )
