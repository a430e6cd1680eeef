"""What is new of a submission, written by a handful of statements in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nbgrader.api import Comment, new_uuid
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.engine import Connection

from autograder.desk.rows import (
    ASSIGNMENT,
    GRADE,
    NOTEBOOK,
    STUDENT,
    SUBMISSION,
    Form,
    Kept,
    KeptNotebook,
    Mark,
)

COMMENT = Comment.__table__

Penalty = Callable[[float, float], float | None]  # of a score, and of seconds late


@dataclass(frozen=True)
class Entry:
    """What is to be written of one notebook.

    Attributes:
        scores: points by a cell's name; None where a person has to grade.
        comments: by a cell's name, what the grader says of it; None is no comment.
        nothing: it wasn't handed in: no points for every cell, and nobody waits.
    """

    scores: Mapping[str, float | None] = field(default_factory=dict)
    comments: Mapping[str, str | None] = field(default_factory=dict)
    nothing: bool = False


_DUE = select(ASSIGNMENT.c.duedate).where(ASSIGNMENT.c.id == bindparam("assignment"))
_COMMENTS = select(COMMENT.c.id, COMMENT.c.notebook_id, COMMENT.c.cell_id, COMMENT.c.auto_comment).where(
    COMMENT.c.notebook_id.in_(bindparam("notebooks", expanding=True))
)


def add_student(connection: Connection, student: str) -> None:
    """Give a student a row."""
    connection.execute(insert(STUDENT), {"id": student})


class Change:
    """What is new of one submission, and nothing else; written by `send`.

    Args:
        connection: in a transaction.
        form: the assignment's.
        student: whose submission.
        kept: what there is of it, which is changed on the way; None if nothing.
        comments: whether comments may change too.
    """

    def __init__(
        self, connection: Connection, form: Form, student: str, kept: Kept | None, *, comments: bool = True
    ) -> None:
        self.connection = connection
        self.form = form
        self.lists: dict[Any, list[dict[str, Any]]] = {}
        if kept is None:
            kept = Kept(new_uuid(), None, connection.execute(_DUE, {"assignment": form.number}).scalar())
            facts = {
                "id": kept.number,
                "assignment_id": form.number,
                "student_id": student,
                "timestamp": None,
            }
            self._add(_NEW[SUBMISSION], **facts)
        self.kept = kept
        known = [each.number for each in kept.notebooks.values()]
        self.comments = {
            (row.notebook_id, row.cell_id): row for row in self._read_comments(known if comments else [])
        }
        for blank in form.notebooks.values():
            if blank.number not in kept.notebooks:
                made = kept.notebooks[blank.number] = KeptNotebook(new_uuid())
                facts = {"id": made.number, "assignment_id": kept.number, "notebook_id": blank.number}
                self._add(_NEW[NOTEBOOK], **facts, flagged=False, late_submission_penalty=None)

    def _read_comments(self, notebooks: list[str]) -> Iterable[Any]:
        return self.connection.execute(_COMMENTS, {"notebooks": notebooks}) if notebooks else ()

    def _add(self, statement: Any, **facts: Any) -> None:
        self.lists.setdefault(statement, []).append(facts)

    def hand_in(self, timestamp: datetime | None) -> None:
        """Note when it was handed in, if that is known."""
        if timestamp is not None and timestamp != self.kept.timestamp:
            self.kept.timestamp = timestamp
            new = self.lists.get(_NEW[SUBMISSION])
            if new:
                new[0]["timestamp"] = timestamp
            else:
                self._add(_TIMESTAMP, number=self.kept.number, value=timestamp)

    def enter(self, name: str, entry: Entry) -> None:
        """Enter what came of one notebook; cells it says nothing of keep their rows or get new ones."""
        blank = self.form.notebooks[name]
        notebook = self.kept.notebooks[blank.number]
        for cell, number in blank.graded.items():
            self._mark(notebook, number, cell, entry)
        if entry.nothing:
            for number in set(notebook.marks) - set(blank.graded.values()):  # of a cell that is no more
                self._mark(notebook, number, "", entry)
        for cell, number in blank.commented.items():
            self._comment(notebook, number, cell, entry)

    def _mark(self, notebook: KeptNotebook, number: str, cell: str, entry: Entry) -> None:
        mark = notebook.marks.get(number)
        new = mark is None
        if mark is None:
            mark = notebook.marks[number] = Mark(new_uuid())
        before = mark.automatic, mark.waits
        if entry.nothing:
            mark.automatic, mark.waits = 0.0, False
        elif cell in entry.scores:
            mark.automatic = entry.scores[cell]
            mark.waits = mark.manual is not None or mark.automatic is None
        facts = {"auto_score": mark.automatic, "needs_manual_grade": mark.waits}
        if new:
            self._add(_NEW[GRADE], id=mark.number, notebook_id=notebook.number, cell_id=number, **facts)
        elif before != (mark.automatic, mark.waits):
            self._add(_MARK, number=mark.number, value=mark.automatic, waits=mark.waits)

    def _comment(self, notebook: KeptNotebook, number: str, cell: str, entry: Entry) -> None:
        said = entry.comments.get(cell)
        row = self.comments.get((notebook.number, number))
        if row is None:
            facts = {"id": new_uuid(), "notebook_id": notebook.number, "cell_id": number}
            self._add(_NEW[COMMENT], **facts, auto_comment=said)
        elif cell in entry.comments and row.auto_comment != said:
            self._add(_COMMENT, number=row.id, value=said)

    def penalise(self, penalty: Penalty) -> None:
        """Work out the penalty of each notebook by today's facts."""
        for notebook in self.kept.notebooks.values():
            due = penalty(notebook.score, self.kept.late) if self.kept.late > 0 else None
            if due != notebook.penalty:
                notebook.penalty = due
                self._add(_PENALTY, number=notebook.number, value=due)

    def send(self) -> Kept:
        """Send it: one statement for each table that has something new. Return what the gradebook has now."""
        for statement in _ORDER:
            if statement in self.lists:
                self.connection.execute(statement, self.lists[statement])
        return self.kept


def _set(table: Any, **values: Any) -> Any:
    return update(table).where(table.c.id == bindparam("number")).values(**values)


_NEW = {table: insert(table) for table in (SUBMISSION, NOTEBOOK, GRADE, COMMENT)}
_TIMESTAMP = _set(SUBMISSION, timestamp=bindparam("value"))
_PENALTY = _set(NOTEBOOK, late_submission_penalty=bindparam("value"))
_MARK = _set(GRADE, auto_score=bindparam("value"), needs_manual_grade=bindparam("waits"))
_COMMENT = _set(COMMENT, auto_comment=bindparam("value"))
_ORDER = (*_NEW.values(), _TIMESTAMP, _PENALTY, _MARK, _COMMENT)
