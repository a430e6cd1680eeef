"""Do the hidden tests look everywhere? Every mutant of every solution is put to its exercise's tests.

    mutants.py [ASSIGNMENT …] [--sample N] [--seed S] [--graded]

A mutant has one operator changed, or is right except in one region of its inputs (see mutations.py). Those
that keep full marks are listed; `equivalent.toml` says of some why the exercise's text doesn't exclude them.
Each is a student of its own, who is asked other questions than the others. Tests run in a process of each
mutant's own; with --graded, mutants are handed in and graded as a class is, which takes ten times as long.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from apart import outcome_of
from mutations import Mutant, mutants
from nbgrader.api import Gradebook

from autograder.course import Course, repository
from autograder.desk.demo import hand_in, make_course, release
from autograder.desk.grade import grade
from autograder.hooks import Sample
from backprop.reference import exported, exported_cells, solution
from backprop.sample import sample_class
from backprop.trial import reference_on_path

EQUIVALENT = Path(__file__).with_name("equivalent.toml")


def of_assignment(course: Course, assignment: str) -> list[Mutant]:
    """Return every mutant of an assignment's exercises."""
    notebook = solution(course, assignment)
    exercises = {
        cell.metadata.nbgrader.grade_id
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution")
    }
    cells = {name: source for name, source in exported_cells(notebook).items() if name in exercises}
    return [mutant for name, source in cells.items() for mutant in mutants(name, unmarked(source))]


def unmarked(source: str) -> str:
    return "\n".join(line for line in source.split("\n") if "### BEGIN" not in line and "### END" not in line)


def keep_their_marks(
    course: Course, assignment: str, several: Sequence[Mutant], seed: int = 1
) -> list[Mutant]:
    """Return the mutants that pass every test of their own exercise, run without a grader around it."""
    kept = []
    with reference_on_path(course, before=assignment):
        for mutant in several:
            cells, student = {mutant.exercise: mutant.source}, f"{mutant.student} {seed}"
            outcome = outcome_of(course, assignment, cells, student, f"{mutant.exercise}-")
            if outcome and all(outcome.values()):
                kept.append(mutant)
    return kept


def everything_wrong(course: Course, assignment: str, seed: int) -> dict[str, str]:
    """Return a submission whose every function is wrong in a region of its inputs: exercise -> cell."""
    draw, known = random.Random(seed), equivalents().get(assignment, {})
    spoilt: dict[str, dict[str, list[Mutant]]] = {}
    for mutant in of_assignment(course, assignment):
        if "wrong for" in mutant.kind and not why_equivalent(known, mutant):
            spoilt.setdefault(mutant.exercise, {}).setdefault(mutant.where, []).append(mutant)
    answers = exported(course, assignment)
    cells = {}
    for exercise, functions in spoilt.items():
        right = unmarked(answers[exercise])
        tails = [draw.choice(several).source.removeprefix(right) for several in functions.values()]
        cells[exercise] = right + "".join(tails)
    return cells


def keep_their_marks_graded(course: Course, assignment: str, several: Sequence[Mutant]) -> list[Mutant]:
    """Hand mutants in as a class, in a new course, grade it, and return those that lose nothing."""
    release(course, assignment)
    perfect = sample_class(course, assignment)[0]
    for mutant in several:
        cells = {**perfect.cells, mutant.exercise: mutant.source}
        hand_in(course, assignment, Sample(mutant.student, mutant.name, cells))
    hand_in(course, assignment, Sample("solution", "everything right", perfect.cells))
    grade(course, [assignment])
    marks = automatic_marks(course, assignment)
    return [each for each in several if marks.get(each.student, 0.0) >= marks["solution"]]


def automatic_marks(course: Course, assignment: str) -> dict[str, float]:
    """Return each student's automatic points."""
    with Gradebook(course.db_url, course.course_id) as gradebook:
        return {
            each.student_id: sum(grade.auto_score or 0.0 for book in each.notebooks for grade in book.grades)
            for each in gradebook.assignment_submissions(assignment)
        }


@dataclass(frozen=True)
class Score:
    """What became of an assignment's mutants.

    Attributes:
        count: how many were tried, without the equivalent ones.
        equivalent: those that no test can tell from the solution.
        survivors: the others that kept full marks.
    """

    count: int
    equivalent: list[Mutant]
    survivors: list[Mutant]

    @property
    def share(self) -> float:
        """The share of mutants that lose marks."""
        return 1 - len(self.survivors) / self.count if self.count else 1.0


def score(assignment: str, several: Sequence[Mutant], kept: Sequence[Mutant]) -> Score:
    """Sort the mutants of an assignment, of which some kept their marks."""
    known = equivalents().get(assignment, {})
    equivalent = [mutant for mutant in several if why_equivalent(known, mutant)]
    return Score(
        len(several) - len(equivalent), equivalent, [each for each in kept if each not in equivalent]
    )


def equivalents() -> dict[str, dict[str, str]]:
    """Return what is known to be equivalent: assignment -> pattern of a mutant's name -> why."""
    return tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))


def why_equivalent(known: Mapping[str, str], mutant: Mutant) -> str:
    """Return why no test can tell a mutant from the solution, or "" if one should."""
    return next((why for pattern, why in known.items() if re.search(pattern, mutant.name)), "")


def drawn(course: Course, assignment: str, count: int | None, seed: int) -> list[Mutant]:
    """Return an assignment's mutants, or a sample of them."""
    found = of_assignment(course, assignment)
    return random.Random(seed).sample(found, min(count or len(found), len(found)))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("assignments", nargs="*")
    parser.add_argument("--sample", type=int, help="this many mutants of each assignment, drawn")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--graded", action="store_true", help="hand them in and grade them as a class")
    options = parser.parse_args()
    course, total, left = repository(), 0, 0
    for assignment in options.assignments or course.assignments():
        several = drawn(course, assignment, options.sample, options.seed)
        if options.graded:
            with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
                kept = keep_their_marks_graded(make_course(Path(folder)), assignment, several)
        else:
            kept = keep_their_marks(course, assignment, several, options.seed)
        found = score(assignment, several, kept)
        total, left = total + found.count, left + len(found.survivors)
        print(
            f"{assignment}: {found.count} mutants and {len(found.equivalent)} equivalent ones; "
            f"{found.share:.1%} of the mutants lose marks",
            flush=True,
        )
        for each in found.survivors:
            print(f"  keeps full marks: {each.name}", flush=True)
    print(f"all: {1 - left / total:.1%} of {total} mutants lose marks")


if __name__ == "__main__":
    main()
