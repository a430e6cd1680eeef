"""A matrix product in `backward` whose shapes don't fit: which factor is the wrong way round."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbook import operands
from workbook.checks.contract import Array
from workbook.checks.entries import measure_entries
from workbook.checks.errors import Found, GradientError
from workbook.checks.subject import Subject
from workbook.checks.trial import Trial
from workbook.checks.words import stopped_at


def explain_product(
    subject: Subject, outputs: Sequence[Array], upstream: Sequence[Array] | None, stop: operands.Stop
) -> GradientError | None:
    """Say which factor of a product that failed is the wrong way round; None if that isn't what is wrong.

    The factors are taken from the student's own frame and multiplied in the ways in which they fit. One that
    gives a measured gradient, or the sum of what belongs there, is the one that was meant.
    """
    factors = stop.product
    if factors is None:
        return None
    (left, a), (right, b) = factors.sides
    if a.ndim != 2 or b.ndim != 2:
        return None
    zeros = {slot.key: np.zeros(slot.base.shape) for slot in subject.slots}
    trial = Trial(subject, outputs, upstream, zeros)
    for slot in subject.slots:
        wanted: Array | None = None
        for first, second, sentence in _ways(factors):
            if first.shape[1] != second.shape[0] or (len(first), second.shape[1]) != slot.base.shape:
                continue
            if wanted is None:
                entries = measure_entries(trial, slot, np.random.default_rng(1))
                wanted, index = entries.expected, entries.index
            if np.allclose(
                (first @ second).ravel()[index], wanted, rtol=1e-4, atol=1e-6 * np.max(np.abs(wanted))
            ):
                return GradientError(
                    f"{subject.name}.backward: shapes don't fit where the gradient of {slot.label} is made.",
                    looks=sentence,
                    numbers=[
                        f"{left} is {a.shape}, {right} is {b.shape}; a gradient {slot.base.shape} is due.",
                        *stopped_at(stop.line),
                    ],
                    cause="transpose",
                    found=Found.CAUSE,
                )
    return None


def _ways(factors: operands.Factors) -> list[tuple[Array, Array, str]]:
    (left, a), (right, b) = factors.sides
    turned = "is used the wrong way round: the transpose of it is needed here."
    order = "the factors stand in the wrong order"
    ways = [
        (a, b.T, f"{right} {turned}"),
        (a.T, b, f"{left} {turned}"),
        (a.T, b.T, f"{left} and {right} are used the wrong way round: the transpose of each is needed here."),
        (b, a, f"{order}."),
        (b.T, a, f"{order}, and {right} {turned}"),
        (b, a.T, f"{order}, and {left} {turned}"),
        (b.T, a.T, f"{order}, and the transpose of each is needed here."),
    ]
    if factors.matrix:
        return ways
    by_entry = "* multiplies entry by entry, and a matrix product (@) is needed here"
    return [(a, b, f"{by_entry}."), *((one, two, f"{by_entry}. Besides, {why}") for one, two, why in ways)]
