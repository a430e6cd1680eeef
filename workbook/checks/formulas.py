"""Mistakes in a formula's terms: an extra factor, the wrong variable, the wrong axis, labels misused."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from workbook.checks.case import Case
from workbook.checks.contract import Array
from workbook.checks.fits import softmax

ONE_ROW = "each example has one target, in its own row."


def times(case: Case) -> str | None:
    """The right gradient is there, multiplied once more by an array at hand."""
    for values, name in _at_hand(case):
        if case.fits(case.expected * values):
            return f"the right gradient is multiplied by {name} once more."
    return None


def divided(case: Case) -> str | None:
    """The right gradient is there, divided by an array at hand."""
    for values, name in _at_hand(case):
        if np.all(values) and case.fits(case.expected / values):
            return f"the right gradient is divided by {name}."
    return None


def _at_hand(case: Case) -> list[tuple[Array, str]]:
    if case.got.size < 2:
        return []
    candidates = [(case.trial.base(case.key), case.entries.slot.label)]
    if case.aligned:
        candidates.append((case.trial.outputs[0], "the output"))
        if case.has_upstream:
            candidates.append((case.upstream_whole, "the incoming gradient"))
    return [(case.at(array), name) for array, name in candidates]


def formula(case: Case) -> str | None:
    """It is the upstream gradient times something that isn't the slope of this forward.

    Where there is no upstream gradient: a multiple of the array itself, as if its square were the cost.
    """
    if not case.has_upstream and case.got.size > 1:
        return _in_proportion(case)
    if not case.aligned or not case.has_upstream or case.got.size < 2:
        return None
    x, y = case.at(case.trial.base(case.key)), case.at(case.trial.outputs[0])
    for slope, name in _slopes(x, y):
        if case.fits(case.upstream_here * slope):
            return f"it is the incoming gradient times {name}. That is not the slope of this forward."
    ratio = case.got / case.upstream_here
    if np.ptp(ratio) <= 1e-6 * abs(ratio[0]):
        return f"it is the incoming gradient times {ratio[0]:.4g} everywhere; this forward's slope varies."
    return None


def _in_proportion(case: Case) -> str | None:
    x, label = case.at(case.trial.base(case.key)), case.entries.slot.label
    c = float(np.sum(x * case.got) / (np.sum(x * x) or 1.0))
    if not case.fits(c * x):
        return None
    return f"it is {c:.4g} times {label} itself, as for a cost that is its square. This cost is another."


def difference(case: Case) -> str | None:
    """A cost of two arrays: a multiple of their difference, as if its square were the cost."""
    inputs = [slot.base for slot in case.trial.subject.slots if not isinstance(slot.key, str)]
    if case.has_upstream or case.got.size < 2 or len(inputs) != 2 or inputs[0].shape != inputs[1].shape:
        return None
    d = case.at(inputs[0] - inputs[1])
    c = float(np.sum(d * case.got) / (np.sum(d * d) or 1.0))
    if not case.fits(c * d):
        return None
    return (
        f"it is {c:.4g} times the inputs' difference, as for a cost that is its square. This cost is another."
    )


def _slopes(x: Array, y: Array) -> list[tuple[Array, str]]:
    with np.errstate(all="ignore"):
        of_x, of_y = (1 / (1 + np.exp(-v)) for v in (x, y))
        return [
            (x, "the input"),
            (y, "the output"),
            (x * (1 - x), "v(1 - v), with the input as v"),
            (y * (1 - y), "v(1 - v), with the output as v"),
            (1 - x**2, "1 - v², with the input as v"),
            (1 - y**2, "1 - v², with the output as v"),
            (1 - y, "1 - v, with the output as v"),
            (1 + y**2, "1 + v², with the output as v"),
            (of_x, "the sigmoid of the input"),
            (of_y, "the sigmoid of the output"),
            (1 - of_x, "1 less the sigmoid of the input"),
            (of_x * (1 - of_x), "the slope of the sigmoid at the input"),
            (of_y * (1 - of_y), "the slope of the sigmoid at the output"),
            (1 - np.tanh(y) ** 2, "the slope of tanh at the output"),
            ((x > 0) * 1.0, "1 where the input is positive and 0 elsewhere"),
            (np.exp(x), "exp of the input"),
            (np.exp(y), "exp of the output"),
        ]


def axis(case: Case) -> str | None:
    """A sum of the upstream gradient is missing, runs over the wrong axis, or has the wrong weights.

    With p the softmax of x, the gradient through log-softmax is g - p·sum(g), that through softmax is
    p·(g - sum(g·p)), the sums along the last axis: the terms that are varied here.
    """
    if not case.aligned or not case.has_upstream or len(case.shape) < 2:
        return None
    g, y = case.upstream_whole, case.trial.outputs[0]
    p = softmax(case.trial.base(case.key))
    if np.allclose(np.exp(y), p, rtol=1e-6, atol=1e-12):
        terms, others = _log_softmax_terms(g, y, p), "softmax"
        other = p * (g - _along(g * p))
    elif np.allclose(y, p, rtol=1e-6, atol=1e-12):
        terms, others = _softmax_terms(g, p), "log-softmax"
        other = g - p * _along(g)
    else:
        return None
    for candidate, sentence in terms:
        if case.fits(case.at(candidate)):
            return sentence
    return f"it is the gradient of {others}." if case.fits(case.at(other)) else None


def _log_softmax_terms(g: Array, y: Array, p: Array) -> list[tuple[Array, str]]:
    return [
        (g - p, "the incoming gradient has to be summed along the last axis; that sum is missing."),
        (g - p * _over_batch(g), "the incoming gradient is summed over the batch, not along the last axis."),
        (g - p * g.sum(), "the incoming gradient is summed over everything, not along the last axis."),
        (g - y * _along(g), "the output is used where probabilities belong: it holds their logarithms."),
        (
            g - p * _along(g) / g.shape[-1],
            "an average of the incoming gradient stands where its sum belongs.",
        ),
        (g + p * _along(g), "the part that comes from the other outputs has the wrong sign."),
        (g, "the incoming gradient comes back as it is: what normalises the outputs is taken as constant."),
        (g - p * g, "each output's own incoming gradient is used where their sum belongs."),
    ]


def _softmax_terms(g: Array, p: Array) -> list[tuple[Array, str]]:
    return [
        (p * (g - _over_batch(g * p)), "a sum runs over the batch; it belongs along the last axis."),
        (p * (g - (g * p).sum()), "a sum runs over everything; it belongs along the last axis."),
        (p * (g - _along(g)), "the incoming gradients are summed without their weights."),
        (
            p * (g - _along(g) / g.shape[-1]),
            "the incoming gradients are averaged without their weights.",
        ),
        (p * (g + _along(g * p)), "the part that comes from the other outputs has the wrong sign."),
        (g - _along(g * p), "a factor is missing: the output itself."),
    ]


def targets(case: Case) -> str | None:
    """A classification loss: softmax applied twice or not at all, targets of all rows, labels as numbers."""
    arrays = [x for x in case.trial.subject.inputs if isinstance(x, np.ndarray)]
    labels = [x for x in arrays if x.dtype.kind in "iu" and x.ndim == 1]
    x = case.trial.base(case.key)
    if case.has_upstream or len(labels) != 1 or x.ndim != 2 or isinstance(case.key, str):
        return None
    label, (n, k) = labels[0], x.shape
    if len(label) != n or n == 0 or label.min() < 0 or label.max() >= k:
        return None
    hot = np.eye(k)[label]
    spread = np.zeros((n, k))
    spread[:, label] = 1.0
    p = softmax(x)
    shares, places = p - hot, -hot  # up to a scale, the gradients of cross-entropy on logits, and of NLL

    def computes(gradient: Array) -> bool:
        return any(case.agree(case.at(scale * gradient), case.expected) for scale in (1 / n, 1.0))

    if computes(shares):
        wrong = _cross_entropy_terms(x, p, hot, spread, label)
    elif computes(places):
        wrong = _nll_terms(x, p, hot, spread)
    else:
        of_nll = "it is the gradient of the mean of -x at the targets; forward computes something else."
        of_logits = "it is the gradient of cross-entropy on logits; forward computes something else."
        wrong = [(places, of_nll), (shares, of_logits)]
    for candidate, sentence in wrong:
        if any(case.fits(case.at(scale * candidate)) for scale in (1 / n, 1.0)):
            return sentence
    return _at_the_targets(case, case.at(hot) == 1)


def _at_the_targets(case: Case, at: NDArray[np.bool_]) -> str | None:
    near = np.abs(case.got - case.expected) <= 1e-4 * np.abs(case.expected) + 1e-7 * case.scale
    if at.sum() < 2 or (~at).sum() < 2:
        return None
    if near[~at].all() and not near[at].any():
        return "every entry is right but those at the target classes, one in each row."
    if near[at].all() and not near[~at].any():
        return "the entries at the target classes are right, and no other."
    return None


def _cross_entropy_terms(
    x: Array, p: Array, hot: Array, spread: Array, label: Array
) -> list[tuple[Array, str]]:
    twice = "softmax is applied twice: to the logits, and to what comes out."
    rows = f"every row lost the target classes of all rows: {ONE_ROW}"
    through = "it is the gradient of the log-probabilities: the way through the softmax is missing."
    return [
        (softmax(p) - hot, twice),
        (p - spread, rows),
        (p, "the targets are not used: nothing is subtracted at the target class."),
        (x - hot, "the inputs are used where their softmax belongs."),
        (np.log(np.maximum(p, 1e-300)) - hot, "log-probabilities are used where probabilities belong."),
        (-hot, through),
        (p - label[:, None], "the label's number is subtracted everywhere, not 1 at the label's place."),
        (p * (1 - hot), "at the target class it is 0: there, 1 is subtracted from the probability."),
        (p * hot - hot, "only the target class gets a gradient; the others have their probability."),
    ]


def _nll_terms(x: Array, p: Array, hot: Array, spread: Array) -> list[tuple[Array, str]]:
    logits = "it is the gradient of cross-entropy on logits, and these are log-probabilities."
    divided = "it is divided by the probability, as if that came in: these are log-probabilities already."
    with np.errstate(all="ignore"):
        return [
            (-spread, f"every row holds the targets of all rows: {ONE_ROW}"),
            (p - hot, logits),
            (np.exp(x) - hot, logits),
            (-hot / np.exp(x), divided),
            (-hot / p, divided),
            (
                -hot / np.where(hot == 1, x, 1.0),
                "it is divided by the log-probability: the slope of -x is -1.",
            ),
            (-hot * np.exp(x), "it is multiplied by the probability: the slope of -x is -1."),
            (-hot * x, "the log-probabilities themselves stand where their slope belongs: -1."),
            (
                -np.ones_like(hot),
                "every class gets a gradient, and the cost looks at the target class alone.",
            ),
        ]


def _along(g: Array) -> Array:
    summed: Array = g.sum(axis=-1, keepdims=True)
    return summed


def _over_batch(g: Array) -> Array:
    summed: Array = g.sum(axis=0, keepdims=True)
    return summed
