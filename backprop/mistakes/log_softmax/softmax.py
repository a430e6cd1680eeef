"""What students write for Softmax."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Exercise, Variant
from backprop.mistakes.far import run_rowwise
from backprop.mistakes.log_softmax.common import IN_PLACE

Names = Mapping[str, Any]


def softmax(names: Names, rng: np.random.Generator) -> dict[str, Any]:
    """Probe Softmax."""
    return run_rowwise(names["Softmax"], rng, log=False)


SHIFTED = "e = np.exp(x - x.max(axis=-1, keepdims=True))"
SHARES = "self.y = e / e.sum(axis=-1, keepdims=True)"
AVERAGE = "average = np.sum(grad_output * self.y, axis=-1, keepdims=True)"
SOFTMAX_BACK = "return self.y * (grad_output - average)"

SOFTMAX = Exercise(
    "softmax",
    softmax,
    wrong=(
        Variant(
            "no-shift",
            "The exponentials are taken of the logits as they are, and overflow at 1000: subtract each row's "
            "maximum first.",
            edits=((SHIFTED, "e = np.exp(x)"),),
            shows="value",
        ),
        Variant(
            "global-maximum",
            "The maximum of the whole batch is subtracted; a row whose logits are much smaller becomes 0/0. Each "
            "row needs its own.",
            edits=((SHIFTED, "e = np.exp(x - x.max())"),),
            shows="value",
        ),
        Variant(
            "maximum-added",
            "The maximum is added where it should be subtracted: the exponents get larger, not smaller.",
            edits=((SHIFTED, SHIFTED.replace("x - x", "x + x")),),
            shows="value",
        ),
        Variant(
            "first-axis",
            "The sum runs over the batch: columns sum to one, where each example's row should.",
            edits=((SHARES, SHARES.replace("-1", "0")), (AVERAGE, AVERAGE.replace("-1", "0"))),
            shows="value",
        ),
        Variant(
            "whole-array",
            "All entries of the batch together sum to one; each row should.",
            edits=((SHARES, "self.y = e / e.sum()"),),
            shows="value",
        ),
        Variant(
            "diagonal-only",
            "backward uses y(1 − y), the diagonal of the Jacobian, alone: each logit also moves the other "
            "classes' probabilities.",
            edits=((SOFTMAX_BACK, "return grad_output * self.y * (1 - self.y)"),),
            hypothesis="diagonal",
        ),
        Variant(
            "off-diagonal-sign",
            "The weighted average is added; the Jacobian's off-diagonal entries are negative, so it is subtracted.",
            edits=((SOFTMAX_BACK, SOFTMAX_BACK.replace("- average", "+ average")),),
            hypothesis="axis",
        ),
        Variant(
            "sum-unweighted",
            "The plain sum of the incoming gradient is subtracted; each entry has to be weighted by its probability.",
            edits=((AVERAGE, "average = np.sum(grad_output, axis=-1, keepdims=True)"),),
            hypothesis="axis",
        ),
        Variant(
            "mean-unweighted",
            "The plain mean of the incoming gradient is subtracted; the average is weighted by the probabilities.",
            edits=((AVERAGE, "average = np.mean(grad_output, axis=-1, keepdims=True)"),),
            hypothesis="axis",
        ),
        Variant(
            "factor-missing",
            "The factor y in front is missing: a class of tiny probability can hardly move the output.",
            edits=((SOFTMAX_BACK, "return grad_output - average"),),
            hypothesis="axis",
        ),
        Variant(
            "average-over-batch",
            "The weighted average runs over the batch; it belongs to one row, along the last axis.",
            edits=((AVERAGE, AVERAGE.replace("-1", "0")),),
            hypothesis="axis",
        ),
        Variant(
            "logsoftmax-backward",
            "This is the way back through log-softmax; softmax's own has the factor y in front of everything.",
            edits=((SOFTMAX_BACK, "return grad_output - self.y * grad_output.sum(axis=-1, keepdims=True)"),),
            hypothesis="axis",
        ),
        Variant(
            "input-shifted",
            f"forward subtracts the maximum from {IN_PLACE}.",
            edits=((SHIFTED, "x -= x.max(axis=-1, keepdims=True)\n        e = np.exp(x)"),),
            shows="behaviour",
        ),
        Variant(
            "axis-one",
            "The axis is number 1, which is the last one only where there are two; axis=-1 is the "
            "last of any number.",
            edits=(
                (SHIFTED, SHIFTED.replace("-1", "1")),
                (SHARES, SHARES.replace("-1", "1")),
            ),
            shows="value",
        ),
        Variant(
            "mean-subtracted",
            "The mean of the logits is subtracted; the largest can still be far above it, and "
            "overflow. Subtract the maximum.",
            edits=((SHIFTED, "e = np.exp(x - x.mean(axis=-1, keepdims=True))"),),
            shows="value",
        ),
        Variant(
            "minimum-subtracted",
            "The minimum is subtracted, so all exponents are positive, and large ones overflow. "
            "Subtract the maximum.",
            edits=((SHIFTED, "e = np.exp(x - x.min(axis=-1, keepdims=True))"),),
            shows="value",
        ),
        Variant(
            "epsilon-in-denominator",
            "A small number is added to the sum, so the shares don't sum to one. The sum is at least "
            "1 once the maximum is subtracted: nothing can be divided by 0.",
            edits=((SHARES, "self.y = e / (e.sum(axis=-1, keepdims=True) + 1e-8)"),),
            shows="value",
        ),
        Variant(
            "sum-keeps-no-axis",
            "keepdims=True is missing: the sums of the rows are stretched along the wrong axis, or "
            "don't fit.",
            edits=((SHARES, "self.y = e / e.sum(axis=-1)"),),
            shows="value",
        ),
        Variant(
            "maximum-keeps-no-axis",
            "keepdims=True is missing at the maximum: it is stretched along the wrong axis, or doesn't fit.",
            edits=((SHIFTED, "e = np.exp(x - x.max(axis=-1))"),),
            shows="value",
        ),
        Variant(
            "average-keeps-no-axis",
            "keepdims=True is missing at the weighted average: it is stretched along the wrong axis, "
            "or doesn't fit.",
            edits=((AVERAGE, "average = np.sum(grad_output * self.y, axis=-1)"),),
            hypothesis="none",
        ),
        Variant(
            "sigmoid-each",
            "Each logit goes through a sigmoid of its own, e/(1 + e); the shares of a row have to sum"
            " to one.",
            edits=((SHARES, "self.y = e / (1 + e)"),),
            shows="value",
        ),
        Variant(
            "not-divided",
            "The exponentials aren't divided by their sum, so a row doesn't sum to one.",
            edits=((SHARES, "self.y = e"),),
            shows="value",
        ),
        Variant(
            "no-exponential",
            "The logits themselves are divided by their sum; softmax takes their exponentials first.",
            edits=((SHIFTED, "e = x - x.min(axis=-1, keepdims=True) + 1"),),
            shows="value",
        ),
        Variant(
            "logarithm",
            "This is the logarithm of softmax, which is the next exercise.",
            edits=(("return self.y\n", "return np.log(self.y + 1e-300)\n"),),
            shows="value",
        ),
        Variant(
            "slope-alone",
            "backward returns the diagonal y(1 − y) alone, and uses no incoming gradient.",
            edits=((SOFTMAX_BACK, "return self.y * (1 - self.y)"),),
            hypothesis="nonlinear",
        ),
        Variant(
            "upstream-ignored",
            "backward returns the gradient for an incoming gradient of ones, which is zero whatever "
            "the logits are.",
            edits=((SOFTMAX_BACK, "return self.y * (1 - self.y.sum(axis=-1, keepdims=True))"),),
            hypothesis="upstream",
        ),
        Variant(
            "logits-for-shares",
            "The logits stand where the probabilities belong.",
            edits=(
                (SHARES, f"{SHARES}\n        self.x = x"),
                (AVERAGE, "average = np.sum(grad_output * self.x, axis=-1, keepdims=True)"),
                (SOFTMAX_BACK, "return self.x * (grad_output - average)"),
            ),
            hypothesis="none",
        ),
        Variant(
            "average-subtracted-last",
            "The average is subtracted after the product with y: it belongs inside the brackets, y(G "
            "− average).",
            edits=((SOFTMAX_BACK, "return self.y * grad_output - average"),),
            hypothesis="none",
        ),
        Variant(
            "squared",
            "One factor y too many: the Jacobian's diagonal is y(1 − y), and G is weighted once.",
            edits=((SOFTMAX_BACK, "return self.y**2 * (grad_output - average)"),),
            hypothesis="times",
        ),
        Variant(
            "sign",
            "The gradient has the wrong sign: raising a logit raises its own probability.",
            edits=((SOFTMAX_BACK, "return self.y * (average - grad_output)"),),
            hypothesis="sign",
        ),
        Variant(
            "upstream-changed",
            "backward works in the array that it was given, which belongs to the caller.",
            edits=((SOFTMAX_BACK, "grad_output -= average\n        return self.y * grad_output"),),
            shows="behaviour",
        ),
        Variant(
            "kept-on-the-class",
            "forward keeps its output on the class, where all modules of this kind share it: keep it "
            "on self.",
            edits=(
                (SHARES, SHARES.replace("self", "Softmax")),
                ("return self.y\n", "return Softmax.y\n"),
                (AVERAGE, AVERAGE.replace("self", "Softmax")),
                (SOFTMAX_BACK, SOFTMAX_BACK.replace("self", "Softmax")),
            ),
            shows="behaviour",
        ),
        Variant(
            "maximum-over-batch",
            "The maximum is taken over the batch, a column's; it belongs to the row whose shares are "
            "computed.",
            edits=((SHIFTED, "e = np.exp(x - x.max(axis=0, keepdims=True))"),),
            shows="value",
        ),
        Variant(
            "absolute-maximum",
            "The largest absolute value is subtracted; where that belongs to a negative logit, all "
            "exponentials underflow to 0. Subtract the largest logit.",
            edits=((SHIFTED, "e = np.exp(x - np.abs(x).max(axis=-1, keepdims=True))"),),
            shows="value",
        ),
        Variant(
            "total-for-average",
            "Beside y·G stands y² times the plain sum of G; it is y times the sum of G·y.",
            edits=(
                (
                    SOFTMAX_BACK,
                    "return self.y * grad_output - self.y**2 * grad_output.sum(axis=-1, keepdims=True)",
                ),
            ),
            hypothesis="none",
        ),
        Variant(
            "unchanged",
            "The incoming gradient passes unchanged; it goes through the Jacobian first: y(G − average).",
            edits=((SOFTMAX_BACK, "return 1.0 * grad_output"),),
            hypothesis="formula",
        ),
        Variant(
            "average-divided",
            "The weighted average is divided by the number of classes once more: the weights y sum to"
            " one already.",
            edits=((AVERAGE, "average = np.mean(grad_output * self.y, axis=-1, keepdims=True)"),),
            hypothesis="axis",
        ),
    ),
    right=(
        Variant(
            "axis-made-anew",
            edits=(
                (SHIFTED, "e = np.exp(x - np.max(x, axis=-1)[..., None])"),
                (SHARES, "self.y = e / np.sum(e, axis=-1)[..., np.newaxis]"),
            ),
        ),
        Variant(
            "row-by-row",
            edits=(
                (
                    SOFTMAX_BACK,
                    "rows = [(np.diag(y) - np.outer(y, y)) @ g for y, g in zip(self.y, grad_output, strict=True)]\n        return np.array(rows)",
                ),
                (AVERAGE, "pass"),
            ),
        ),
        Variant(
            "whole-jacobian",
            edits=(
                (
                    SOFTMAX_BACK,
                    "jacobian = np.eye(self.y.shape[-1]) * self.y[..., None] - self.y[..., None] * self.y[..., None, :]\n"
                    '        return np.einsum("...i,...ij->...j", grad_output, jacobian)',
                ),
            ),
        ),
        Variant(
            "through-the-logarithm",
            edits=(
                (
                    SHARES,
                    "self.y = np.exp(x - np.logaddexp.reduce(x, axis=-1, keepdims=True))",
                ),
                (AVERAGE, "weighted = self.y * grad_output"),
                (SOFTMAX_BACK, "return weighted - self.y * weighted.sum(axis=-1, keepdims=True)"),
            ),
        ),
    ),
)
