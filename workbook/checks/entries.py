"""Gradients measured entry by entry: slow, so only where something is known to be wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from workbook.checks.contract import Array
from workbook.checks.derivative import EPS
from workbook.checks.subject import Slot
from workbook.checks.trial import Trial, draw

LIMIT = 512  # entries of one gradient that are measured; of a larger one, so many at random
CELLS = 4_000_000  # numbers of the Jacobian that are kept
REFINED = 24  # entries whose verdict is put to a better measurement
NEARLY = 0.05  # relative disagreement that the coarse measurement may be to blame for
STEP = 2e-5  # of the slot's size


@dataclass(frozen=True)
class Entries:
    """Some entries of one gradient: measured and claimed.

    Attributes:
        slot: whose gradient it is.
        index: which entries, as flat positions.
        expected: measured.
        got: claimed by `backward`.
        jacobian: (entries, outputs), how every output moves with each entry.
        wrong: which of them are outside what was measured.
        kinked: which of them have two one-sided slopes, anything between which is right.
        felt: whether forward reacts to any of them, even if the slope is 0.
    """

    slot: Slot
    index: NDArray[np.intp]
    expected: Array
    got: Array
    jacobian: Array
    wrong: NDArray[np.bool_]
    kinked: NDArray[np.bool_]
    felt: bool

    @property
    def complete(self) -> bool:
        """Whether every entry was measured."""
        return self.index.size == self.slot.base.size

    @property
    def alone(self) -> bool:
        """Whether this is one wrong entry that was searched for among right ones."""
        return self.index.size == 1 < self.slot.base.size

    @property
    def worst(self) -> int:
        """Position, within these entries, of the largest disagreement."""
        return int(np.argmax(np.where(self.wrong, np.abs(self.got - self.expected), -1.0)))

    def part(self, chosen: NDArray[np.bool_]) -> Entries:
        """Return some of these entries."""
        return Entries(
            self.slot,
            self.index[chosen],
            self.expected[chosen],
            self.got[chosen],
            self.jacobian[chosen],
            self.wrong[chosen],
            self.kinked[chosen],
            self.felt,
        )

    def claimed(self, got: Array) -> Entries:
        """Return these entries with another claim, judged by the coarse measurement."""
        size = np.maximum(np.abs(self.expected), np.abs(got))
        wrong = np.abs(got - self.expected) > 1e-4 * size + 1e-7 * np.max(size, initial=0.0)
        return replace(self, got=got, wrong=wrong)

    def place(self, n: int) -> list[int]:
        """Return the n-th measured entry's index into the array."""
        return [int(i) for i in np.unravel_index(self.index[n], self.slot.base.shape)]


def measure_entries(trial: Trial, slot: Slot, rng: np.random.Generator) -> Entries:
    """Measure the entries of one gradient, two forward calls each; a large one's at random places."""
    start, weights = trial.start, trial.weights
    limit = int(np.clip(CELLS // max(1, start.size), 32, LIMIT))
    index = np.arange(slot.base.size)
    if index.size > limit:
        index = np.sort(rng.choice(index.size, size=limit, replace=False))
    h = STEP * slot.size
    jacobian = np.empty((index.size, start.size))
    low, high, felt = np.empty(index.size), np.empty(index.size), False
    rounding = 8 * EPS * (np.abs(start) + trial.magnitude)
    for n, i in enumerate(index):
        plus, minus = trial.subject.flat([{slot.key: _moved(slot.base, int(i), t)} for t in (h, -h)])
        jacobian[n] = (plus - minus) / (2 * h)
        felt = felt or bool(np.any(np.maximum(np.abs(plus - start), np.abs(minus - start)) > rounding))
        sides = np.stack([weights * (plus - start), weights * (start - minus)]) / h
        low[n], high[n] = sides.min(axis=0).sum(), sides.max(axis=0).sum()
    expected, got = jacobian @ weights, trial.gradients[slot.key].ravel()[index]
    scale = float(np.sqrt(np.mean(expected**2))) if index.size else 0.0
    size = np.maximum(np.abs(expected), np.abs(got))
    noise = 5 * float(np.linalg.norm(weights)) * 1e-15 * trial.magnitude / h
    allowed = 1e-4 * size + 1e-7 * scale + noise
    kinked = high - low > 2e-3 * size + noise
    wrong = np.where(kinked, (got < low - allowed) | (got > high + allowed), np.abs(got - expected) > allowed)
    doubtful = np.flatnonzero(wrong & (kinked | (np.abs(got - expected) <= NEARLY * size)))
    if int(wrong.sum()) <= REFINED:
        doubtful = np.flatnonzero(wrong)
    for n in doubtful[:REFINED]:
        direction = {slot.key: _moved(np.zeros(slot.base.shape), int(index[n]), slot.size)}
        slope = trial.along(direction)
        wrong[n] = trial.verdict(direction, slope) > 1
        kinked[n] = bool(slope.kinked.any())
        jacobian[n] = slope.value / slot.size
        expected[n] = jacobian[n] @ weights
    if not wrong[doubtful[:REFINED]].any():
        wrong[doubtful] = False  # all of a kind, and those that were looked at are right
    expected = np.where(kinked & ~wrong, got, expected)  # one of the right answers
    return Entries(slot, index, expected, got, jacobian, wrong, kinked, felt)


def find_entry(trial: Trial, slots: Sequence[Slot], rng: np.random.Generator) -> Entries | None:
    """Find one wrong entry by halving: for errors so few that measuring at random places missed them.

    Returns:
        That entry, or None if none is outside what was measured.
    """
    members = [(slot, i) for slot in slots for i in range(slot.base.size)]
    while len(members) > 1:
        half = len(members) // 2
        for part in (members[:half], members[half:]):
            direction = {slot.key: np.zeros(slot.base.shape) for slot in slots}
            for (slot, i), v in zip(part, draw(rng, (len(part),)), strict=True):
                direction[slot.key].flat[i] = slot.size * v
            if trial.verdict(direction, trial.along(direction)) > 1:
                members = part
                break
        else:
            return None
    slot, i = members[0]
    direction = {slot.key: _moved(np.zeros(slot.base.shape), i, slot.size)}
    slope = trial.along(direction)
    jacobian = slope.value[None] / slot.size
    if not trial.verdict(direction, slope) > 1:
        return None
    index, wrong = np.array([i]), np.array([True])
    got = trial.gradients[slot.key].ravel()[index]
    kinked = np.array([bool(slope.kinked.any())])
    return Entries(slot, index, jacobian @ trial.weights, got, jacobian, wrong, kinked, True)


def _moved(base: Array, i: int, by: float) -> Array:
    moved = base.copy()
    moved.flat[i] += by
    return moved
