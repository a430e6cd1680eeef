"""What the gradebook says about an assignment: scores, items, and the mistakes that were recognised."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from nbgrader.api import Gradebook, MissingEntry

from autograder.course import Course, CourseError
from autograder.desk.ledger import Ledger
from autograder.desk.penalties import renew_penalties
from autograder.engine.examiner.job import Result


@dataclass(frozen=True)
class Item:
    """One test cell or manually graded answer, over the class.

    Attributes:
        name: its grade_id.
        max_score: points.
        difficulty: the mean share of the points that students got (classical test theory's p; 1 is easy),
            or None while an answer waits for a person.
        discrimination: correlation of this item with the rest of the assignment, or None where one of
            them doesn't vary (the item-rest correlation).
    """

    name: str
    max_score: float
    difficulty: float | None
    discrimination: float | None


@dataclass(frozen=True)
class Misconception:
    """A known mistake, and how many students made it."""

    exercise: str
    name: str
    sentence: str
    students: tuple[str, ...]


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
    """

    name: str
    max_score: float
    scores: dict[str, float]
    items: tuple[Item, ...]
    misconceptions: tuple[Misconception, ...]
    tests: int = 0
    inside: tuple[str, ...] = ()


def read_report(course: Course, assignment: str) -> AssignmentReport:
    """Read one assignment's results from the gradebook.

    Raises:
        CourseError: if nothing of it has been graded yet.
    """
    if not course.has_gradebook:
        raise CourseError(f"There is no gradebook {course.db_url} yet. Run 'autograder grade' first.")
    with Gradebook(course.db_url, course.course_id) as gradebook:
        renew_penalties(course, gradebook, assignment)
        try:
            submissions = gradebook.assignment_submissions(assignment)
        except MissingEntry:
            submissions = []
        graded = [
            s for s in submissions if any(g.auto_score is not None for n in s.notebooks for g in n.grades)
        ]
        if not graded:
            raise CourseError(
                f"Nothing of '{assignment}' is graded yet. Run 'autograder grade {assignment}' first."
            )
        several = len(graded[0].notebooks) > 1
        grades = {
            s.student_id: {
                f"{n.name}: {g.name}" if several else g.name: g for n in s.notebooks for g in n.grades
            }
            for s in graded
        }
        points = {name: grade.max_score for row in grades.values() for name, grade in row.items()}
        matrix = {
            who: {name: float(grade.score) for name, grade in row.items() if not grade.needs_manual_grade}
            for who, row in grades.items()
        }
        scores = {
            s.student_id: s.score - sum(n.late_submission_penalty or 0 for n in s.notebooks) for s in graded
        }
        results = [Ledger(course).last(assignment, student) for student in scores]
        tests, inside = max((_reach(each) for each in results), default=(0, ()))
        return AssignmentReport(
            assignment,
            sum(points.values()),
            scores,
            tuple(_item(name, points[name], matrix) for name in points),
            _misconceptions(course, assignment, dict(zip(scores, results, strict=True))),
            tests,
            inside,
        )


def _reach(results: Mapping[str, Result]) -> tuple[int, tuple[str, ...]]:
    """Return how many tests a submission met, and which of them were asked in its own process."""
    inside = (name for result in results.values() for name in result.inside)
    return sum(result.tests for result in results.values()), tuple(sorted(inside))


def _item(name: str, max_score: float, matrix: dict[str, dict[str, float]]) -> Item:
    """Work out one item over the class, if everybody's answer to it is graded."""
    rows = list(matrix.values()) if all(name in row for row in matrix.values()) else []
    got = np.array([row[name] for row in rows])
    rest = np.array([sum(row.values()) for row in rows]) - got
    varies = len(rows) > 1 and got.std() > 0 and rest.std() > 0
    return Item(
        name,
        max_score,
        float(got.mean() / max_score) if rows and max_score else None,
        float(np.corrcoef(got, rest)[0, 1]) if varies else None,
    )


def _misconceptions(
    course: Course, assignment: str, graded: Mapping[str, Mapping[str, Result]]
) -> tuple[Misconception, ...]:
    """Count the recognised mistakes, by exercise and name, in the course's words of today."""
    who: dict[tuple[str, str], list[str]] = {}
    sentences: dict[tuple[str, str], str] = {}
    for student, results in graded.items():
        for found in (found for result in results.values() for found in result.named):
            who.setdefault((found.exercise, found.name), []).append(student)
            sentences[found.exercise, found.name] = found.sentence
    with contextlib.suppress(Exception):  # a hook that fails costs its wording, no more
        known = course.hooks.known_mistakes(assignment=assignment)
        sentences |= {(found.exercise, found.name): found.sentence for found in known}
    made = [Misconception(*key, sentences[key], tuple(students)) for key, students in who.items()]
    return tuple(sorted(made, key=lambda each: (-len(each.students), each.exercise, each.name)))
