"""What the gradebook has of a submission, read by one statement.

nbgrader's own objects load each row by itself. These are the same rows of the same tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from nbgrader import api
from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection

ASSIGNMENT, STUDENT = api.Assignment.__table__, api.Student.__table__
SUBMISSION, NOTEBOOK = api.SubmittedAssignment.__table__, api.SubmittedNotebook.__table__
GRADE = api.Grade.__table__


@dataclass(frozen=True)
class Blank:
    """One notebook of an assignment as it was released: its number, and the numbers of its cells by name.

    `worth` has the points of its graded cells, by their numbers.
    """

    number: str
    worth: Mapping[str, float]
    graded: Mapping[str, str]
    commented: Mapping[str, str]


@dataclass(frozen=True)
class Form:
    """What every submission of an assignment has rows for."""

    number: str
    notebooks: Mapping[str, Blank]

    @classmethod
    def of(cls, assignment: Any) -> Form:
        """Return the form of an assignment in the gradebook (`nbgrader.api.Assignment`)."""
        return cls(assignment.id, {notebook.name: _blank(notebook) for notebook in assignment.notebooks})

    @property
    def points(self) -> float:
        """What the assignment gives."""
        return sum(sum(blank.worth.values()) for blank in self.notebooks.values())


def _blank(notebook: Any) -> Blank:
    graded = [*notebook.grade_cells, *notebook.task_cells]
    commented = [*notebook.solution_cells, *notebook.task_cells]
    return Blank(
        notebook.id,
        {cell.id: float(cell.max_score or 0.0) for cell in graded},
        {cell.name: cell.id for cell in graded},
        {cell.name: cell.id for cell in commented},
    )


@dataclass
class Mark:
    """One cell's row: points by the grader and by a person, and whether it waits for one."""

    number: str
    automatic: float | None = None
    manual: float | None = None
    extra: float | None = None
    waits: bool = True

    @property
    def score(self) -> float:
        """What counts, as nbgrader has it."""
        counts = self.automatic if self.manual is None else self.manual
        return 0.0 if counts is None else counts + (self.extra or 0.0)


@dataclass
class KeptNotebook:
    """One notebook's rows; marks by their cells' numbers."""

    number: str
    penalty: float | None = None
    marks: dict[str, Mark] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """Before the penalty."""
        return sum(mark.score for mark in self.marks.values())


@dataclass
class Kept:
    """What the gradebook has of one student's submission; notebooks by the numbers of the released ones."""

    number: str
    timestamp: datetime | None = None
    due: datetime | None = None
    extension: timedelta | None = None
    notebooks: dict[str, KeptNotebook] = field(default_factory=dict)

    @property
    def late(self) -> float:
        """Seconds since the due date, extension included."""
        if self.timestamp is None or self.due is None:
            return 0.0
        return max(0.0, (self.timestamp - self.due).total_seconds())

    @property
    def score(self) -> float:
        """What the student has got, after penalties."""
        return sum(each.score - (each.penalty or 0.0) for each in self.notebooks.values())

    @property
    def waiting(self) -> dict[str, Mark]:
        """The marks that wait for a person, by their cells' numbers."""
        return {
            cell: mark for each in self.notebooks.values() for cell, mark in each.marks.items() if mark.waits
        }


_ALL = (
    select(
        STUDENT.c.id.label("student"),
        SUBMISSION.c.id.label("submission"),
        SUBMISSION.c.timestamp,
        SUBMISSION.c.extension,
        ASSIGNMENT.c.duedate,
        NOTEBOOK.c.id.label("notebook"),
        NOTEBOOK.c.notebook_id,
        NOTEBOOK.c.late_submission_penalty,
        GRADE.c.id.label("grade"),
        GRADE.c.cell_id,
        GRADE.c.auto_score,
        GRADE.c.manual_score,
        GRADE.c.extra_credit,
        GRADE.c.needs_manual_grade,
    )
    .select_from(STUDENT)
    .outerjoin(
        SUBMISSION,
        (SUBMISSION.c.student_id == STUDENT.c.id) & (SUBMISSION.c.assignment_id == bindparam("assignment")),
    )
    .outerjoin(ASSIGNMENT, ASSIGNMENT.c.id == SUBMISSION.c.assignment_id)
    .outerjoin(NOTEBOOK, NOTEBOOK.c.assignment_id == SUBMISSION.c.id)
    .outerjoin(GRADE, GRADE.c.notebook_id == NOTEBOOK.c.id)
)
_ONE = _ALL.where(STUDENT.c.id == bindparam("whose"))


def find(connection: Connection, form: Form, student: str) -> tuple[bool, Kept | None]:
    """Return whether there is such a student, and what the gradebook has of the submission."""
    rows = connection.execute(_ONE, {"assignment": form.number, "whose": student}).all()
    return bool(rows), _kept(rows).get(student)


def find_all(connection: Connection, form: Form) -> dict[str, Kept]:
    """Return what the gradebook has of an assignment, by student."""
    return _kept(connection.execute(_ALL, {"assignment": form.number}))


def _kept(rows: Iterable[Any]) -> dict[str, Kept]:
    found: dict[str, Kept] = {}
    for row in rows:
        if row.submission is None:
            continue
        if row.student not in found:
            due = row.duedate
            if due is not None and row.extension is not None:
                due += row.extension
            found[row.student] = Kept(row.submission, row.timestamp, due, row.extension)
        if row.notebook is None:
            continue
        notebooks = found[row.student].notebooks
        if row.notebook_id not in notebooks:
            notebooks[row.notebook_id] = KeptNotebook(row.notebook, row.late_submission_penalty)
        if row.grade is not None:
            notebooks[row.notebook_id].marks[row.cell_id] = Mark(
                row.grade, row.auto_score, row.manual_score, row.extra_credit, bool(row.needs_manual_grade)
            )
    return found
