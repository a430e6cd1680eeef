"""A later assignment is graded on the reference of earlier ones, and on the student's own answers here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from autograder.course import repository
from autograder.desk.demo import hand_in, make_course, release
from autograder.desk.grade import How, grade
from autograder.hooks import Sample
from autograder.marking.outcome import Outcome
from backprop.mistakes import bank_of
from backprop.reference import solution
from backprop.sample import sample_class
from backprop.trial import check_cells

EARLY, LATE = "02-modules", "06-graphs"
POISON = "class Linear:\n    def __init__(self, *sizes):\n        raise RuntimeError('not this one')\n"


def with_mistakes(perfect: Sample, assignment: str) -> Sample:
    """A notebook with a mistake in every exercise."""
    bank = bank_of(assignment)
    assert bank is not None
    wrong = {e.cell: e.wrong[0].apply(perfect.cells[e.cell]) for e in bank.exercises}
    return replace(perfect, cells={**perfect.cells, **wrong})


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Outcome]:
    course = make_course(tmp_path_factory.mktemp("course"))
    for assignment in (EARLY, LATE):
        release(course, assignment)
    right, wrong = {}, {}
    for assignment in (EARLY, LATE):
        right[assignment] = replace(sample_class(course, assignment)[0], student="late-bloomer")
        wrong[assignment] = replace(with_mistakes(right[assignment], assignment), student="early-bird")
    hand_in(course, EARLY, replace(wrong[EARLY], student="late-bloomer"))
    hand_in_own_package(hand_in(course, LATE, right[LATE]).parent)
    hand_in(course, LATE, wrong[LATE])
    return {(row.student, row.assignment): row for row in grade(course, how=How(jobs=2))}


def hand_in_own_package(folder: Path) -> None:
    """What was handed in beside the notebook isn't what the later notebook imports."""
    (folder / "mynn").mkdir()
    (folder / "mynn" / "__init__.py").write_text("")
    (folder / "mynn" / "modules.py").write_text(POISON)


def points(assignment: str) -> float:
    """What the tests of an assignment give."""
    return sum(points for points, _ in check_cells(solution(repository(), assignment)).values())


def test_wrong_earlier_notebooks_cost_nothing_later(rows: dict[tuple[str, str], Outcome]) -> None:
    assert (rows["late-bloomer", EARLY].score or 0) < points(EARLY) / 2
    assert rows["late-bloomer", LATE].score == points(LATE)


def test_the_reference_answers_for_nobody(rows: dict[tuple[str, str], Outcome]) -> None:
    assert (rows["early-bird", LATE].score or 0) < points(LATE) / 2
