"""The tests of the tests: every known mistake shows at the desk, and every right answer is accepted."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path

import pytest

from autograder.course import repository
from autograder.engine.examiner.lent import OPEN
from autograder.hooks import Failure
from backprop.diagnose import diagnose
from backprop.mistakes import Exercise, Variant, banks
from backprop.reference import exported, namespace, solution
from backprop.sample import sample_class
from backprop.trial import reference_on_path, run_checks

COURSE = repository()
STUDENTS = ["ada", "blaise", "carl"]
EXERCISES = [(name, exercise) for name, bank in banks().items() for exercise in bank.exercises]
WRONG = [(name, exercise, variant) for name, exercise in EXERCISES for variant in exercise.wrong]
RIGHT = [(name, exercise, variant) for name, exercise in EXERCISES for variant in exercise.right]
LEAST_WRONG = {name: 8 if name[:2] in {"01", "02", "03", "04"} else 6 for name in banks()}


@pytest.fixture(autouse=True, scope="module")
def mynn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with reference_on_path(COURSE) as folder:
        yield folder


def label(value: object) -> str:
    return value if isinstance(value, str) else getattr(value, "cell", getattr(value, "name", ""))


def cell(assignment: str, exercise: Exercise, variant: Variant) -> dict[str, str]:
    answers = exported(COURSE, assignment)
    return {exercise.cell: variant.apply(answers[exercise.cell])}


def test_what_a_probe_hands_over_is_an_object_across_the_wall_too() -> None:
    """One that doesn't say what may be changed would be a mere function there, or nothing."""
    for module in {exercise.probe.__module__ for _, exercise in EXERCISES}:
        for name, value in vars(sys.modules[module]).items():
            if isinstance(value, type) and value.__module__ == module and not is_dataclass(value):
                assert hasattr(value, OPEN) or issubclass(value, Exception), f"{name} needs `{OPEN}`"


def test_every_assignment_has_a_bank() -> None:
    assert list(banks()) == COURSE.assignments()


@pytest.mark.parametrize(("assignment", "exercise"), EXERCISES, ids=label)
def test_every_exercise_has_enough_variants(assignment: str, exercise: Exercise) -> None:
    names = [variant.name for variant in (*exercise.wrong, *exercise.right)]
    assert len(set(names)) == len(names)
    assert len(exercise.wrong) >= LEAST_WRONG[assignment]
    assert len(exercise.right) >= 2


@pytest.mark.parametrize(("assignment", "exercise"), EXERCISES, ids=label)
def test_every_exercise_of_the_notebook_has_an_entry(assignment: str, exercise: Exercise) -> None:
    solved = {
        cell.metadata.nbgrader.grade_id
        for cell in solution(COURSE, assignment).cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution")
    }
    assert solved == {exercise.cell for exercise in banks()[assignment].exercises}


@pytest.mark.parametrize("assignment", banks())
def test_every_variant_can_be_made_of_what_a_perfect_student_writes(assignment: str) -> None:
    written = sample_class(COURSE, assignment)[0].cells
    for exercise in banks()[assignment].exercises:
        for variant in (*exercise.wrong, *exercise.right):
            assert variant.apply(written[exercise.cell])


@pytest.mark.parametrize(("assignment", "exercise"), EXERCISES, ids=label)
def test_a_known_mistake_is_refused_at_the_desk(assignment: str, exercise: Exercise) -> None:
    """Nobody should have to hand a mistake in to hear of it."""
    for variant in exercise.wrong:
        answer = cell(assignment, exercise, variant)
        outcome = run_checks(COURSE, assignment, answer, only=f"{exercise.cell}-", seen=True)
        assert any(outcome.values()), f"{variant.name} passes all that a student sees"


@pytest.mark.parametrize(("assignment", "exercise", "variant"), RIGHT, ids=label)
def test_a_right_answer_is_accepted(assignment: str, exercise: Exercise, variant: Variant) -> None:
    for student in STUDENTS:
        outcome = run_checks(COURSE, assignment, cell(assignment, exercise, variant), student)
        assert outcome
        assert not {name: error for name, error in outcome.items() if error}


@pytest.mark.parametrize("assignment", COURSE.assignments())
def test_the_solution_passes_every_check(assignment: str) -> None:
    for student in STUDENTS:
        outcome = run_checks(COURSE, assignment, {}, student)
        assert outcome
        assert not {name: error for name, error in outcome.items() if error}


@pytest.mark.parametrize(("assignment", "exercise", "variant"), WRONG, ids=label)
def test_a_known_mistake_is_named(assignment: str, exercise: Exercise, variant: Variant) -> None:
    names = namespace(COURSE, assignment, cell(assignment, exercise, variant))
    (finding,) = diagnose(COURSE, assignment, names, {f"{exercise.cell}-backward": Failure()})
    assert finding.name == variant.name
    assert re.match(r"\S.{20,}[.?]$", finding.sentence, re.DOTALL), "a sentence, for the student to read"


@pytest.mark.parametrize(("assignment", "exercise", "variant"), RIGHT, ids=label)
def test_a_right_answer_is_never_given_a_mistakes_name(
    assignment: str, exercise: Exercise, variant: Variant
) -> None:
    names = namespace(COURSE, assignment, cell(assignment, exercise, variant))
    assert diagnose(COURSE, assignment, names, {f"{exercise.cell}-backward": Failure()}) == []
