"""One backward pass put on trial: what it claims, and what forward says along a direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from workbook.checks.contract import Array
from workbook.checks.derivative import EPS, Slope, measure
from workbook.checks.subject import Key, Slot, Subject, flatten

STEP = 2e-3  # of a slot's size; three halvings of it balance truncation (h^6) and rounding (EPS / h)
Direction = Mapping[Key, Array]


@dataclass(frozen=True)
class Trial:
    """The module at its base point, an upstream gradient, and the gradients that `backward` made of it.

    Attributes:
        subject: the module.
        outputs: what `forward` returns at the base point.
        upstream: what `backward` was given, or None (a loss).
        gradients: what it made of it.
    """

    subject: Subject
    outputs: Sequence[Array]
    upstream: Sequence[Array] | None
    gradients: Mapping[Key, Array]

    @cached_property
    def start(self) -> Array:
        """All outputs, flat."""
        return flatten(self.outputs)

    @cached_property
    def weights(self) -> Array:
        """The upstream gradient, flat: C = sum(weights * outputs)."""
        return np.ones(1) if self.upstream is None else flatten(self.upstream)

    def with_weights(self, weights: Array) -> Trial:
        """Return the trial of another upstream gradient; `forward` must have run at the base point last."""
        upstream, at = [], 0
        for y in self.outputs:
            upstream.append(weights[at : at + y.size].reshape(y.shape))
            at += y.size
        return replace(self, upstream=upstream, gradients=self.subject.gradients_for(upstream))

    def claim(self, direction: Direction) -> float:
        """Return dC/dt along a direction, according to `backward`."""
        return float(sum(np.sum(self.gradients[key] * v) for key, v in direction.items()))

    def along(self, direction: Direction, *, step: float = STEP, fine: bool = False) -> Slope:
        """Measure the slopes of all outputs along a direction; `fine` tries tiny steps only."""
        moved = [(np.abs(self.base(key)), np.abs(v)) for key, v in direction.items()]
        reach = max((float(np.max(x[v > 0] / v[v > 0], initial=0.0)) for x, v in moved), default=0.0)
        return measure(
            lambda steps: self.outputs_at(direction, steps),
            self.start,
            step,
            self.magnitude,
            fine=fine,
            reach=reach,
        )

    def outputs_at(self, direction: Direction, steps: Sequence[float]) -> list[Array]:
        """Return all outputs, flat, at base + t * direction for each of several t."""
        return self.subject.flat(
            [{key: self.base(key) + t * v for key, v in direction.items()} for t in steps]
        )

    @cached_property
    def magnitude(self) -> float:
        """Return the size of the numbers that go in and come out: EPS times it is lost in every forward."""
        bases = [slot.base for slot in self.subject.slots]
        return max(float(np.max(np.abs(a), initial=0.0)) for a in [self.start, *bases])

    def verdict(self, direction: Direction, slope: Slope) -> float:
        """Return how far the claim is from what was measured, in units of what is allowed: up to 1 is right.

        Smooth outputs contribute their error estimates as a root of squares, kinked ones their whole
        interval of slopes. The rounding of base + step is part of what is allowed.
        """
        weights, smooth = self.weights, ~slope.kinked
        ends = np.stack([weights * slope.low, weights * slope.high])
        middle = float(np.sum(np.where(smooth, weights * slope.value, ends.mean(axis=0))))
        interval = float(np.sum(np.where(smooth, 0.0, np.abs(ends[1] - ends[0]) / 2)))
        rounding = [EPS / STEP * np.abs(self.gradients[k]) * np.abs(self.base(k)) for k in direction]
        size = _norm([weights * slope.value]) + _norm([self.gradients[k] * v for k, v in direction.items()])
        allowed = (
            5 * _norm([(weights * slope.error)[smooth]])
            + 8 * _norm(rounding)
            + 1e-9 * size
            + interval * (1 + 1e-6)
            + 1e-200
        )
        return abs(self.claim(direction) - middle) / allowed

    def base(self, key: Key) -> Array:
        """Return the base value of a slot."""
        return self.slot(key).base

    def slot(self, key: Key) -> Slot:
        """Return the slot of that key."""
        return next(slot for slot in self.subject.slots if slot.key == key)


def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draw entries of size 0.5 to 1.5 with random signs: none is 1, none is near 0, sums don't cancel."""
    even: Array = rng.uniform(-1.0, 1.0, size=shape)
    return even + np.copysign(0.5, even)


def _norm(arrays: Sequence[Array]) -> float:
    return float(np.sqrt(sum(float(np.sum(a * a)) for a in arrays)))
