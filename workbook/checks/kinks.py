"""Where slopes differ from side to side: every subgradient passes, anything else fails."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workbook.checks.contract import Array
from workbook.checks.derivative import Slope
from workbook.checks.errors import Found, GradientError
from workbook.checks.explain import explain_entries
from workbook.checks.trial import Direction, Trial, draw

ALONE = 64  # kinked outputs that are tried one by one; more than that are tried in this many groups


def check(trial: Trial, measured: Sequence[tuple[Direction, Slope]], rng: np.random.Generator) -> None:
    """Check a module some of whose outputs have a kink here.

    A vector p is a subgradient of an output only if along every direction v the product p·v lies between
    the two one-sided slopes (R. T. Rockafellar, Convex Analysis, 1970, theorem 23.2; for a concave kink
    with the sides exchanged). So: the other outputs, alone, are compared as always; then each kinked output,
    alone, along several directions at once in all arrays.

    Raises:
        GradientError: if something is outside.
    """
    kinked = np.any([slope.kinked for _, slope in measured], axis=0)
    if kinked.all():
        _check_apart(trial, measured, rng)
    slopes = [*((d, trial.along(d, fine=True)) for d in _directions(trial, rng)), *measured]
    trial.subject.outputs()  # backward belongs to the last forward: back to the base point
    if not kinked.all() and trial.upstream is not None:
        smooth = trial.with_weights(np.where(kinked, 0.0, trial.weights))
        wrong = [key for d, slope in measured if smooth.verdict(d, slope) > 1 for key in d]
        if wrong:
            explain_entries(smooth, wrong, {}, rng)
            trial.subject.outputs()
    for weights in _upstreams(trial, kinked, rng):
        alone = trial if trial.upstream is None else trial.with_weights(weights)
        for direction, slope in slopes:
            if alone.verdict(direction, slope) > 1:
                raise _error(alone, direction, slope)


def _check_apart(trial: Trial, measured: Sequence[tuple[Direction, Slope]], rng: np.random.Generator) -> None:
    """Compare the entries that don't look like a kink's (not 0, no ties) alone: there all is smooth."""
    ordinary = _ordinary(trial)
    for direction, _ in measured:
        rest = {key: np.where(ordinary[key], v, 0.0) for key, v in direction.items()}
        slope = trial.along(rest, fine=True)
        if trial.verdict(rest, slope) > 1:
            explain_entries(trial, list(direction), {}, rng)


def _ordinary(trial: Trial) -> dict[int | str, NDArray[np.bool_]]:
    slots = trial.subject.slots
    found = {}
    for slot in slots:
        mask = slot.base != 0
        for other in slots:
            if other.key != slot.key and other.base.shape == slot.base.shape:
                mask &= slot.base != other.base
        found[slot.key] = mask
    return found


def _directions(trial: Trial, rng: np.random.Generator) -> list[dict[int | str, Array]]:
    """All entries up together (which no tie notices), all up by random amounts, and at random."""
    slots = trial.subject.slots
    size = min((slot.size for slot in slots), default=1.0)
    together = {slot.key: np.full(slot.base.shape, size) for slot in slots}
    upwards = {slot.key: slot.size * np.abs(draw(rng, slot.base.shape)) for slot in slots}
    return [together, upwards, {slot.key: slot.size * draw(rng, slot.base.shape) for slot in slots}]


def _upstreams(trial: Trial, kinked: NDArray[np.bool_], rng: np.random.Generator) -> list[Array]:
    if trial.upstream is None:
        return [np.ones(1)]
    where = rng.permutation(np.flatnonzero(kinked))
    groups = np.array_split(where, min(ALONE, where.size))
    upstreams = []
    for group in groups:
        weights = np.zeros(kinked.size)
        weights[group] = rng.uniform(0.5, 1.5, size=group.size)  # all positive: errors of one kind add up
        upstreams.append(weights)
    return upstreams


def _error(trial: Trial, direction: Direction, slope: Slope) -> GradientError:
    subject = trial.subject
    weights = trial.weights
    place = int(np.flatnonzero(weights)[0])
    sizes = np.cumsum([y.size for y in trial.outputs])
    part = int(np.searchsorted(sizes, place, side="right"))
    within = place - (int(sizes[part - 1]) if part else 0)
    index = [int(n) for n in np.unravel_index(within, trial.outputs[part].shape)]
    unit = float(np.sum(weights)) * min(slot.size for slot in subject.slots)
    low, high = sorted(float(np.sum(weights * s)) / unit for s in (slope.low, slope.high))
    claim = trial.claim(direction) / unit
    rate = f"of {low:.3g}" if np.isclose(low, high, atol=1e-4) else f"between {low:.3g} and {high:.3g}"
    numbers = [
        *([f"Look at output entry {index}:"] if index else []),
        f"a nudge of all inputs together moves it at a rate {rate}; backward says {claim:.3g}.",
    ]
    shares = [
        float(np.sum(trial.gradients[slot.key])) / float(np.sum(weights))
        for slot in subject.slots
        if not isinstance(slot.key, str)
    ]
    cause, looks = "kink", "there every subgradient is right, and this isn't one."
    if len(shares) > 1 and np.count_nonzero(weights) == 1:
        cause = "tie"
        looks = (
            f"shares of the incoming gradient: {', '.join(f'{s:.3g}' for s in shares)}. "
            "At a tie they have to add up to 1, to whomever they go."
        )
    return GradientError(
        f"{subject.name}: backward is wrong at a kink (an input at exactly 0, or a tie).",
        looks=looks,
        numbers=[" ".join(numbers)],
        cause=cause,
        found=Found.CAUSE if cause == "tie" else Found.SYMPTOM,
    )
