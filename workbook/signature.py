"""Signatures: enough of what an answer computes to recognise it again, too little to work it out.

A probe's result has parts: arrays, numbers, texts. Of a part's numbers a few random projections are taken;
each is cut into steps, a little wider than rounding and measurement can move it. A part's mark keeps how wide
the steps are, where in its step each projection lies, and one digest of everything else: which steps, the
texts, the shapes. So a part agrees with a mark if it is the same up to a relative 1e-6; a mark says no more.
"""

from __future__ import annotations

import hashlib
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

NOISE, NOTHING = 1e-6, 1e-10  # what rounding may do to a number: relative, and to one that should be 0
PROJECTIONS = 2
PARTS = 200  # of a step: where in it a projection lies

Mark = list[Any]  # widths of the steps (powers of two), places in them, digest


@dataclass
class Part:
    """One part of what a probe found, for all seeds: what must be the same, and numbers with their noise."""

    texts: list[str] = field(default_factory=list)
    numbers: list[tuple[float, float]] = field(default_factory=list)

    def mark(self) -> Mark:
        """Return the mark by which this part is recognised."""
        steps = [math.ceil(math.log2(2 * noise)) for _, noise in self.numbers]
        places = [
            round(PARTS * (value / 2.0**step - round(value / 2.0**step)))
            for (value, _), step in zip(self.numbers, steps, strict=True)
        ]
        return [steps, places, self._digest(steps, places)]

    def agrees(self, mark: Mark) -> bool:
        """Say whether this is what the mark was made of."""
        steps, places, digest = mark
        return len(steps) == len(self.numbers) and self._digest(steps, places) == digest

    def _digest(self, steps: Sequence[int], places: Sequence[int]) -> str:
        which = [
            round(value / 2.0**step - place / PARTS) if abs(value) < 2.0 ** (step + 60) else "far"
            for (value, _), step, place in zip(self.numbers, steps, places, strict=True)
        ]
        return hashlib.sha256(repr((self.texts, which)).encode()).hexdigest()[:20]


def parts_of(results: Sequence[Any]) -> dict[str, Part]:
    """Return the parts of what a probe found, by their names.

    Args:
        results: for each seed, dicts and lists of arrays, numbers, strings, None.
    """
    parts: dict[str, Part] = {}
    for result in results:
        for name, leaf in _leaves(result, ""):
            part = parts.setdefault(name, Part())
            if isinstance(leaf, np.ndarray):
                _add_numbers(part, leaf, name)
            else:
                part.texts.append(str(leaf))
    return parts


def _add_numbers(part: Part, array: NDArray[np.float64], name: str) -> None:
    part.texts.append(f"numbers {array.shape}")
    flat = array.ravel()
    strange = ~np.isfinite(flat)
    if strange.any():
        part.texts.append(str([(int(i), str(flat[i])) for i in np.flatnonzero(strange)]))
        flat = np.where(strange, 0.0, flat)
    if strange.all():
        return  # that one NaN is like another is no evidence
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    for _ in range(min(PROJECTIONS, flat.size)):
        weights = rng.uniform(-1, 1, size=flat.size)
        weights += np.copysign(0.5, weights)  # no entry counts for nothing
        each = weights * flat
        noise = NOISE * np.abs(each).sum() + NOTHING * np.abs(weights).sum()
        part.numbers.append((float(each.sum()), float(noise)))


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the parts of a probe's result by their names: arrays of float64, and texts."""
    if isinstance(value, Mapping):
        for key in sorted(value, key=str):
            yield from _leaves(value[key], f"{name}.{key}".lstrip("."))
        return
    if value is None or isinstance(value, str | bytes):
        yield name, repr(value)
        return
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):  # rows of different lengths
        array = np.empty(0, dtype=object)
    if array.dtype.kind == "b":
        yield name, array.tolist()
    elif array.dtype.kind in "iuf":
        yield name, array.astype(np.float64)
    elif isinstance(value, list | tuple):
        yield name, f"{len(value)} parts"
        for part in value:
            yield from _leaves(part, name)
    else:
        yield name, type(value).__name__
