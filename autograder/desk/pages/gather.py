"""Reads the facts of an assignment's feedback pages from the gradebook and the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nbgrader.api import Comment, Gradebook, MissingEntry, SubmittedAssignment, SubmittedNotebook
from sqlalchemy.orm import joinedload, selectinload

from autograder.course import Course
from autograder.desk.ledger import Ledger
from autograder.desk.pages.facts import Facts, Mark
from autograder.engine.examiner.job import Result

AT_A_TIME = 200  # submissions in memory


def gathered(
    course: Course, gradebook: Gradebook, assignment: str, student: str | None = None
) -> Iterator[Facts]:
    """Yield the facts of each notebook of each graded submission, by a few questions for the whole class.

    Args:
        course: whose ledger names mistakes.
        gradebook: nbgrader's, open.
        assignment: which.
        student: whose; None for everybody's.
    """
    ledger = Ledger(course)
    try:
        about = gradebook.find_assignment(assignment)
    except MissingEntry:
        return
    cells = {cell.id: cell for row in about.notebooks for cell in (*row.grade_cells, *row.task_cells)}
    notebooks = selectinload(SubmittedAssignment.notebooks)
    asked = (
        gradebook.db.query(SubmittedAssignment)
        .filter(SubmittedAssignment.assignment_id == about.id)
        .options(
            joinedload(SubmittedAssignment.student),
            notebooks.selectinload(SubmittedNotebook.grades),
            notebooks.selectinload(SubmittedNotebook.comments).joinedload(Comment.cell),
        )
        .order_by(SubmittedAssignment.student_id)
        .yield_per(AT_A_TIME)
    )
    if student is not None:
        asked = asked.filter(SubmittedAssignment.student_id == student)
    for submission in asked:
        results = ledger.last(assignment, submission.student_id)
        for row in submission.notebooks:
            yield _facts(submission, row, cells, results.get(row.name, Result()))


def _facts(submission: Any, row: Any, cells: Mapping[str, Any], result: Result) -> Facts:
    marks = {}
    for grade in row.grades:
        cell = cells.get(grade.cell_id)
        if cell is not None:
            most, given = float(cell.max_score), grade.manual_score
            if not grade.needs_manual_grade:
                marks[cell.name] = Mark(grade.score, most)
            else:  # what a person gave counts until they change it, as everywhere in nbgrader
                marks[cell.name] = Mark(None if given is None else grade.score, most, given)
    person = submission.student
    said = {comment.name: comment for comment in row.comments}
    when = submission.timestamp
    return Facts(
        assignment=submission.name,
        notebook=row.name,
        student=person.id,
        name=" ".join(part for part in (person.first_name, person.last_name) if part),
        handed_in=f"{when:%Y-%m-%d %H:%M} UTC" if when else "",
        due=f"{submission.duedate:%Y-%m-%d %H:%M} UTC" if submission.assignment.duedate else "",
        extended=submission.extension.total_seconds() / 86400 if submission.extension else 0.0,
        late_seconds=submission.total_seconds_late,
        penalty=float(row.late_submission_penalty or 0.0),
        marks=dict(sorted(marks.items())),
        comments={name: each.manual_comment for name, each in sorted(said.items()) if each.manual_comment},
        notes={name: each.auto_comment for name, each in sorted(said.items()) if each.auto_comment},
        named=tuple(result.named),
        follows=dict(sorted(result.follows.items())),
        remarks=tuple(result.remarks),
        reason=result.reason,
        row=row.id,
    )
