"""What the gradebook says of every student and assignment, for tables that others read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nbgrader.api import Gradebook

from autograder.desk.rows import Form, Kept, find_all


@dataclass(frozen=True)
class Given:
    """One student's mark for one assignment.

    Attributes:
        score: points, the penalty taken off; None if nothing was handed in.
        raw: points before the penalty.
        penalty: points.
        waiting: points of cells that wait for a person.
        timestamp: when it was handed in, in UTC.
        due: this student's due date, in UTC, an extension included.
        late: seconds.
        extended: seconds that the due date was put off for this student.
    """

    score: float | None = None
    raw: float = 0.0
    penalty: float = 0.0
    waiting: float = 0.0
    timestamp: datetime | None = None
    due: datetime | None = None
    late: float = 0.0
    extended: float = 0.0


@dataclass(frozen=True)
class Person:
    """A student, as the gradebook knows them, with their marks by assignment."""

    id: str
    first: str = ""
    last: str = ""
    email: str = ""
    lms: str = ""
    given: dict[str, Given] = field(default_factory=dict)


@dataclass(frozen=True)
class Marks:
    """A class's marks.

    Attributes:
        maxima: points that each assignment gives, in the order of their names.
        people: in the order of their ids.
    """

    maxima: dict[str, float]
    people: tuple[Person, ...]

    @property
    def waiting(self) -> int:
        """How many marks aren't final yet."""
        return sum(given.waiting > 0 for person in self.people for given in person.given.values())


def read_marks(gradebook: Gradebook, assignments: Sequence[str] = (), students: Sequence[str] = ()) -> Marks:
    """Read marks of some assignments and students, by default of all, with one statement an assignment.

    Raises:
        MissingEntry: if the gradebook has no such assignment or student.
    """
    for name in assignments:
        gradebook.find_assignment(name)
    for name in students:
        gradebook.find_student(name)
    named = sorted(gradebook.assignments, key=lambda each: each.name)
    chosen = [each for each in named if not assignments or each.name in assignments]
    given: dict[str, dict[str, Given]] = {}
    for assignment in chosen:
        form = Form.of(assignment)
        for who, kept in find_all(gradebook.db.connection(), form).items():
            given.setdefault(who, {})[assignment.name] = _given(form, kept)
    nothing = {each.name: Given(due=each.duedate) for each in chosen}
    people = []
    for student in sorted(gradebook.students, key=lambda each: each.id):
        if students and student.id not in students:
            continue
        first, last, email, lms = (
            str(text or "")
            for text in (student.first_name, student.last_name, student.email, student.lms_user_id)
        )
        people.append(Person(student.id, first, last, email, lms, nothing | given.get(student.id, {})))
    return Marks({each.name: float(each.max_score) for each in chosen}, tuple(people))


def _given(form: Form, kept: Kept) -> Given:
    worth = {cell: points for blank in form.notebooks.values() for cell, points in blank.worth.items()}
    marks = [mark for each in kept.notebooks.values() for mark in each.marks.values()]
    seen = kept.timestamp is not None or any(
        mark.automatic is not None or mark.manual is not None for mark in marks
    )
    penalty = sum(each.penalty or 0.0 for each in kept.notebooks.values())
    raw = sum(each.score for each in kept.notebooks.values())
    waiting = sum(worth.get(cell, 0.0) for cell, mark in kept.waiting.items() if mark.manual is None)
    return Given(
        score=max(0.0, raw - penalty) if seen else None,
        raw=raw,
        penalty=penalty,
        waiting=waiting if seen else 0.0,
        timestamp=kept.timestamp,
        due=kept.due,
        late=kept.late,
        extended=kept.extension.total_seconds() if kept.extension else 0.0,
    )
