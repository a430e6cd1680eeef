"""A course that has been graded, made without grading: rows, notebooks and ledger of a class of any size."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.api import Comment, Gradebook

from autograder.course import CONFIG, Course
from autograder.desk.ledger import Ledger
from autograder.engine.examiner.job import Result
from autograder.hooks import Finding

SETTINGS = """c = get_config()
c.CourseDirectory.course_id = "made"
c.CourseDirectory.source_directory = "solutions"
c.GenerateFeedback.exporter_class = "autograder.plugins.Feedback"
"""
DUE = datetime(2026, 2, 17, 23, 59, 59)
POINTS = {"linear-forward": 1.0, "linear-backward": 2.0, "tiny-backward": 4.0, "why": 3.0}
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
LINEAR = """class Linear:
    def forward(self, x):
        self.x = x
        return x @ self.w

    def backward(self, grad):
        self.grads["w"] += grad.T @ self.x
        return grad"""
TINY = """class Tiny:
    def __init__(self):
        self.inner = Linear()

    def backward(self, grad):
        return self.inner.backward(grad)"""
WRONG = [
    "Linear: the gradient of the input is wrong.",
    "What it looks like: the weight isn't used.",
    "Linear.backward's return value, shape (2, 3): 6 of 6 entries disagree",
]
FOUND = Finding("linear", "no-weight", "backward returns the gradient that came in, without the weight.")
ANSWERS = ("Because the paths add up, $3 + (-3) = 0$.", "They cancel.", "I don't know.")


@dataclass(frozen=True)
class Class:
    """What a class handed in.

    Attributes:
        students: how many.
        assignments: names.
        missing: every so manieth student handed in nothing.
        late: every so manieth was late.
        seed: of who got what.
    """

    students: int = 3
    assignments: tuple[str, ...] = ("01-first",)
    missing: int = 0
    late: int = 0
    seed: int = 0
    names: list[str] = field(default_factory=list)

    def student(self, number: int) -> str:
        return self.names[number] if number < len(self.names) else f"s{number:03d}"


def about(name: str, grade: bool = False, solution: bool = False, points: float = 0.0) -> dict[str, Any]:
    facts = {"schema_version": 3, "grade_id": name, "grade": grade, "solution": solution, "task": False}
    locked = {"locked": not solution, "points": points} if grade else {"locked": False}
    return {"nbgrader": {**facts, **locked}}


def autograded(right: bool, answer: str, extra: tuple[Any, ...] = ()) -> nbformat.NotebookNode:
    """What the grader writes of one submission."""
    wrong = (
        []
        if right
        else [new_output("error", ename="GradientError", evalue="\n".join(WRONG), traceback=WRONG)]
    )
    hidden = "### BEGIN HIDDEN TESTS\nsecret = 4711\n### END HIDDEN TESTS"
    picture = new_output("display_data", data={"image/png": PIXEL, "text/plain": "<Figure>"})
    return new_notebook(
        cells=[
            new_markdown_cell("# A first notebook\n\nHere $\\frac{\\partial C}{\\partial w}$ is wanted."),
            new_code_cell("#| fig-alt: One pixel, blue.\nshow()", outputs=[picture]),
            new_markdown_cell("## Linear"),
            new_code_cell(LINEAR, metadata=about("linear", solution=True)),
            new_code_cell("check(1)", metadata=about("linear-forward", grade=True, points=1.0)),
            new_code_cell(
                f"check(2)\n{hidden}",
                metadata=about("linear-backward", grade=True, points=2.0),
                outputs=wrong,
            ),
            new_markdown_cell("## In words\n\n| step | what |\n|---|---|\n| 1 | add |"),
            new_markdown_cell(answer, metadata=about("why", grade=True, solution=True, points=3.0)),
            new_markdown_cell("## A network"),
            new_code_cell(TINY, metadata=about("tiny", solution=True)),
            new_code_cell("check(3)", metadata=about("tiny-backward", grade=True, points=4.0), outputs=wrong),
            *extra,
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )


def make_graded_course(root: Path, made: Class | None = None) -> Course:
    """Make it: student 0 is right, student 1 wrong, the others by chance; nobody's "why" is graded."""
    made = made or Class()
    chance = np.random.default_rng(made.seed)
    (root / CONFIG).write_text(SETTINGS)
    course = Course(root)
    ledger = Ledger(course)
    with Gradebook(course.db_url, course.course_id) as gradebook:
        for number in range(made.students):
            gradebook.add_student(made.student(number), first_name="Ada" if number == 0 else None)
        for week, assignment in enumerate(made.assignments):
            (root / "solutions" / assignment).mkdir(parents=True)
            source = autograded(True, "The paths add up.")
            (root / "solutions" / assignment / "first.ipynb").write_text(nbformat.writes(source))
            due = DUE + timedelta(weeks=week)
            gradebook.add_assignment(assignment, duedate=due)
            gradebook.add_notebook("first", assignment)
            for name, points in POINTS.items():
                kind = "markdown" if name == "why" else "code"
                gradebook.add_grade_cell(name, "first", assignment, max_score=points, cell_type=kind)
            for name in ("linear", "tiny", "why"):
                gradebook.add_solution_cell(name, "first", assignment)
            for number in range(made.students):
                if made.missing and number % made.missing == made.missing - 1:
                    continue
                skill = 1.0 if number == 0 else 0.0 if number == 1 else float(chance.random())
                hand_in(course, gradebook, ledger, assignment, made.student(number), skill > 0.5)
                late = made.late and number % made.late == made.late - 1
                row = gradebook.find_submission(assignment, made.student(number))
                row.timestamp = due + timedelta(hours=30 if late else -3)
        gradebook.db.commit()
    return course


def hand_in(
    course: Course, gradebook: Gradebook, ledger: Ledger, assignment: str, student: str, right: bool
) -> None:
    """Write what grading one submission writes."""
    submission = gradebook.add_submission(assignment, student)
    (row,) = submission.notebooks
    for grade in row.grades:
        waits = grade.name == "why"
        passed = right or grade.name == "linear-forward"
        grade.auto_score = None if waits else POINTS[grade.name] * passed
        grade.needs_manual_grade = waits
    for comment in row.comments:
        if comment.name == "linear" and not right:
            comment.auto_comment = FOUND.sentence
    named = [] if right else [FOUND]
    ledger.record(assignment, student, "any", {"first": Result(named=named, tests=3)})
    folder = course.place("autograded", assignment, student)
    folder.mkdir(parents=True)
    answer = ANSWERS[(len(student + assignment) + 1) % 3] if right else "They cancel."
    (folder / "first.ipynb").write_text(json.dumps(autograded(right, answer)))
    (folder / "timestamp.txt").write_text("2026-02-17 20:59:59 UTC")


def comment_of(gradebook: Gradebook, assignment: str, student: str, cell: str) -> Comment:
    return gradebook.find_comment(cell, "first", assignment, student)
