"""Does `forward` compute in float64 throughout? Through float32 no derivative can be measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbook.checks.contract import Array
from workbook.checks.derivative import EPS, Slope
from workbook.checks.errors import GradientError
from workbook.checks.trial import Direction, Trial

TINY = 1e-9  # of an array's size: float64 has 4e6 numbers in such a step, float32 mostly none
MOST = 0.8  # share of the outputs that have to stumble


def expect_double(trial: Trial, measured: Sequence[tuple[Direction, Slope]]) -> None:
    """Expect that forward follows a tiny step: twice the step, twice the way.

    Where it computes in float32 an output stays where it is, or jumps a hundred times too far.

    Raises:
        GradientError: if most outputs that react at all don't follow.
    """
    for direction, slope in measured:
        outputs = trial.outputs_at(direction, [TINY, 2 * TINY, -TINY])
        one, two, back = (each - trial.start for each in outputs)
        way = TINY * np.maximum(np.abs(slope.low), np.abs(slope.high))
        reacts = way > 200 * EPS * (np.abs(trial.start) + trial.magnitude)
        still = (one == 0) & (two == 0) & (back == 0)
        jumps = np.abs(two - 2 * one) > 0.5 * np.maximum(np.abs(one), np.abs(two))
        if reacts.any() and np.mean((still | jumps)[reacts]) >= MOST:
            raise GradientError(
                f"{trial.subject.name}.forward follows its input in jumps, not smoothly.\n"
                f"{_where(trial.start)} Derivatives can't be measured through that: "
                "compute in float64 throughout.",
                cause="float32",
            )


def _where(outputs: Array) -> str:
    if holds_float32(outputs):
        return "Every number that it returns is one of float32's: something in it computes in float32."
    return "Something inside computes in float32 (astype, dtype=), or rounds."


def holds_float32(numbers: Array) -> bool:
    """Say whether all numbers are float32's, and two of them aren't float16's: then it is no chance."""
    finite = numbers[np.isfinite(numbers) & (numbers != 0)]
    with np.errstate(over="ignore", under="ignore"):
        short, shorter = finite.astype(np.float32), finite.astype(np.float16)
    return bool(np.all(short == finite) and np.sum(shorter != finite) >= min(2, numbers.size))
