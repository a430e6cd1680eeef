"""Does a right answer ever lose marks by chance? Hidden tests are asked of many students who answer right.

    right.py [ASSIGNMENT …] [--students N] [--first N] [--also FILE.json]

Right are the solution, the bank's other styles, and those of a file: a list of {"exercise", "kind": "right",
"label", "source"}. Each is put to the hidden tests of its exercise as that many students, in one process.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

from autograder.course import Course, repository
from autograder.marking.cells import Hidden
from backprop.mistakes import bank_of
from backprop.reference import exported_cells, solution
from backprop.trial import check_cells, given_and_solved, reference_on_path
from workbook.seeds import SECRET

STUDENTS = 2000


def right_answers(
    course: Course, assignment: str, also: Sequence[Mapping[str, str]] = ()
) -> Iterator[tuple[str, str, str]]:
    """Yield (exercise, name, cell) of every right answer that is known."""
    cells = exported_cells(solution(course, assignment))
    bank = bank_of(assignment)
    for exercise in bank.exercises if bank else ():
        answer = cells[exercise.cell]
        yield exercise.cell, "the solution", answer
        for variant in exercise.right:
            yield exercise.cell, variant.name, variant.apply(answer)
        for other in also:
            if other["exercise"] == exercise.cell and other["kind"] == "right":
                yield exercise.cell, other["label"], answer.split("\n", 1)[0] + "\n" + other["source"]


def refused(
    course: Course, assignment: str, exercise: str, cell: str, students: Sequence[str]
) -> list[tuple[str, str]]:
    """Return (student, what a hidden test said) for each student whose right answer loses marks.

    What earlier assignments export has to be importable (`reference_on_path`).
    """
    notebook = solution(course, assignment)
    names: dict[str, Any] = {"__name__": f"right.{assignment}"}
    tests = []
    found = []
    before = os.environ.get(SECRET)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        for grade_id, source in given_and_solved(notebook, {exercise: cell}):
            exec(compile(source, f"<{grade_id}>", "exec"), names)
        for grade_id, (_, source) in check_cells(notebook).items():
            if grade_id.startswith(f"{exercise}-"):
                exec(compile(Hidden().without(source), f"<{grade_id}>", "exec"), names)
                tests.append((grade_id, compile(Hidden().part(source), f"<{grade_id}>", "exec")))
        for student in students:
            os.environ[SECRET] = student
            for grade_id, test in tests:
                try:
                    exec(test, names)
                except Exception as error:
                    found.append((student, f"{grade_id}: {type(error).__name__}: {error}"))
    if before is None:
        os.environ.pop(SECRET, None)
    else:
        os.environ[SECRET] = before
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("assignments", nargs="*")
    parser.add_argument("--students", type=int, default=STUDENTS)
    parser.add_argument("--first", type=int, default=0, help="number of the first student")
    parser.add_argument("--also", type=Path, help="a file with more right answers")
    options = parser.parse_args()
    mpl.use("agg")
    also = json.loads(options.also.read_text(encoding="utf-8")) if options.also else []
    students = [f"student {n}" for n in range(options.first, options.first + options.students)]
    course, answers, total = repository(), 0, 0
    for assignment in options.assignments or course.assignments():
        with reference_on_path(course, before=assignment):
            for exercise, name, cell in right_answers(course, assignment, also):
                start = time.perf_counter()
                lost = refused(course, assignment, exercise, cell, students)
                answers, total = answers + 1, total + len(lost)
                each = (time.perf_counter() - start) / max(len(students), 1)
                print(
                    f"{assignment} {exercise}, {name}: {len(lost)} refused; {each * 1e3:.0f} ms each",
                    flush=True,
                )
                for student, said in lost[:3]:
                    print(f"    {student}: {said[:300]}", flush=True)
    print(f"{total} refusals of {answers} right answers by {len(students)} students each")


if __name__ == "__main__":
    main()
