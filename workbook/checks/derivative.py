"""Derivatives measured from a function's values, each with an estimate of its own error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
EPS = float(np.finfo(np.float64).eps)
SETTLED = 1e-7  # relative error below which no smaller step is tried
KINK = 1e-4  # relative gap between the one-sided slopes that, at the smallest step, counts as a kink
STALLED = 0.1  # what extrapolating once may leave of a change, if the error falls as it should
FINER = 1e-2  # from one of the small steps to the next
UNRESOLVED = 0.05  # relative change from one small step to the next that says: the step is too large yet


@dataclass(frozen=True)
class Slope:
    """The derivative of each output along one direction.

    Attributes:
        value: the estimate, one number for each output.
        error: what the estimate may be off by, measured.
        low: the smaller of the two one-sided slopes (without a kink: `value` less `error`).
        high: the larger of them.
        kinked: where the one-sided slopes keep differing however small the step.
        settled: whether the first steps were enough for all of them.
    """

    value: Array
    error: Array
    low: Array
    high: Array
    kinked: NDArray[np.bool_]
    settled: bool = False


Curve = Callable[[Sequence[float]], Sequence[Array]]


def measure(
    curve: Curve,
    start: Array,
    step: float,
    magnitude: float,
    *,
    fine: bool = False,
    reach: float = 0.0,
) -> Slope:
    """Differentiate `curve` at 0 by central differences, Richardson's extrapolation and its error estimate.

    Three steps that halve give two levels of extrapolation (L. F. Richardson 1911; C. Ridders 1982), and
    the difference between the levels estimates the error: six calls; four, if after two steps all five points
    lie on a straight line. Where that error is large, or the one-sided slopes would still differ at step 0,
    much smaller steps follow, two calls each: two steps, or three where the second still changes the picture.
    Their error is half the gap between the one-sided slopes, since the derivative of a function that is
    locally convex or concave lies between them. At an inflection the gap vanishes and says nothing; there
    the change from a step to the next does. Of the last change at most FINER is left, where it is small.

    Args:
        curve: several t -> the outputs at each, as one flat array; those that don't wait for one another
            are asked for together.
        start: the outputs at 0.
        step: the largest step.
        magnitude: the size of the numbers inside the function; EPS times it is its rounding error.
        fine: start with the smaller steps.
        reach: the largest ratio of what is moved to how far a step of 1 moves it: EPS times that, over the
            step, is lost when the step is added, relative to the slope.
    """
    noise = 4 * EPS * (np.abs(start) + magnitude)
    value, error = np.zeros(start.shape), np.full(start.shape, np.inf)
    if not fine:
        value, error = _extrapolate(curve, start, step, noise)
        scale = np.abs(value) + _rms(value)
        if np.all(error <= SETTLED * scale + 4 * noise / (step / 4)):
            return Slope(value, error, value - error, value + error, np.zeros(start.shape, dtype=bool), True)
    gaps, finer = error, _finer(curve, start, step, noise)
    for k, (h, central, sides) in enumerate(finer):
        gap = np.abs(sides[1] - sides[0]) / 2 + noise / h + np.abs(central) * EPS * reach / h
        doubt = np.full(start.shape, np.inf)
        if k > 0:
            change = np.abs(central - finer[k - 1][1])
            doubt = np.where(_changed(change, central, noise / h, UNRESOLVED), change, 2 * FINER * change)
        if k + 1 < len(finer):
            change = np.abs(central - finer[k + 1][1]) + noise / (4 * finer[k + 1][0])
            doubt = np.minimum(doubt, change)
        better = ~(np.maximum(gap, doubt) >= error)
        value, error = np.where(better, central, value), np.where(better, np.maximum(gap, doubt), error)
        gaps = np.where(better, gap, gaps)
    scale = np.abs(value) + _rms(value)
    kinked = gaps > KINK * scale + 2 * noise / h
    low = np.where(kinked, sides.min(axis=0) - doubt, value - error)
    high = np.where(kinked, sides.max(axis=0) + doubt, value + error)
    return Slope(value, error, low, high, kinked)


def _finer(curve: Curve, start: Array, step: float, noise: Array) -> list[tuple[float, Array, Array]]:
    """Return two or three small steps, each with its central slope and those of its two sides."""
    steps = [step * FINER, step * FINER**2, step * FINER**3]
    found = _slopes(curve, start, steps[:2])
    change = np.abs(found[1][1] - found[0][1])
    if _changed(change, found[1][1], noise / steps[1], 10 * SETTLED).any():
        found += _slopes(curve, start, steps[2:])
    return found


def _slopes(curve: Curve, start: Array, steps: Sequence[float]) -> list[tuple[float, Array, Array]]:
    return [
        (h, (plus - minus) / (2 * h), np.stack([start - minus, plus - start]) / h)
        for h, plus, minus in _both_ways(curve, steps)
    ]


def _both_ways(curve: Curve, steps: Sequence[float]) -> Iterator[tuple[float, Array, Array]]:
    """Yield each step with the outputs on its two sides."""
    values = curve([t for h in steps for t in (h, -h)])
    yield from zip(steps, values[::2], values[1::2], strict=True)


def _changed(change: Array, central: Array, rounding: Array, share: float) -> NDArray[np.bool_]:
    large: NDArray[np.bool_] = change > share * (np.abs(central) + _rms(central)) + 4 * rounding
    return large


def _extrapolate(curve: Curve, start: Array, step: float, noise: Array) -> tuple[Array, Array]:
    central, gaps = [], []
    for steps in ([step, step / 2], [step / 4]):
        for h, plus, minus in _both_ways(curve, steps):
            central.append((plus - minus) / (2 * h))
            gaps.append((plus - 2 * start + minus) / h)
        if len(steps) == 2 and _straight(central, gaps, noise / step):
            return central[0], np.abs(central[1] - central[0]) + noise / (step / 4)
    once = (4 * central[1] - central[0]) / 3
    again = (4 * central[2] - central[1]) / 3
    value = (16 * again - once) / 15
    error = np.abs(value - again) + noise / (step / 4)
    last = np.abs(central[2] - central[1])
    stalled = np.abs(again - once) > STALLED * last + 8 * noise / step
    error = np.where(stalled, np.maximum(error, last), error)
    bend = np.abs(2 * gaps[2] - gaps[1])  # the gap at step 0: a symmetric kink shows here alone
    return value, np.where(bend > SETTLED * np.abs(value) + 8 * noise / step, np.maximum(error, bend), error)


def _straight(central: Sequence[Array], gaps: Sequence[Array], rounding: Array) -> bool:
    """Say whether all slopes agree but for rounding, between the two sides and between the two steps."""
    return bool(np.all(np.abs([central[1] - central[0], *gaps]) <= 2 * rounding))


def _rms(x: Array) -> float:
    return float(np.sqrt(np.mean(x * x))) if x.size else 0.0
