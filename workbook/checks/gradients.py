"""`check_gradients`: compare what `backward` says with derivatives measured from `forward`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbook.checks import behaviour, kinks, own, precision, replay
from workbook.checks.contract import Array, ShapeError, listed
from workbook.checks.explain import explain_entries
from workbook.checks.shapes import explain_shape
from workbook.checks.subject import Key, Subject, TakesNothing
from workbook.checks.trial import Trial, draw


@dataclass(frozen=True)
class GradientReport:
    """What a passed check compared; its repr says it in words.

    Attributes:
        module: the module's class name.
        checked: whose gradients were compared, for example ("the input", "weight", "bias").
        entries: how many gradient entries that was.
        forwards: how many times `forward` was run.
        unchecked: the inputs that were not, with their type: ("input 2 (int64)",). Whole numbers and
            booleans have no slope, and so no gradient; where they stand for floats, pass floats.
    """

    module: str
    checked: tuple[str, ...]
    entries: int
    forwards: int
    unchecked: tuple[str, ...] = ()

    def __repr__(self) -> str:
        left_out = f"{listed(self.unchecked)} {'have' if len(self.unchecked) > 1 else 'has'} no slope"
        if not self.checked and self.unchecked:
            return (
                f"{self.module}: nothing was checked: {left_out}. If floats are meant, pass them: "
                "x.astype(float)."
            )
        if not self.checked:
            return f"{self.module}: nothing was checked: it has no input and no parameter."
        return (
            f"{self.module}: backward agrees with forward, for {listed(self.checked)} "
            f"({self.entries} entries, {self.forwards} forward calls)"
            + (f"; {left_out} and was not checked." if self.unchecked else ".")
        )


def check_gradients(module: Any, *inputs: Any, seed: int = 0) -> GradientReport:
    """Check a module's `backward` against derivatives measured from its own `forward`.

    For a random upstream gradient G, the cost C = sum(G * forward(inputs)) is measured along random
    directions by central differences with an error estimate, and compared with what `backward` says.
    Two directions, one for all inputs and one for all parameters, cost at most 40 forward calls at any
    size; entries are measured one by one only where a direction disagrees, to explain.

    A single wrong entry always shows, since no entry of a direction is smaller than half of its typical
    size: one that is wrong by a relative 1e-3 is found if it is at least 1e-4 of the gradient's norm, and
    moving it by its array's typical size changes the outputs by 1e-6 of the largest number around. Several
    wrong entries escape only if their errors cancel along the random direction to within the measurement's
    error, about 1e-9 of the norm (chance below 1e-5). `docs/checking.md` has the measurements.

    Before all this `forward` runs once on the inputs in another order, whatever comes of it: `backward` must
    not use what it kept then.

    At a kink (ReLU at 0, Max at a tie) every subgradient is right, and nothing else. `backward` is also
    called twice (gradients add up); no argument, parameter or earlier result may change.

    Args:
        module: an instance that follows the module contract, or a function without arguments that makes
            one (called anew before every forward: so a seeded Dropout draws the same mask each time).
        inputs: what `forward` takes: float64 arrays, and whatever else it needs (integer targets).
        seed: of the random upstream gradient and the directions.

    Returns:
        A report whose repr says in words what agreed.

    Raises:
        GradientError: with an explanation, if a gradient is wrong or the contract is broken.
    """
    subject = Subject(module, inputs)
    try:
        return _check(subject, np.random.default_rng(seed))
    finally:
        subject.restore()


def _check(subject: Subject, rng: np.random.Generator) -> GradientReport:
    subject.start_elsewhere()
    arguments = subject.arguments()
    outputs = subject.checked(subject.forward(arguments))
    own.expect_own_state(subject.module)
    behaviour.expect_arguments_unchanged(subject, arguments, "forward")
    behaviour.expect_finite(subject, outputs)
    arguments = subject.arguments()
    raw = subject.forward(arguments)
    behaviour.expect_one_answer(subject, outputs, subject.checked(raw))
    subject.module.zero_grad()
    upstream, returned = _first_backward(subject, outputs, raw, rng)
    behaviour.expect_arguments_unchanged(subject, arguments, "backward")
    behaviour.expect_params_unchanged(subject)
    try:
        gradients = subject.gradients(returned)
    except ShapeError as error:
        raise explain_shape(subject, outputs, upstream, error) from None
    behaviour.expect_finite_gradients(subject, gradients)
    factor = 1.0 if upstream is None else -0.5
    again = None if upstream is None else [factor * g for g in upstream]
    passed = None if again is None else [g.copy() for g in again]
    repeated = _backward(subject, outputs, passed)
    second = subject.gradients(repeated)
    trial = Trial(subject, outputs, upstream, gradients)
    _compare(trial, {key: second[key] for key in second if not isinstance(key, str)}, rng)
    behaviour.expect_sum(subject, gradients, second, factor)
    behaviour.expect_grads_kept(subject, second)
    behaviour.expect_upstream_unchanged(subject, again or (), passed or ())
    behaviour.expect_separate(subject, raw, "forward")
    behaviour.expect_separate(subject, returned, "backward")
    behaviour.expect_kept(subject, raw, outputs, "forward")
    first = [g for key, g in gradients.items() if not isinstance(key, str)]
    behaviour.expect_kept(subject, tuple(subject.returned(returned).values()), first, "backward")
    if behaviour.passes_input_on(arguments, raw):
        behaviour.expect_input_kept(subject, upstream, gradients)
    return GradientReport(
        subject.name,
        tuple(slot.label for slot in subject.slots),
        sum(slot.base.size for slot in subject.slots),
        subject.forwards,
        tuple(subject.unchecked()),
    )


def _first_backward(
    subject: Subject, outputs: Sequence[Array], raw: Any, rng: np.random.Generator
) -> tuple[list[Array] | None, Any]:
    one_number = not isinstance(raw, tuple | list) and outputs[0].size == 1
    if one_number and outputs[0].ndim == 0:
        try:
            return None, _backward(subject, outputs, None)
        except TypeError as error:  # not a loss: one that does take an upstream gradient
            if "required positional argument" not in str(error):
                raise
    upstream = [draw(rng, y.shape) for y in outputs]
    passed = [g.copy() for g in upstream]
    try:
        returned = _backward(subject, outputs, passed)
    except TakesNothing as error:
        if not one_number:
            raise error.explained(outputs) from None
        return None, _backward(subject, outputs, None)
    behaviour.expect_upstream_unchanged(subject, upstream, passed)
    return upstream, returned


def _backward(subject: Subject, outputs: Sequence[Array], upstream: list[Array] | None) -> Any:
    """Run backward; what stops it in the student's own line is explained where it can be."""
    try:
        return subject.backward(upstream)
    except (KeyError, ValueError) as error:
        explained = replay.explained(subject, outputs, upstream, error)
        if explained is None:
            raise
        raise explained from error


def _compare(trial: Trial, second: dict[Key, Array], rng: np.random.Generator) -> None:
    """Compare along one direction for all inputs and one for all parameters; where they disagree, explain."""
    subject = trial.subject
    groups = [
        [slot for slot in subject.slots if isinstance(slot.key, str) is parameters]
        for parameters in (False, True)
    ]
    measured = []
    for group in groups:
        if group:
            direction = {slot.key: slot.size * draw(rng, slot.base.shape) for slot in group}
            measured.append((direction, trial.along(direction)))
    unsettled = [(d, slope) for d, slope in measured if not slope.settled]
    if unsettled:
        precision.expect_double(trial, unsettled)
    suspects = [d for d, slope in measured if not trial.verdict(d, slope) <= 1]
    if suspects:
        explain_entries(trial, [key for d in suspects for key in d], second, rng)
    if any(slope.kinked.any() for _, slope in measured):
        kinks.check(trial, measured, rng)
