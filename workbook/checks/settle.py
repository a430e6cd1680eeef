"""A suspicion is settled entry by entry, and explained."""

from __future__ import annotations

import numpy as np

from workbook.checks.derivative import Array, measure
from workbook.checks.errors import GradientError
from workbook.checks.subject import Slot, Subject


def settle(subject: Subject, start: Array, upstream: Array, slot: Slot, got: Array) -> None:
    """Measure every entry of one gradient.

    Raises:
        GradientError: if an entry is outside what was measured.
    """
    low, high, value = (np.empty(slot.base.size) for _ in range(3))
    size = float(np.sqrt(np.mean(slot.base**2))) or 1.0
    magnitude = float(max(np.max(np.abs(start), initial=0.0), np.max(np.abs(slot.base))))
    for i in range(slot.base.size):

        def curve(t: float, i: int = i) -> Array:
            moved = slot.base.copy()
            moved.flat[i] += t
            return np.concatenate([y.ravel() for y in subject.forward({slot.key: moved})])

        slope = measure(curve, start, 2e-3 * min(1.0, size), magnitude)
        ends = np.stack([upstream * slope.low, upstream * slope.high])
        low[i], high[i], value[i] = ends.min(axis=0).sum(), ends.max(axis=0).sum(), upstream @ slope.value
    flat = got.ravel()
    excess = np.maximum(np.maximum(low - flat, flat - high), 0)
    scale = float(np.max(np.abs(value), initial=0.0))
    wrong = excess > 1e-5 * np.maximum(np.abs(value), np.abs(flat)) + 1e-8 * scale
    if not wrong.any():
        return
    worst = int(np.argmax(np.where(wrong, excess, 0)))
    where = [int(n) for n in np.unravel_index(worst, slot.base.shape)]
    raise GradientError(
        f"{subject.name}: {slot.where} is wrong (shape {slot.base.shape}), "
        f"in {int(wrong.sum())} of {wrong.size} entries.\n"
        f"worst entry {where}: expected {value[worst]:.6g}, got {flat[worst]:.6g}",
        heat=np.reshape(np.where(wrong, np.minimum(1, excess / (scale or 1.0)), 0.0), slot.base.shape),
    )
