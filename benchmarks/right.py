"""Does a right answer ever lose marks by chance? Hidden tests are asked of many students who answer right.

    right.py [ASSIGNMENT …] [--students N] [--also FILE.json] [--kept FILE.json]

Right are the solution, the bank's other styles, and those of a file: a list of {"exercise", "kind": "right",
"label", "source"}. Each is put to all tests of its exercise as that many students, a few seconds of each
answer in turn. What came out is kept: a run that is ended goes on where it stopped, and an answer or a
test that has changed since is begun anew.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import os
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import matplotlib as mpl

from autograder.course import Course, repository
from autograder.marking.cells import Hidden
from backprop.mistakes import bank_of
from backprop.reference import exported, solution
from backprop.trial import check_cells, given_and_solved, reference_on_path
from workbook.seeds import SECRET

STUDENTS = 2000
TURN = 5.0  # seconds of one answer, before the next one's


@dataclass(frozen=True)
class Answer:
    """A right answer to an exercise: its name, and the cell's text."""

    exercise: str
    name: str
    cell: str


@dataclass
class Record:
    """How many students gave an answer, and what those who lost marks for it were told."""

    students: int = 0
    refused: list[str] = field(default_factory=list)


def right_answers(
    course: Course, assignment: str, also: Sequence[Mapping[str, str]] = ()
) -> Iterator[Answer]:
    """Yield every right answer that is known."""
    cells = exported(course, assignment)
    bank = bank_of(assignment)
    for exercise in bank.exercises if bank else ():
        answer = cells[exercise.cell]
        yield Answer(exercise.cell, "the solution", answer)
        for variant in exercise.right:
            yield Answer(exercise.cell, variant.name, variant.apply(answer))
        for other in also:
            if other["exercise"] == exercise.cell and other["kind"] == "right":
                text = answer.split("\n", 1)[0] + "\n" + other["source"]
                yield Answer(exercise.cell, other["label"], text)


class Sitting:
    """One answer and the tests of its exercise, which ask any number of students.

    Args:
        course: the course; what earlier assignments export has to be importable (`reference_on_path`).
        assignment: the assignment.
        answer: one of its exercises' right answers.
    """

    def __init__(self, course: Course, assignment: str, answer: Answer) -> None:
        notebook = solution(course, assignment)
        self._given = list(given_and_solved(notebook, {answer.exercise: answer.cell}))
        self._checks = {
            grade_id: source
            for grade_id, (_, source) in check_cells(notebook).items()
            if grade_id.startswith(f"{answer.exercise}-")
        }
        self._names: dict[str, Any] = {}
        self._tests: list[tuple[str, CodeType]] = []
        text = repr((self._given, self._checks))
        self.key = f"{assignment} {answer.exercise}, {answer.name}"
        self.key += f" ({hashlib.sha256(text.encode()).hexdigest()[:12]})"

    def begin(self) -> None:
        """Run what the tests rely on, and what is visible of the tests: it is the same for every student."""
        module = ModuleType(
            "right"
        )  # a class may ask for the module that it was made in, as a dataclass does
        self._names, sys.modules["right"] = module.__dict__, module
        for grade_id, source in self._given:
            exec(compile(source, f"<{grade_id}>", "exec"), self._names)
        for grade_id, source in self._checks.items():
            exec(compile(Hidden().without(source), f"<{grade_id}>", "exec"), self._names)
            self._tests.append((grade_id, compile(Hidden().part(source), f"<{grade_id}>", "exec")))

    def refused(self, student: str) -> list[str]:
        """Ask as this student, and return what hidden tests said that took marks."""
        os.environ[SECRET] = student
        said = []
        for grade_id, test in self._tests:
            try:
                exec(test, self._names)
            except Exception as error:
                said.append(f"{student}, {grade_id}: {type(error).__name__}: {error}"[:400])
        return said


def take_turn(sitting: Sitting, record: Record, students: int) -> None:
    """Put an answer to its tests as some more students: all that are missing, or as long as a turn is."""
    start, before = time.process_time(), os.environ.get(SECRET)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        sitting.begin()
        while record.students < students and time.process_time() < start + TURN:
            record.refused += sitting.refused(f"student {record.students}")
            record.students += 1
    if before is None:
        os.environ.pop(SECRET, None)
    else:
        os.environ[SECRET] = before


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("assignments", nargs="*")
    parser.add_argument("--students", type=int, default=STUDENTS)
    parser.add_argument("--also", type=Path, help="a file with more right answers")
    parser.add_argument("--kept", type=Path, help="what came out: read before, written after each turn")
    options = parser.parse_args()
    mpl.use("agg")
    also = json.loads(options.also.read_text(encoding="utf-8")) if options.also else []
    kept = (
        json.loads(options.kept.read_text(encoding="utf-8")) if options.kept and options.kept.exists() else {}
    )
    records = {key: Record(**record) for key, record in kept.items()}
    course, missing = repository(), True
    while missing:
        missing, asked = False, dict[str, Record]()
        for assignment in options.assignments or course.assignments():
            with reference_on_path(course, before=assignment):
                for answer in right_answers(course, assignment, also):
                    sitting = Sitting(course, assignment, answer)
                    record = asked[sitting.key] = records.setdefault(sitting.key, Record())
                    if record.students >= options.students:
                        continue
                    known = len(record.refused)
                    take_turn(sitting, record, options.students)
                    missing = missing or record.students < options.students
                    for said in record.refused[known:]:
                        print(f"{sitting.key}: {said}", flush=True)
                    if options.kept:
                        keep(options.kept, records)
        print(summary(asked), flush=True)


def keep(path: Path, records: Mapping[str, Record]) -> None:
    """Write what came out, whole or not at all."""
    beside = path.with_suffix(".new")
    beside.write_text(
        json.dumps({key: asdict(each) for key, each in records.items()}, indent=0), encoding="utf-8"
    )
    beside.replace(path)


def summary(records: Mapping[str, Record]) -> str:
    """Say for each assignment how many students every answer has had at least, and how many were refused."""
    lines = []
    for assignment in sorted({key.split()[0] for key in records}):
        several = [record for key, record in records.items() if key.startswith(assignment)]
        asked = sum(record.students for record in several)
        least, refused = min(each.students for each in several), sum(len(each.refused) for each in several)
        lines.append(
            f"{assignment}: {len(several)} right answers, each of {least} students or more, {asked} in all: "
            f"{refused} refused"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
