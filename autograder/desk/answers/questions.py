"""The questions of an assignment that a person grades, and everybody's answers to one of them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from nbgrader.api import Gradebook

from autograder.course import Course, CourseError, read_notebook
from autograder.desk.pages.contents import exercises
from autograder.desk.pages.facts import Facts, Mark
from autograder.desk.pages.gather import gathered
from autograder.desk.pages.page import code_of, markdown_of
from autograder.marking.cells import about, grade_id, role

OFFERED = 9  # comments that are offered again: Alt+1 to Alt+9


@dataclass(frozen=True)
class Answer:
    """One student's answer.

    Attributes:
        row: nbgrader's number of the submitted notebook.
        student: the id.
        name: first and last name, or "".
        shown: what the student wrote, as HTML that can't act.
        points: given by a person, perhaps before this was graded again; None if nobody has.
        comment: what a person wrote.
        waits: nobody has graded it as it is now.
    """

    row: str
    student: str
    name: str
    shown: Markup
    points: float | None
    comment: str
    waits: bool


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes:
        assignment: whose.
        notebook: where it stands.
        cell: grade_id of what is graded by hand.
        commented: grade_id of the cell that comments belong to.
        title: what it is called.
        most: points that there are.
        asked: the text before the answer, as HTML.
        model: the instructor's own answer, as HTML, or "".
        waiting: how many answers wait.
        students: how many there are.
    """

    assignment: str
    notebook: str
    cell: str
    commented: str
    title: str
    most: float
    asked: Markup
    model: Markup
    waiting: int
    students: int


def questions(course: Course, gradebook: Gradebook, assignment: str) -> list[Question]:
    """Return the questions that a person grades: written answers, tasks, and whatever else waits.

    Raises:
        CourseError: if there is no such assignment.
    """
    facts = list(gathered(course, gradebook, assignment))
    found: list[Question] = []
    for path in course.notebooks(assignment):
        here = [each for each in facts if each.notebook == path.stem and _graded(each)]
        cells = read_notebook(path).cells
        found += _of_notebook(assignment, path.stem, cells, here)
    return found


def _graded(facts: Facts) -> bool:
    """Say whether a notebook has been handed in and graded by machine: else nothing in it can be read."""
    return any(mark.score is not None for mark in facts.marks.values()) or bool(facts.notes)


def _of_notebook(
    assignment: str, notebook: str, cells: Sequence[Any], facts: Sequence[Facts]
) -> Iterator[Question]:
    names = {name for each in facts for name in each.marks}
    unmarked = Facts(assignment, notebook, "", marks=dict.fromkeys(names, Mark(None, 1.0)))
    owners = {cell: each.name for each in exercises(cells, unmarked) for cell in (each.name, *each.tests)}
    for place, cell in enumerate(cells):
        name = grade_id(cell)
        marks = [each.marks[name] for each in facts if name in each.marks]
        waiting = sum(mark.score is None for mark in marks)
        if not marks or not (role(cell) == "answer" or waiting):
            continue
        task = about(cell).get("task")
        owner = name if task else owners.get(name, name)
        yield Question(
            assignment,
            notebook,
            name,
            owner,
            name,
            marks[0].most,
            _asked(cells, place),
            Markup() if task else shown([cell]),
            waiting,
            len(marks),
        )


def _asked(cells: Sequence[Any], place: int) -> Markup:
    """Return the question itself: a task's own text, else the text before the answer."""
    if about(cells[place]).get("task"):
        return shown([cells[place]])
    before = place - 1
    while before >= 0 and cells[before].cell_type != "markdown":
        before -= 1
    return shown([cells[before]]) if before >= 0 else Markup()


def answers(course: Course, gradebook: Gradebook, question: Question, *, blind: bool = False) -> list[Answer]:
    """Return everybody's answers; blind, they come in an order that says nothing, and without names."""
    found = []
    for facts in gathered(course, gradebook, question.assignment):
        path = course.place("autograded", question.assignment, facts.student) / f"{question.notebook}.ipynb"
        mark = facts.marks.get(question.cell)
        if facts.notebook != question.notebook or mark is None or not path.is_file():
            continue
        try:
            written = shown(_answered(read_notebook(path).cells, question))
        except CourseError as error:
            written = Markup("<p>{}</p>").format(str(error))
        found.append(
            Answer(
                facts.row,
                "" if blind else facts.student,
                "" if blind else facts.name,
                written,
                mark.score if mark.before is None else mark.before,
                facts.comments.get(question.commented, ""),
                mark.open,
            )
        )
    return sorted(found, key=lambda each: hashlib.sha256(each.row.encode()).digest()) if blind else found


def _answered(cells: Sequence[Any], question: Question) -> list[Any]:
    """Return the cells that hold an answer: of a task, those up to the instructor's next cell."""
    for place, cell in enumerate(cells):
        if grade_id(cell) != question.cell:
            continue
        if about(cell).get("task"):
            after = place + 1
            while after < len(cells) and not grade_id(cells[after]):
                after += 1
            return list(cells[place + 1 : after])
        if question.commented != question.cell:
            return [other for other in cells if grade_id(other) == question.commented]
        return [cell]
    return []


def shown(cells: Sequence[Mapping[str, Any]]) -> Markup:
    """Return cells as HTML that can't act."""
    parts = []
    for cell in cells:
        if cell["cell_type"] == "code":
            lines = [text for part in code_of(cell, "python") for _, text in part]
            parts.append(Markup('<pre class="source">{}</pre>').format(Markup("\n").join(lines)))
        else:
            parts.append(markdown_of(cell))
    return Markup("\n").join(parts)


def offered(found: Sequence[Answer]) -> list[tuple[str, float | None]]:
    """Return the comments of these answers, the most frequent first, each with its points."""
    count = Counter(each.comment for each in found if each.comment)
    points = {each.comment: each.points for each in found if each.comment}
    return [(text, points[text]) for text, _ in count.most_common(OFFERED)]
