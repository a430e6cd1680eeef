"""Mistakes in a formula's terms: an extra factor, the wrong variable, the wrong axis, labels misused."""

from __future__ import annotations

import numpy as np

from workbook.checks.case import Case
from workbook.checks.contract import Array


def times(case: Case) -> str | None:
    """The right gradient is there, multiplied or divided once more by an array at hand."""
    if case.got.size < 2:
        return None
    candidates = [(case.trial.base(case.key), "the input" if not isinstance(case.key, str) else "itself")]
    if case.aligned:
        candidates.append((case.trial.outputs[0], "the output"))
        if case.has_upstream:
            candidates.append((case.upstream_whole, "the incoming gradient"))
    for array, name in candidates:
        values = case.at(array)
        if case.fits(case.expected * values):
            return f"the right gradient is multiplied by {name} once more."
        if np.all(values) and case.fits(case.expected / values):
            return f"the right gradient is divided by {name}."
    if case.aligned and case.has_upstream:
        for array, name in candidates[:2]:
            if case.fits(case.upstream_here * case.at(array)):
                return f"it is the incoming gradient times {name}. The slope of the output belongs there."
    return None


def formula(case: Case) -> str | None:
    """The slope is written in terms of the input where the output belongs, or the other way round."""
    if not case.aligned or not case.has_upstream:
        return None
    x, y = case.at(case.trial.base(case.key)), case.at(case.trial.outputs[0])
    g = case.upstream_here
    with np.errstate(all="ignore"):
        squashed = {v: 1 / (1 + np.exp(-a)) for v, a in (("x", x), ("y", y))}
        wrong = [
            (x * (1 - x), "v(1 - v) was given the input as v. In that formula v is the output"),
            (squashed["y"] * (1 - squashed["y"]), "the sigmoid was applied to the output once more"),
            (1 - x**2, "1 - v² was given the input as v. In that formula v is the output"),
            (1 - np.tanh(y) ** 2, "tanh was applied to the output once more"),
            (1 - y, "a square is missing: the slope falls as 1 - y here"),
            (y**2, "a 1 - ... is missing"),
            (y, "it is the output, not the output's slope"),
            (squashed["x"], "it is the sigmoid itself, not its slope"),
            (1 - squashed["x"], "it is 1 less the sigmoid, which is only one of two factors"),
        ]
    for slope, sentence in wrong:
        if case.fits(g * slope):
            return f"{sentence}."
    return None


def axis(case: Case) -> str | None:
    """A sum of the upstream gradient is missing, runs over the wrong axis, or has the wrong weights.

    For y = log-softmax(x) the Jacobian is 1 - p off a diagonal of ones, for softmax it is y(1 - y'): both
    need the upstream gradient summed along the axis that they normalise.
    """
    if not case.aligned or not case.has_upstream or len(case.shape) < 2:
        return None
    g = np.reshape(case.weights, case.shape)
    y = case.trial.outputs[0]
    p = case.at(np.exp(y)) if np.all(y <= 0) else None
    last, first = g.sum(axis=-1, keepdims=True), g.sum(axis=0, keepdims=True)
    if p is not None and np.allclose(p, 1 - case.diagonal, atol=1e-5):
        if case.fits(case.at(g) - p):
            return "the incoming gradient has to be summed along the last axis; that sum is missing."
        if case.fits(case.at(g) - p * case.at(first)):
            return "the incoming gradient is summed over the batch; the sum belongs along the last axis."
        if case.fits(case.at(g) - case.at(y) * case.at(last)):
            return "the output itself is used where probabilities belong: the output holds their logarithms."
        if case.fits(case.at(g) - p * case.at(g.mean(axis=-1, keepdims=True))):
            return "the incoming gradient is averaged along the last axis where it has to be summed."
    inner, across = (g * y).sum(axis=-1, keepdims=True), (g * y).sum(axis=0, keepdims=True)
    if case.fits(case.at(y * (g - across))):
        return "a sum runs over the batch; it belongs along the last axis."
    if case.fits(case.at(y * (g - last))) or case.fits(case.at(y * g - inner)):
        return "one of the products lost a factor: compare the formula's terms with one entry worked by hand."
    return None


def targets(case: Case) -> str | None:
    """A classification loss: softmax applied twice, every row's targets subtracted, or labels misused."""
    labels = [
        x
        for x in case.trial.subject.inputs
        if isinstance(x, np.ndarray) and x.dtype.kind in "iu" and x.ndim == 1
    ]
    x = case.trial.base(case.key)
    if (
        case.has_upstream
        or len(labels) != 1
        or x.ndim != 2
        or len(labels[0]) != len(x)
        or isinstance(case.key, str)
    ):
        return None
    target, (n, k) = labels[0], x.shape
    if target.size == 0 or target.min() < 0 or target.max() >= k:
        return None
    hot = np.eye(k)[target]
    everywhere = np.zeros((n, k))
    everywhere[:, target] = 1
    p = _softmax(x)
    for scale in (1 / n, 1.0):
        if case.fits(case.at(scale * (_softmax(p) - hot))):
            return "softmax is applied twice: to the logits, and to the probabilities that come out."
        if case.fits(case.at(scale * (p - everywhere))):
            return (
                "every row lost the target classes of all rows: each example has one target, in its own row."
            )
        if case.fits(case.at(scale * p)):
            return "the targets are not used: nothing is subtracted where the target class is."
        if case.fits(case.at(scale * (x - hot))):
            return "the logits are used where their softmax belongs."
        if case.fits(case.at(-scale * everywhere)):
            return "every row holds the targets of all rows: each example has one target, in its own row."
    return None


def _softmax(x: Array) -> Array:
    raised = np.exp(x - x.max(axis=-1, keepdims=True))
    normalised: Array = raised / raised.sum(axis=-1, keepdims=True)
    return normalised
