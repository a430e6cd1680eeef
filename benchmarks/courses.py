"""A class for any nbgrader course, made from its own solutions; two graders, cell by cell.

The class: the solutions, the notebooks as released, and for each exercise everything right but that one.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook

from autograder.course import CONFIG, Course
from autograder.desk.files import FOLDER
from autograder.marking.cells import about, grade_id

Cells = Mapping[tuple[str, str], str]  # (notebook, grade_id) -> what a student wrote there
Scores = dict[tuple[str, str, str], float | None]  # (student, notebook, grade_id) -> points


@dataclass(frozen=True)
class Answers:
    """What one student wrote into the notebooks of an assignment."""

    story: str
    cells: Cells


def copy_of(original: Course, folder: Path) -> Course:
    """Copy a course's configuration and source, and nothing of its students."""
    folder.mkdir(parents=True)
    if (original.root / CONFIG).is_file():
        shutil.copy(original.root / CONFIG, folder / CONFIG)
    name = original.folder("source").relative_to(original.root)
    ignore = shutil.ignore_patterns(".ipynb_checkpoints")
    shutil.copytree(original.folder("source"), folder / name, ignore=ignore)
    return Course(folder)


def answers(course: Course, assignment: str) -> Iterator[Answers]:
    """Yield what the students of the class write."""
    right = dict(_solved(course, assignment))
    yield Answers("right", right)
    yield Answers("as released", {})
    for place in right:
        yield Answers(
            f"without {'/'.join(place)}", {key: text for key, text in right.items() if key != place}
        )


def _solved(course: Course, assignment: str) -> Iterator[tuple[tuple[str, str], str]]:
    for path in course.notebooks(assignment):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if about(cell).get("solution") and not about(cell).get("locked"):
                lines = "".join(cell["source"]).split("\n")
                kept = [line for line in lines if "BEGIN SOLUTION" not in line and "END SOLUTION" not in line]
                yield (path.stem, grade_id(cell)), "\n".join(kept)


def hand_in(course: Course, assignment: str, student: str, written: Answers) -> None:
    """Hand in what was released, with a student's answers in it."""
    place = course.place("submitted", assignment, student)
    shutil.copytree(course.place("release", assignment), place)
    for path in place.glob("*.ipynb"):
        notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            cell["source"] = written.cells.get((path.stem, grade_id(cell)), cell["source"])
        path.write_text(json.dumps(notebook), encoding="utf-8")


def make_class(original: Course, folder: Path, assignment: str, count: int | None) -> Course:
    """Copy a course, release an assignment and hand in a class; `count` None: each kind of answer once.

    Raises:
        RuntimeError: if nbgrader can't release it; the message is nbgrader's.
    """
    course = copy_of(original, folder)
    released = course.application().generate_assignment(assignment)
    if not released["success"]:
        raise RuntimeError(released["log"].strip().splitlines()[-1])
    kinds = list(answers(course, assignment))
    for number, each in enumerate(islice(cycle(kinds), count or len(kinds))):
        hand_in(course, assignment, f"s{number:03d}", each)
    return course


def scores(course: Course, assignment: str) -> Scores:
    """Return the points of every test cell, by student."""
    with Gradebook(course.db_url, course.course_id) as gradebook:
        return {
            (submission.student_id, row.name, grade.name): grade.auto_score
            for submission in gradebook.assignment_submissions(assignment)
            for row in submission.notebooks
            for grade in row.grades
            if grade.cell.cell_type == "code"
        }


def points(course: Course, assignment: str) -> dict[tuple[str, str], float]:
    """Return what each test cell gives: (notebook, grade_id) -> points."""
    with Gradebook(course.db_url, course.course_id) as gradebook:
        return {
            (notebook.name, cell.name): cell.max_score
            for notebook in gradebook.find_assignment(assignment).notebooks
            for cell in notebook.grade_cells
            if cell.cell_type == "code" and all(cell.name != each.name for each in notebook.solution_cells)
        }


def standings(course: Course, assignment: str) -> dict[str, dict[str, Any]]:
    """Return what the solutions' exams said of the tests, by notebook."""
    kept = (course.root / FOLDER / assignment).glob(".*.rehearsal.json")
    return {
        path.name[1 : -len(".rehearsal.json")]: json.loads(path.read_text(encoding="utf-8"))["standing"]
        for path in kept
    }
