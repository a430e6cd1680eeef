"""The sample class: submissions made from the mistake bank, each with what its construction implies."""

from __future__ import annotations

import nbformat

from autograder.course import Course
from autograder.hooks import Sample
from autograder.marking.cells import about, grade_id, role
from backprop.mistakes import Exercise, Variant, bank_of
from backprop.reference import solution


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
        Sample("niels", "right, a day and a half late", perfect, days_late=1.375),
    ]


def _solutions(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """What a perfect student writes: grade_id -> source of the cells that a student fills in."""
    return {
        grade_id(cell): _as_written(cell.source) for cell in notebook.cells if about(cell).get("solution")
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
    notebook.cells.remove(next(cell for cell in notebook.cells if role(cell) == "test"))
