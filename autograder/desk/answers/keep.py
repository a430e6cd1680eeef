"""Points and comments of answers, kept as formgrader keeps them: nbgrader's manual scores and comments."""

from __future__ import annotations

import math

from nbgrader.api import Gradebook, MissingEntry

from autograder.course import Course
from autograder.desk.trouble import in_words


class Refused(Exception):  # noqa: N818 - said of what was typed
    """What was typed can't be kept; the message says why."""


def keep(course: Course, row: str, cell: str, commented: str, points: float | None, comment: str) -> None:
    """Write down what a person says of one answer.

    Args:
        course: whose gradebook.
        row: nbgrader's number of the submitted notebook.
        cell: grade_id of what is graded.
        commented: grade_id of the cell that the comment belongs to.
        points: None to let it wait again.
        comment: "" for none.

    Raises:
        Refused: if there is no such answer, or no such number of points.
        CourseError: if the gradebook can't be written.
    """
    with in_words(course), Gradebook(course.db_url, course.course_id) as gradebook:
        try:
            notebook = gradebook.find_submission_notebook_by_id(row)
        except MissingEntry:
            raise Refused("this submission is no longer in the gradebook: load the page again") from None
        grade = next((each for each in notebook.grades if each.name == cell), None)
        if grade is None:
            raise Refused(f"the gradebook has no cell '{cell}' in this notebook")
        if points is not None and not (math.isfinite(points) and 0 <= points <= grade.max_score):
            raise Refused(f"points go from 0 to {grade.max_score:g}")
        grade.manual_score = points
        grade.needs_manual_grade = points is None and grade.auto_score is None
        for said in notebook.comments:
            if said.name == commented:
                said.manual_comment = comment.strip() or None
        gradebook.db.commit()
