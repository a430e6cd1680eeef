"""Whatever numbers a probe draws: each mistake is told from right answers and from every other mistake."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autograder.course import repository
from backprop.mistakes import banks
from backprop.reference import exported, namespace
from backprop.signing import signed
from backprop.trial import reference_on_path
from workbook.probe import SEEDS, run

COURSE = repository()


@pytest.fixture(autouse=True, scope="module")
def mynn() -> Iterator[None]:
    with reference_on_path(COURSE):
        yield


def tell_apart(assignment: str, seeds: tuple[int, ...]) -> list[str]:
    """Return what goes wrong when every answer of the bank is put to the signs made with these seeds."""
    answers = exported(COURSE, assignment)
    problems = []
    for each in signed(COURSE, assignment, seeds):
        cell = each.exercise.cell
        problems += each.problems
        for variant in (*each.exercise.wrong, *each.exercise.right):
            names = namespace(COURSE, assignment, {cell: variant.apply(answers[cell])})
            results = run(each.exercise.probe, names, seeds)
            found = each.signs.recognise(results or [])
            sentence = found.sentence if found else ""
            if sentence != variant.sentence:
                problems.append(f"{cell}: {variant.name} is taken for {found.name if found else 'right'}")
    return problems


@pytest.mark.parametrize("assignment", banks())
def test_every_answer_of_the_bank_is_told_apart(assignment: str) -> None:
    assert tell_apart(assignment, SEEDS) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(50))
@pytest.mark.parametrize("assignment", banks())
def test_every_answer_of_the_bank_is_told_apart_with_other_numbers(assignment: str, seed: int) -> None:
    assert tell_apart(assignment, (2 * seed, 2 * seed + 1)) == []
