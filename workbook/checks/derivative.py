"""Derivatives measured from a function's values, each with an estimate of its own error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
EPS = float(np.finfo(np.float64).eps)
SETTLED = 1e-7  # relative error below which no smaller step is tried


@dataclass(frozen=True)
class Slope:
    """The derivative of each output along one direction.

    Attributes:
        value: the estimate, one number for each output.
        error: what the estimate may be off by, measured.
        low: the smaller of the two one-sided slopes (equal to `value` where there is no kink).
        high: the larger of them.
        kinked: where the two one-sided slopes keep differing however small the step.
    """

    value: Array
    error: Array
    low: Array
    high: Array
    kinked: NDArray[np.bool_]


def measure(curve: Callable[[float], Array], start: Array, step: float, magnitude: float) -> Slope:
    """Differentiate `curve` at 0 by central differences, Richardson's extrapolation and its error estimate.

    Three steps that halve give two levels of extrapolation (L. F. Richardson 1911; C. Ridders 1982); the
    difference between the levels estimates the error. Where that is large (strong curvature, or a kink
    within the step) two much smaller steps follow, with half the gap between the one-sided slopes as the
    error: the derivative of a locally convex or concave function lies between them.

    Args:
        curve: t -> the outputs, as one flat array.
        start: `curve(0)`.
        step: the largest step.
        magnitude: the size of the numbers inside the function; EPS times it is its rounding error.
    """
    steps = [step, step / 2, step / 4]
    noise = 4 * EPS * (np.abs(start) + magnitude)
    central, gaps = [], []
    for h in steps:
        plus, minus = curve(h), curve(-h)
        central.append((plus - minus) / (2 * h))
        gaps.append((plus - 2 * start + minus) / h)
    first = (4 * central[1] - central[0]) / 3
    second = (4 * central[2] - central[1]) / 3
    value = (16 * second - first) / 15
    error = np.abs(value - second) + noise / steps[-1]
    low, high = value - error, value + error
    kinked = np.zeros(start.shape, dtype=bool)
    scale = np.abs(value) + _rms(value)
    bend = np.abs(
        2 * gaps[2] - gaps[1]
    )  # the gap that would remain at step 0: nothing, unless there is a kink
    if np.all(np.maximum(error, bend) <= SETTLED * scale + 4 * noise / steps[-1]):
        return Slope(value, error, low, high, kinked)
    error = np.maximum(error, bend)
    for h in (step * 1e-2, step * 1e-4):
        plus, minus = curve(h), curve(-h)
        right, left = (plus - start) / h, (start - minus) / h
        gap = np.abs(right - left) / 2 + noise / h
        better = ~(gap >= error)
        value = np.where(better, (plus - minus) / (2 * h), value)
        error = np.where(better, gap, error)
    unsettled = error > 1e-4 * scale + noise / h
    low = np.where(unsettled, np.minimum(left, right), value - error)
    high = np.where(unsettled, np.maximum(left, right), value + error)
    return Slope(value, error, low, high, unsettled)


def _rms(x: Array) -> float:
    return float(np.sqrt(np.mean(x * x))) if x.size else 0.0
