"""What the gradebook says of every student and assignment, for tables that others read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nbgrader.api import Gradebook


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
    """Read marks of some assignments and students, by default of all.

    Raises:
        MissingEntry: if the gradebook has no such assignment or student.
    """
    for name in assignments:
        gradebook.find_assignment(name)
    for name in students:
        gradebook.find_student(name)
    named = sorted(gradebook.assignments, key=lambda each: each.name)
    chosen = [each for each in named if not assignments or each.name in assignments]
    handed_in: dict[tuple[str, str], Any] = {
        (assignment.name, submission.student_id): submission
        for assignment in chosen
        for submission in assignment.submissions
    }
    people = []
    for student in sorted(gradebook.students, key=lambda each: each.id):
        if students and student.id not in students:
            continue
        given = {each.name: _given(each, handed_in.get((each.name, student.id))) for each in chosen}
        first, last, email, lms = (
            str(text or "")
            for text in (student.first_name, student.last_name, student.email, student.lms_user_id)
        )
        people.append(Person(student.id, first, last, email, lms, given))
    return Marks({each.name: float(each.max_score) for each in chosen}, tuple(people))


def _given(assignment: Any, submission: Any) -> Given:
    if submission is None:
        return Given(due=assignment.duedate)
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    seen = submission.timestamp is not None or any(
        grade.auto_score is not None or grade.manual_score is not None for grade in grades
    )
    penalty = sum(notebook.late_submission_penalty or 0.0 for notebook in submission.notebooks)
    raw = float(submission.score)
    return Given(
        score=max(0.0, raw - penalty) if seen else None,
        raw=raw,
        penalty=penalty,
        waiting=sum(
            float(grade.max_score)
            for grade in grades
            if grade.needs_manual_grade and grade.manual_score is None
        )
        if seen
        else 0.0,
        timestamp=submission.timestamp,
        due=submission.duedate,
        late=float(submission.total_seconds_late),
        extended=submission.extension.total_seconds() if submission.extension else 0.0,
    )
