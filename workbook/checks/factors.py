"""A gradient that is a constant times the right one, and what that constant is here."""

from __future__ import annotations

import numpy as np

from workbook.checks.case import Case
from workbook.checks.words import multiple


def factor(case: Case) -> str | None:
    """Every entry is the same multiple of what it should be."""
    solid = ~case.zero
    if not solid.any():
        return None
    ratios = case.got[solid] / case.expected[solid]
    c = float(ratios[np.argmax(np.abs(case.expected[solid]))])
    if abs(c) < 1e-6 or not case.fits(c * case.expected):
        return None
    named = name_of(case, c)
    if named is None and int(solid.sum()) < 2:
        return None  # a single number is a multiple of any other: that says nothing
    return f"every entry is {multiple(c)} what it should be" + (f"; {named}" if named else ".")


def name_of(case: Case, c: float) -> str | None:
    """Say what a factor probably is: a length of this very example, or 2."""
    turned = ", and the sign is turned" if c < 0 else ""
    for length, what in _lengths(case):
        two = ", or a constant 2 is wrong" if length == 2 else ""
        if length > 1 and np.isclose(abs(c), 1 / length, rtol=1e-4):
            return f"{length} is {what}: a mean where a sum belongs, or one division too many{two}{turned}."
        if length > 1 and np.isclose(abs(c), length, rtol=1e-4):
            return f"{length} is {what}: a sum where a mean belongs, or a division is missing{two}{turned}."
    if np.isclose(abs(c), 2, rtol=1e-4):
        return "a factor 2 too many, or something is counted twice."
    if np.isclose(abs(c), 0.5, rtol=1e-4):
        return "a factor 2 is missing."
    scale = _forward_scale(case)
    if scale is not None and np.isclose(c * scale, 1, rtol=1e-4):
        return f"forward multiplies what it lets through by {scale:.4g}, backward doesn't."
    if scale is not None and np.isclose(c, scale, rtol=1e-4):
        return f"forward multiplies what it lets through by {scale:.4g}, backward does so twice."
    return None


def _lengths(case: Case) -> list[tuple[int, str]]:
    outputs = case.trial.outputs
    inputs = [x for x in case.trial.subject.inputs if isinstance(x, np.ndarray)]
    found = []
    if len(outputs) > 1:
        found.append((len(outputs), "the number of outputs"))
    if len(inputs) > 1 and all(x.shape == inputs[0].shape for x in inputs):
        found.append((len(inputs), "the number of inputs"))
    if case.batch is not None:
        found.append((case.batch, "the batch size"))
    for array, of in [*((y, "output") for y in outputs), *((x, "input") for x in inputs)]:
        if array.ndim >= 2:
            found += [
                (array.shape[-1], f"the number of columns of the {of}"),
                (array.size, f"the number of entries of the {of}"),
            ]
        elif array.ndim == 1:
            found.append((array.size, f"the length of the {of}"))
    return found


def _forward_scale(case: Case) -> float | None:
    if not case.aligned:
        return None
    x, y = case.trial.base(case.key), case.trial.outputs[0]
    kept = (x != 0) & (y != 0)
    ratios = y[kept] / x[kept]
    constant = ratios.size > 1 and np.ptp(ratios) <= 1e-9 * abs(ratios[0]) and not np.isclose(ratios[0], 1)
    return float(ratios[0]) if constant else None
