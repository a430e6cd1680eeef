"""A gradient that is a constant times the right one, and what that constant is here."""

from __future__ import annotations

import numpy as np

from workbook.checks.case import Case
from workbook.checks.words import multiple

COUNTS = ("the number of outputs", "the number of inputs")  # these are the same at every draw
MOST = 64  # a whole number up to which a factor may be meant


def length(case: Case) -> list[str]:
    """Every entry is a multiple of what it should be, and the factor is a length of this very example.

    More than one length may have that value; at another draw of other lengths only one has.
    """
    c = _factor(case)
    found = []
    for n, what in _lengths(case) if c else ():
        if n < 2 or (n == 2 and what in COUNTS):
            continue  # what is 2 at every draw can't be told from a constant 2
        for size, why in (
            (1 / n, "a mean where a sum belongs, or one division too many"),
            (n, "a sum where a mean belongs, or a division is missing"),
            (n * n, "multiplied by it where it has to be divided"),
            (n / 2, "the division by it is missing, and a factor 2"),
            (1 / (2 * n), "one division by it too many, and a factor 2 is missing"),
        ):
            if np.isclose(abs(c), size, rtol=1e-4):
                found.append(f"{_every(c)}; {n} is {what}: {why}{_turned(c)}.")
    return found


def constant(case: Case) -> str | None:
    """Every entry is a multiple of what it should be, by a factor that is the same at every draw."""
    c = _factor(case)
    if not c:
        return None
    scale = _forward_scale(case)
    if scale is not None and np.isclose(c * scale, 1, rtol=1e-4):
        return f"{_every(c)}; forward multiplies what it lets through by {scale:.4g}, backward doesn't."
    if scale is not None and np.isclose(c, scale, rtol=1e-4):
        return f"{_every(c)}; forward multiplies what it lets through by {scale:.4g}, backward does so twice."
    if np.isclose(abs(c), 2, rtol=1e-4):
        return f"{_every(c)}; a factor 2 too many, or something is counted twice{_turned(c)}."
    if np.isclose(abs(c), 0.5, rtol=1e-4):
        return f"{_every(c)}; a factor 2 is missing{_turned(c)}."
    if case.got.size < 2:
        return None  # a single number is a multiple of any other: that says nothing
    for size, why in ((c, "too many"), (1 / c, "is missing")):
        if np.isclose(size, round(size), rtol=1e-4) and abs(size) <= MOST:
            return f"{_every(c)}; a constant factor {abs(round(size))} {why}{_turned(c)}."
    return f"{_every(c)}: a constant factor is wrong{_turned(c)}."


def varying(case: Case) -> str | None:
    """Every entry is a multiple of what it should be, by a factor that depends on the numbers."""
    c = _factor(case)
    if not c or int((~case.zero).sum()) < 2:
        return None
    return (
        f"{_every(c)}, and by another factor for other inputs: something that is made of all of them (a sum, "
        "a norm) is multiplied in, or left out."
    )


def _factor(case: Case) -> float:
    solid = ~case.zero
    if not solid.any():
        return 0.0
    ratios = case.got[solid] / case.expected[solid]
    c = float(ratios[np.argmax(np.abs(case.expected[solid]))])
    return c if abs(c) >= 1e-6 and case.fits(c * case.expected) else 0.0


def _every(c: float) -> str:
    return f"every entry is {multiple(c)} what it should be"


def _turned(c: float) -> str:
    return ", and the sign is turned" if c < 0 else ""


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
