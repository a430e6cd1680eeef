"""Wrong gradients that are sums of the right terms, or a polynomial in the right variable."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbook.checks.case import Case
from workbook.checks.contract import Array, listed

DEGREE = 4
POWERS = ("", "v", "v²", "v³", "v⁴")


def softmax(x: Array) -> Array:
    """Return shares of 1 along the last axis."""
    raised = np.exp(x - x.max(axis=-1, keepdims=True))
    shares: Array = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def terms(case: Case) -> str | None:
    """Softmax or log-softmax: both terms are there, but not once each.

    The gradients are p·g - p·sum(g·p) and g - p·sum(g); the two coefficients are found by least squares.
    """
    if not case.aligned or not case.has_upstream or len(case.shape) < 2 or case.got.size < 4:
        return None
    g, y, p = case.upstream_whole, case.trial.outputs[0], softmax(case.trial.base(case.key))
    if np.allclose(y, p, rtol=1e-6, atol=1e-12):
        parts = [p * g, p * (g * p).sum(axis=-1, keepdims=True)]
    elif np.allclose(np.exp(y), p, rtol=1e-6, atol=1e-12):
        parts = [g, p * g.sum(axis=-1, keepdims=True)]
    else:
        return None
    counts = _counts(case, [case.at(part) for part in parts])
    if counts is None:
        return None
    wrong = [
        f"the term {which} the sum counts {_times(count)}"
        for which, count in zip(("without", "with"), (counts[0], -counts[1]), strict=True)
        if abs(count - 1) > 1e-3
    ]
    return f"{listed(wrong)}; each belongs there once, the one with the sum subtracted."


def other_forward(case: Case) -> str | None:
    """It is softmax's or log-softmax's gradient, worked out from an output that isn't one."""
    if not case.aligned or not case.has_upstream or len(case.shape) < 2:
        return None
    g, y, p = case.upstream_whole, case.trial.outputs[0], softmax(case.trial.base(case.key))
    for name, of in (("output", y), ("input", p)):
        log_of = np.exp(y) if of is y else p
        for kind, candidate in (
            ("softmax", of * (g - (g * of).sum(axis=-1, keepdims=True))),
            ("log-softmax", g - log_of * g.sum(axis=-1, keepdims=True)),
        ):
            if case.fits(case.at(candidate)):
                return (
                    f"backward does what a {kind} needs, with its {name}; but forward computes something "
                    "else. Look at forward first."
                )
    return None


def several_outputs(case: Case) -> str | None:
    """Several outputs count, but not once each."""
    outputs = case.trial.outputs
    if not 1 < len(outputs) <= 6:
        return None
    ends = np.cumsum([y.size for y in outputs])[:-1]
    parts = [part.sum(axis=1) for part in np.split(case.jacobian * case.weights, ends, axis=1)]
    counts = _counts(case, parts)
    if counts is None:
        return None
    said = listed(f"{k + 1} {_times(count)}" for k, count in enumerate(counts))
    return f"each output's gradient belongs in the sum once. Counted: {said}."


def _counts(case: Case, parts: Sequence[Array]) -> Array | None:
    columns = np.stack(parts, axis=1)
    if len(columns) <= 2 * len(parts) or np.linalg.matrix_rank(columns, 1e-6 * case.scale) < len(parts):
        return None
    counts: Array = np.asarray(np.linalg.lstsq(columns, case.got, rcond=None)[0], dtype=float)
    return counts if case.fits(columns @ counts) else None


def _times(count: float) -> str:
    count = round(float(count), 4) + 0.0
    return {0.0: "not at all", 1.0: "once", 2.0: "twice"}.get(count, f"{count:.4g} times")


def polynomial(case: Case) -> str | None:
    """It is the incoming gradient times a polynomial in the output or the input, not forward's slope."""
    if not case.aligned or not case.has_upstream or case.got.size < 2 * (DEGREE + 1):
        return None
    arrays = ((case.trial.outputs[0], "the output"), (case.trial.base(case.key), "the input"))
    for array, name in arrays:
        powers = np.vander(case.at(array), DEGREE + 1, increasing=True)
        if np.linalg.matrix_rank(powers) <= DEGREE:
            continue
        found = np.linalg.lstsq(powers, case.got / case.upstream_here, rcond=None)[0]
        plain = np.round(4 * found) / 4
        if not 1 <= np.count_nonzero(plain) <= 3 or not case.fits(case.upstream_here * (powers @ plain)):
            continue
        return (
            f"it is the incoming gradient times {_written(plain)}, with {name} as v. "
            "That is not the slope of this forward."
        )
    return None


def _written(coefficients: Array) -> str:
    parts = []
    for c, power in zip(coefficients, POWERS, strict=True):
        if c:
            size = "" if abs(c) == 1 and power else f"{abs(c):g}"
            parts.append(
                (" - " if c < 0 else " + ") + (f"{size}·{power}" if size and power else size + power)
            )
    text = "".join(parts)
    return text[3:] if text.startswith(" + ") else "-" + text[3:]
