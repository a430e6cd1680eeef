"""The sample class: submissions made from the mistake bank, each with what its construction implies."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from autograder.course import Course
from backprop.mistakes import Exercise, Variant, bank_of
from backprop.reference import read_notebook, solution

DUE = "2026-02-17 23:59:59 UTC"
IN_TIME = "2026-02-16 18:30:00 UTC"
LATE = "2026-02-19 09:00:00 UTC"  # a day and nine hours


@dataclass(frozen=True)
class Sample:
    """One student of the sample class, for one assignment.

    Attributes:
        student: the id, which is also the first name.
        story: what this submission is, in a few words.
        cells: grade_id -> the source that the student wrote there.
        named: the mistakes that feedback should name, as "exercise: name".
        damage: what happened to the notebook besides.
        text: what was handed in instead of a notebook.
        gradable: False where there is nothing to grade.
        timestamp: when it was handed in.
    """

    student: str
    story: str
    cells: Mapping[str, str] = field(default_factory=dict)
    named: tuple[str, ...] = ()
    damage: Callable[[nbformat.NotebookNode], None] | None = None
    text: str | None = None
    gradable: bool = True
    timestamp: str = IN_TIME


def sample_class(course: Course, assignment: str) -> list[Sample]:
    """Make the class's submissions of an assignment; without a mistake bank nobody makes a known mistake."""
    bank = bank_of(assignment)
    perfect = _solutions(solution(course, assignment))
    order = course.assignments().index(assignment)
    exercises = bank.exercises if bank else ()

    def pick(turn: int) -> tuple[Exercise, Variant]:
        """Walk through the exercises, and through each one's nameable mistakes as assignments go by."""
        exercise = exercises[turn % len(exercises)]
        return exercise, exercise.wrong[(turn // len(exercises) + order) % len(exercise.wrong)]

    def wrong(*choices: tuple[Exercise, Variant]) -> tuple[dict[str, str], tuple[str, ...]]:
        cells = {exercise.cell: variant.apply(perfect[exercise.cell]) for exercise, variant in choices}
        return perfect | cells, tuple(f"{exercise.cell}: {variant.name}" for exercise, variant in choices)

    def right(turn: int) -> dict[str, str]:
        return perfect | {
            exercise.cell: exercise.right[turn % len(exercise.right)].apply(perfect[exercise.cell])
            for exercise in exercises
        }

    first = next(cell for cell, source in perfect.items() if source.startswith("#| export"))
    broken = perfect | {first: perfect[first].replace("\n", "\nthis line is a note to myself\n", 1)}
    mistaken = []
    if exercises:
        students = ["dorothy", "emmy", "felix", "grace", "hypatia"]
        mistaken = [
            *(Sample(name, "one mistake", *wrong(pick(turn))) for turn, name in enumerate(students)),
            Sample("ingrid", "several mistakes", *wrong(*(pick(turn) for turn in range(len(exercises))[:3]))),
        ]
    return [
        Sample("ada", "everything right", perfect),
        Sample("blaise", "right, in another style", right(0)),
        Sample("carl", "right, in a third style", right(1)),
        *mistaken,
        Sample("john", "handed in as released"),
        Sample("katherine", "right, but a test cell was deleted", perfect, damage=_delete_a_test),
        Sample("leonhard", "a syntax error in the first exercise", broken),
        Sample(
            "maryam",
            "not a notebook",
            text="My notebook is in the cloud: see the link I mailed you.\n",
            gradable=False,
        ),
        Sample("niels", "right, a day and a half late", perfect, timestamp=LATE),
    ]


def hand_in(course: Course, assignment: str, sample: Sample) -> Path:
    """Write a sample submission into the course's submitted/ folder, and return its notebook's path."""
    name = course.notebook(assignment).name
    folder = course.folder("submitted") / sample.student / assignment
    folder.mkdir(parents=True)
    (folder / "timestamp.txt").write_text(sample.timestamp, encoding="utf-8")
    path = folder / name
    if sample.text is not None:
        path.write_text(sample.text, encoding="utf-8")
        return path
    notebook = read_notebook(course.folder("release") / assignment / name)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in sample.cells:
            cell.source = sample.cells[grade_id]
    if sample.damage:
        sample.damage(notebook)
    path.write_text(json.dumps(notebook, indent=1), encoding="utf-8")
    return path


def _solutions(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """What a perfect student writes: grade_id -> source of the cells that a student fills in."""
    return {
        cell.metadata.nbgrader.grade_id: _as_written(cell.source)
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }


def _as_written(source: str) -> str:
    """Drop the marks around a solution: students don't write them."""
    kept = [
        line
        for line in source.split("\n")
        if "### BEGIN SOLUTION" not in line and "### END SOLUTION" not in line
    ]
    return "\n".join(kept)


def _delete_a_test(notebook: nbformat.NotebookNode) -> None:
    tests = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")
    ]
    notebook.cells.remove(tests[0])
