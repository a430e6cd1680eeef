"""The tests of the tests, by rule: answers that are wrong somewhere lose marks wherever that is."""

from __future__ import annotations

import re
from collections.abc import Mapping

import apart
import mutants
import pytest

from autograder.course import repository
from backprop.reference import solution
from backprop.trial import check_cells, reference_on_path

COURSE = repository()
SEED = 20261126
LOOKED_THROUGH = sorted(
    mutants.equivalents()
)  # in these the mutants that nobody can tell have been sorted out


def survivors(assignment: str, count: int | None) -> mutants.Score:
    several = mutants.drawn(COURSE, assignment, count, SEED)
    return mutants.score(assignment, several, mutants.keep_their_marks(COURSE, assignment, several, SEED))


def points(assignment: str, outcome: Mapping[str, bool]) -> float:
    return sum(
        points for name, (points, _) in check_cells(solution(COURSE, assignment)).items() if outcome.get(name)
    )


@pytest.mark.parametrize("assignment", LOOKED_THROUGH)
def test_wrong_answers_made_by_rule_lose_marks(assignment: str) -> None:
    assert not [mutant.name for mutant in survivors(assignment, 8).survivors]


@pytest.mark.slow
@pytest.mark.parametrize("assignment", LOOKED_THROUGH)
def test_of_all_wrong_answers_made_by_rule_almost_none_keeps_its_marks(assignment: str) -> None:
    found = survivors(assignment, None)
    assert found.share >= 0.98, [mutant.name for mutant in found.survivors]


def test_what_is_called_equivalent_is_there(assignment_names: Mapping[str, list[str]]) -> None:
    for assignment, known in mutants.equivalents().items():
        for pattern, why in known.items():
            assert why
            assert any(re.search(pattern, name) for name in assignment_names[assignment]), pattern


@pytest.fixture(scope="module")
def assignment_names() -> dict[str, list[str]]:
    return {
        assignment: [mutant.name for mutant in mutants.of_assignment(COURSE, assignment)]
        for assignment in COURSE.assignments()
    }


@pytest.mark.slow
def test_a_submission_that_is_wrong_everywhere_somewhere_earns_next_to_nothing() -> None:
    earned = possible = 0.0
    for assignment in COURSE.assignments():
        cells = mutants.everything_wrong(COURSE, assignment, SEED)
        with reference_on_path(COURSE, before=assignment):
            outcome = apart.outcome_of(COURSE, assignment, cells, "ada")
        earned += points(assignment, outcome)
        possible += points(assignment, dict.fromkeys(check_cells(solution(COURSE, assignment)), True))
    assert earned <= 0.15 * possible, f"{earned:g} of {possible:g} points"
