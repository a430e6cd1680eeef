"""The checker names each known wrong gradient's own cause, and finds nothing wrong with right answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from cases import INSTANCES, Answer, answers

from autograder.course import repository
from backprop.mistakes import banks
from backprop.trial import reference_on_path
from workbook import GradientError, check_gradients

pytestmark = pytest.mark.filterwarnings("ignore")  # some of the mistakes overflow


@pytest.fixture(scope="module")
def every_answer() -> Iterator[list[Answer]]:
    with reference_on_path(repository()):
        yield list(answers(repository()))


def complaints(answer: Answer, seed: int) -> list[Any]:
    """What the checker says of each instance that it doesn't accept: a cause, "none", or another error."""
    found: list[Any] = []
    for module, inputs in answer.instances(np.random.default_rng([5, seed])):
        try:
            check_gradients(module, *inputs, seed=seed)
        except GradientError as error:
            found.append(error.cause or "none")
        except Exception as error:
            found.append(error)
    return found


def test_wrong_gradients_are_found_and_said_to_be_what_the_bank_says(every_answer: list[Answer]) -> None:
    wrong = [a for a in every_answer if not a.right and a.variant.shows == "gradient"]
    named = 0
    for answer in wrong:
        found = complaints(answer, seed=1)
        assert found, f"{answer.exercise.cell}: {answer.variant.name} passes"
        named += (answer.variant.hypothesis or "none") in [
            each if isinstance(each, str) else "none" for each in found
        ]
    assert named >= 0.95 * len(wrong), f"{named} of {len(wrong)}"


def test_right_answers_pass(every_answer: list[Answer]) -> None:
    for answer in every_answer:
        if answer.right:
            assert complaints(answer, seed=1) == [], f"{answer.exercise.cell}: {answer.variant.name}"


def test_every_mistake_in_a_gradient_is_put_to_the_checker() -> None:
    for bank in banks().values():
        for exercise in bank.exercises:
            if any(variant.shows == "gradient" for variant in exercise.wrong):
                assert exercise.cell in INSTANCES
