"""Do the hidden tests look everywhere? Every mutant of every solution is graded as a submission.

    mutants.py [ASSIGNMENT …] [--sample N] [--seed S]

A mutant has one operator changed, or is right except in one region of its inputs (see mutations.py). Those
that keep full marks are listed; `equivalent.toml` says of some why the exercise's text doesn't exclude them.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mutations import Mutant, mutants
from nbgrader.api import Gradebook

from autograder.course import Course, repository
from autograder.desk.demo import make_course, release
from autograder.desk.grade import grade
from backprop.reference import exported_cells, solution
from backprop.sample import Sample, hand_in, sample_class

EQUIVALENT = Path(__file__).with_name("equivalent.toml")


@dataclass(frozen=True)
class Survivor:
    """A mutant that kept full marks, and why no test could tell (or "" where one should)."""

    assignment: str
    mutant: Mutant
    why: str


def of_assignment(course: Course, assignment: str) -> list[Mutant]:
    """Return every mutant of an assignment's exercises."""
    notebook = solution(course, assignment)
    exercises = {
        cell.metadata.nbgrader.grade_id
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution")
    }
    cells = {name: source for name, source in exported_cells(notebook).items() if name in exercises}
    return [mutant for name, source in cells.items() for mutant in mutants(name, _unmarked(source))]


def _unmarked(source: str) -> str:
    return "\n".join(line for line in source.split("\n") if "### BEGIN" not in line and "### END" not in line)


def survivors(folder: Path, chosen: dict[str, Sequence[Mutant]]) -> list[Survivor]:
    """Grade mutants as a class in a new course, and return those that lose nothing.

    Args:
        folder: a new folder for the course.
        chosen: assignment -> mutants.
    """
    course = make_course(folder)
    for assignment, several in chosen.items():
        release(course, assignment)
        perfect = sample_class(course, assignment)[0]
        for mutant in several:
            cells = {**perfect.cells, mutant.exercise: mutant.source}
            hand_in(course, assignment, Sample(mutant.student, mutant.name, cells))
        hand_in(course, assignment, Sample("solution", "everything right", perfect.cells))
    grade(course, list(chosen))
    known = equivalents()
    return [
        Survivor(assignment, mutant, why_equivalent(known.get(assignment, {}), mutant))
        for assignment, several in chosen.items()
        for marks in [automatic_marks(course, assignment)]
        for mutant in several
        if marks.get(mutant.student, 0.0) >= marks["solution"]
    ]


def automatic_marks(course: Course, assignment: str) -> dict[str, float]:
    """Return each student's automatic points."""
    with Gradebook(course.db_url, str(course.config.CourseDirectory.course_id)) as gradebook:
        return {
            each.student_id: sum(grade.auto_score or 0.0 for book in each.notebooks for grade in book.grades)
            for each in gradebook.assignment_submissions(assignment)
        }


def equivalents() -> dict[str, dict[str, str]]:
    """Return what is known to be equivalent: assignment -> pattern of a mutant's name -> why."""
    return tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))


def why_equivalent(known: dict[str, str], mutant: Mutant) -> str:
    """Return why no test can tell a mutant from the solution, or "" if one should."""
    return next((why for pattern, why in known.items() if re.search(pattern, mutant.name)), "")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("assignments", nargs="*")
    parser.add_argument("--sample", type=int, help="this many mutants of each assignment, drawn")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    course = repository()
    chosen: dict[str, Sequence[Mutant]] = {}
    for assignment in options.assignments or course.assignments():
        found = of_assignment(course, assignment)
        count = min(options.sample or len(found), len(found))
        chosen[assignment] = random.Random(options.seed).sample(found, count)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        left = survivors(Path(folder), chosen)
    for assignment, several in chosen.items():
        kept = [each for each in left if each.assignment == assignment]
        unexplained = [each for each in kept if not each.why]
        counted = len(several) - (len(kept) - len(unexplained))
        share = 1 - len(unexplained) / counted if counted else 1.0
        print(
            f"\n{assignment}: {counted} mutants and {len(kept) - len(unexplained)} equivalent ones; "
            f"{share:.1%} of the mutants lose marks"
        )
        for each in unexplained:
            print(f"  keeps full marks: {each.mutant.name}")


if __name__ == "__main__":
    main()
