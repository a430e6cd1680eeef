"""An assignment as the gradebook, the ledger and the folders have it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from nbgrader.api import Gradebook

from autograder.course import Course, CourseError
from autograder.desk.ledger import Ledger
from autograder.desk.pages.facts import Facts
from autograder.desk.pages.gather import gathered
from autograder.desk.penalties import renew_penalties
from autograder.desk.report.columns import Column, Row, columns_of, row_of
from autograder.desk.report.items import Item, item
from autograder.desk.report.mistakes import Misconception, misconceptions
from autograder.engine.examiner.job import Result
from autograder.marking.outcome import printable


@dataclass(frozen=True)
class Waiting:
    """One question whose answers wait for a person.

    Attributes:
        notebook: where it stands.
        title: the exercise.
        cell: grade_id of what is graded by hand.
        students: how many wait.
        rows: nbgrader's numbers of their submitted notebooks.
    """

    notebook: str
    title: str
    cell: str
    students: int
    rows: tuple[str, ...]


@dataclass(frozen=True)
class AssignmentReport:
    """What the gradebook and the ledger say about one assignment.

    Attributes:
        name: which.
        max_score: points.
        scores: of each student, late penalties included.
        items: its test cells and written answers.
        misconceptions: the known mistakes that were made.
        tests: how many tests it has.
        inside: those that were asked in the students' own processes: all others are out of their reach.
        columns: its exercises.
        rows: every student of the course, or who handed in.
        waiting: the questions that wait for a person.
        due: until when it was to be handed in, or "".
    """

    name: str
    max_score: float
    scores: dict[str, float]
    items: tuple[Item, ...]
    misconceptions: tuple[Misconception, ...]
    tests: int = 0
    inside: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    due: str = ""

    @cached_property
    def shares(self) -> list[float]:
        """Each graded student's points as a share of those decided on."""
        return [row.share for row in self.rows if row.share is not None]

    @cached_property
    def quartiles(self) -> tuple[float, float, float] | None:
        """The shares that a quarter, half and three quarters of the students are below."""
        if not self.shares:
            return None
        low, middle, high = np.percentile(self.shares, [25, 50, 75])
        return float(low), float(middle), float(high)

    @cached_property
    def bins(self) -> list[int]:
        """How many students have a share below 10 %, below 20 %, and so on."""
        counts, _ = np.histogram(np.clip(self.shares, 0.0, 1.0), bins=np.linspace(0, 1, 11))
        return [int(count) for count in counts]

    def count(self, standing: str) -> int:
        """Return how many students' submissions stand so ("late" among them)."""
        if standing == "late":
            return sum(row.late_seconds > 0 for row in self.rows)
        return sum(row.standing == standing for row in self.rows)


class NothingGradedError(CourseError):
    """Nothing of an assignment has been graded yet."""


def read_report(course: Course, assignment: str) -> AssignmentReport:
    """Read one assignment's results.

    Raises:
        NothingGradedError: if nothing of it has been graded yet.
        CourseError: if there is no gradebook, or the plug-in for late submissions fails.
    """
    if not course.has_gradebook:
        raise CourseError(f"There is no gradebook {course.gradebook_name} yet. Run 'autograder grade' first.")
    with Gradebook(course.db_url, course.course_id) as gradebook:
        renew_penalties(course, gradebook, assignment)
        facts = list(gathered(course, gradebook, assignment))
        people = {
            student.id: " ".join(part for part in (student.first_name, student.last_name) if part)
            for student in gradebook.students
        }
    by_student: dict[str, list[Facts]] = {}
    for each in facts:
        by_student.setdefault(each.student, []).append(each)
    graded = {
        who: notebooks
        for who, notebooks in by_student.items()
        if any(mark.score is not None for each in notebooks for mark in each.marks.values())
    }
    if not graded:
        raise NothingGradedError(
            f"Nothing of '{assignment}' is graded yet. Run 'autograder grade {assignment}' first."
        )
    marked = [each for notebooks in graded.values() for each in notebooks]
    several = len({each.notebook for each in marked}) > 1
    points: dict[str, float] = {}
    matrix: dict[str, dict[str, float]] = {}
    for each in marked:
        for name, mark in each.marks.items():
            called = f"{each.notebook}: {name}" if several else name
            points[called] = mark.most
            row = matrix.setdefault(each.student, {})
            if mark.score is not None:
                row[called] = mark.score
    ledger = Ledger(course)
    tests, inside = max((_reach(ledger.last(assignment, who)) for who in graded), default=(0, ()))
    columns = columns_of(course, assignment, marked)
    return AssignmentReport(
        assignment,
        sum(points.values()),
        {who: sum(each.score for each in notebooks) for who, notebooks in graded.items()},
        tuple(item(name, points[name], matrix) for name in sorted(points, key=_order(columns, several))),
        misconceptions(course, assignment, marked),
        tests,
        inside,
        columns,
        tuple(_rows(course, assignment, people, by_student, graded, columns)),
        tuple(_waiting(marked, columns)),
        next((each.due for each in marked if not each.extended), ""),
    )


def _order(columns: Sequence[Column], several: bool) -> Callable[[str], tuple[int, str]]:
    """Return what sorts items as they stand in the notebooks."""
    names = [f"{each.notebook}: {cell}" if several else cell for each in columns for cell in each.cells]
    places = {name: place for place, name in enumerate(names)}
    return lambda name: (places.get(name, len(places)), name)


def _rows(
    course: Course,
    assignment: str,
    people: Mapping[str, str],
    known: Mapping[str, object],
    graded: Mapping[str, Sequence[Facts]],
    columns: Sequence[Column],
) -> Iterator[Row]:
    """Yield everybody's row: the course's students, and whoever else handed something in."""
    handed_in = course.submitted(assignment)
    for who in sorted({*people, *handed_in, *graded}):
        if who in graded:
            yield row_of(graded[who], columns)
        elif who in handed_in or who in known:  # what can't be graded has a row in the gradebook, too
            yield Row(who, people.get(who, ""), "unreadable" if who in known else "ungraded")
        else:
            yield Row(who, people[who], "missing")


def _waiting(facts: Sequence[Facts], columns: Sequence[Column]) -> Iterator[Waiting]:
    for column in columns:
        for cell in column.cells:
            rows = tuple(
                each.row
                for each in facts
                if each.notebook == column.notebook and cell in each.marks and each.marks[cell].open
            )
            if rows:
                yield Waiting(column.notebook, column.title, cell, len(rows), rows)


def _reach(results: Mapping[str, Result]) -> tuple[int, tuple[str, ...]]:
    """Return how many tests a submission met, and which of them were asked in its own process."""
    inside = (printable(name) for result in results.values() for name in result.inside)
    return sum(result.tests for result in results.values()), tuple(sorted(inside))
