"""What students write for 04-log-softmax: Softmax, LogSoftmax, Softplus, LogSigmoid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Bank, Exercise, Variant
from backprop.mistakes.far import run_entrywise, run_rowwise

Names = Mapping[str, Any]


def softmax(names: Names, rng: np.random.Generator) -> dict[str, Any]:
    """Probe Softmax."""
    return run_rowwise(names["Softmax"], rng, log=False)


def logsoftmax(names: Names, rng: np.random.Generator) -> dict[str, Any]:
    """Probe LogSoftmax."""
    return run_rowwise(names["LogSoftmax"], rng, log=True)


def softplus(names: Names, rng: np.random.Generator) -> dict[str, Any]:
    """Probe Softplus."""
    return run_entrywise(names["Softplus"], rng)


def logsigmoid(names: Names, rng: np.random.Generator) -> dict[str, Any]:
    """Probe LogSigmoid."""
    return run_entrywise(names["LogSigmoid"], rng)


HALVES = "np.where(x >= 0, 1.0, small) / (1 + small)"
MIRRORED = "np.where(x >= 0, small, 1.0) / (1 + small)"
IN_PLACE = "the array that it was given, which belongs to the caller"

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
                    "rows = [(np.diag(y) - np.outer(y, y)) @ g for y, g in zip(self.y, grad_output, strict=True)]\n        return np.reshape(rows, grad_output.shape)",
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

ROW_SHIFT = "z = x - x.max(axis=-1, keepdims=True)"
LOG_SHARES = "self.y = z - np.log(np.sum(np.exp(z), axis=-1, keepdims=True))"
PROBABILITY = "np.exp(z) / np.sum(np.exp(z), axis=-1, keepdims=True)"
TOTAL = "total = grad_output.sum(axis=-1, keepdims=True)"
LOGSOFTMAX_BACK = "return grad_output - np.exp(self.y) * total"

LOGSOFTMAX = Exercise(
    "logsoftmax",
    logsoftmax,
    wrong=(
        Variant(
            "log-of-softmax",
            "The logarithm is taken of a softmax, which has rounded small probabilities to 0: log(0) is minus "
            "infinity. Subtract the logarithm of the sum from the logits.",
            edits=((LOG_SHARES, f"self.y = np.log({PROBABILITY})"),),
            shows="value",
        ),
        Variant(
            "epsilon-in-log",
            "A small number inside the logarithm hides log(0), but the value is wrong: log ε where −1000 belongs, "
            "and a gradient that lets go where the answer is worst.",
            edits=((LOG_SHARES, f"self.y = np.log({PROBABILITY} + 1e-12)"),),
            shows="value",
        ),
        Variant(
            "no-total",
            "The probabilities are subtracted without the sum of the incoming gradient in front of them.",
            edits=((LOGSOFTMAX_BACK, "return grad_output - np.exp(self.y)"),),
            hypothesis="axis",
        ),
        Variant(
            "total-over-batch",
            "The incoming gradient is summed over the batch; the sum runs over the classes of one row.",
            edits=((TOTAL, TOTAL.replace("-1", "0")),),
            hypothesis="axis",
        ),
        Variant(
            "total-over-everything",
            "The incoming gradient is summed over the whole batch and all classes; each row has its own sum.",
            edits=((TOTAL, "total = grad_output.sum()"),),
            hypothesis="axis",
        ),
        Variant(
            "log-probabilities",
            "Log-probabilities stand where probabilities belong: the slope of log Σ exp x is softmax itself.",
            edits=((LOGSOFTMAX_BACK, "return grad_output - self.y * total"),),
            hypothesis="axis",
        ),
        Variant(
            "no-shift",
            "The exponentials are taken of the logits as they are, and overflow at 1000: subtract each row's "
            "maximum first.",
            edits=((ROW_SHIFT, "z = x"),),
            shows="value",
        ),
        Variant(
            "shifted-once",
            "The maximum is subtracted inside the sum but not from the logit in front, so all values are too "
            "large by that maximum.",
            edits=((LOG_SHARES, LOG_SHARES.replace("z - np.log", "x - np.log")),),
            shows="value",
        ),
        Variant(
            "global-maximum",
            "The maximum of the whole batch is subtracted; in a row whose logits are much smaller the sum "
            "rounds to 0. Each row needs its own.",
            edits=((ROW_SHIFT, "z = x - x.max()"),),
            shows="value",
        ),
        Variant(
            "first-axis",
            "The sum of exponentials runs over the batch; it runs over the classes, along the last axis.",
            edits=((LOG_SHARES, LOG_SHARES.replace("-1", "0")),),
            shows="value",
        ),
        Variant(
            "softmax-backward",
            "This is the way back through softmax; the logarithm has cancelled its factor y.",
            edits=(
                (
                    LOGSOFTMAX_BACK,
                    "y = np.exp(self.y)\n"
                    "        return y * (grad_output - np.sum(grad_output * y, axis=-1, keepdims=True))",
                ),
            ),
            hypothesis="axis",
        ),
        Variant(
            "sign",
            "The second term is added; a larger normaliser makes every log-probability *smaller*.",
            edits=((LOGSOFTMAX_BACK, LOGSOFTMAX_BACK.replace("- np", "+ np")),),
            hypothesis="axis",
        ),
        Variant(
            "mean",
            "The incoming gradient is averaged over the classes where it should be summed.",
            edits=((TOTAL, TOTAL.replace("sum", "mean")),),
            hypothesis="axis",
        ),
        Variant(
            "normaliser-constant",
            "The gradient passes unchanged, as if the normaliser were a constant; every logit is part of it.",
            edits=((LOGSOFTMAX_BACK, "return grad_output.copy()"),),
            hypothesis="axis",
        ),
        Variant(
            "axis-one",
            "The axis is number 1, which is the last one only where there are two; axis=-1 is the "
            "last of any number.",
            edits=(
                (ROW_SHIFT, ROW_SHIFT.replace("-1", "1")),
                (LOG_SHARES, LOG_SHARES.replace("-1", "1")),
            ),
            shows="value",
        ),
        Variant(
            "mean-subtracted",
            "The mean of the logits is subtracted; the largest can still be far above it, and "
            "overflow. Subtract the maximum.",
            edits=((ROW_SHIFT, "z = x - x.mean(axis=-1, keepdims=True)"),),
            shows="value",
        ),
        Variant(
            "sum-keeps-no-axis",
            "keepdims=True is missing: the sums of the rows are stretched along the wrong axis, or "
            "don't fit.",
            edits=((LOG_SHARES, "self.y = z - np.log(np.sum(np.exp(z), axis=-1))"),),
            shows="value",
        ),
        Variant(
            "total-keeps-no-axis",
            "keepdims=True is missing at the sum of the incoming gradient: it is stretched along the "
            "wrong axis, or doesn't fit.",
            edits=((TOTAL, "total = grad_output.sum(axis=-1)"),),
            hypothesis="none",
        ),
        Variant(
            "sum-missing",
            "The logarithm of the sum is missing: subtracting the maximum alone makes the largest "
            "entry 0, not a row's probabilities sum to one.",
            edits=((LOG_SHARES, "self.y = z + 0.0"),),
            shows="value",
        ),
        Variant(
            "sum-of-logits",
            "The logarithm is taken of the sum of the logits; the exponentials are missing.",
            edits=((LOG_SHARES, "self.y = z - np.log(np.abs(np.sum(x, axis=-1, keepdims=True)) + 1e-300)"),),
            shows="value",
        ),
        Variant(
            "log-added",
            "The logarithm of the sum is added; dividing by the sum means subtracting its logarithm.",
            edits=((LOG_SHARES, LOG_SHARES.replace("z - np", "z + np")),),
            shows="value",
        ),
        Variant(
            "base-ten",
            "The logarithm has base 10; log-softmax uses the natural one.",
            edits=((LOG_SHARES, LOG_SHARES.replace("np.log(", "np.log10(")),),
            shows="value",
        ),
        Variant(
            "negative",
            "The sign is turned: these are the losses −log y, and log-probabilities are never positive.",
            edits=(("return self.y\n", "return -self.y\n"),),
            shows="value",
        ),
        Variant(
            "softmax",
            "This is softmax itself, without the logarithm.",
            edits=(("return self.y\n", "return np.exp(self.y)\n"),),
            shows="value",
        ),
        Variant(
            "diagonal-only",
            "Only the diagonal 1 − y of the Jacobian is used: each logit also moves the other log-"
            "probabilities, by the normaliser.",
            edits=((LOGSOFTMAX_BACK, "return grad_output * (1 - np.exp(self.y))"),),
            hypothesis="diagonal",
        ),
        Variant(
            "upstream-ignored",
            "backward returns 1 − y, the diagonal of the Jacobian, and uses no incoming gradient.",
            edits=((LOGSOFTMAX_BACK, "return 1 - np.exp(self.y)"),),
            hypothesis="nonlinear",
        ),
        Variant(
            "total-weighted",
            "The sum is weighted by the probabilities, as in softmax; here it is the plain sum of the"
            " incoming gradient.",
            edits=((TOTAL, "total = np.sum(grad_output * np.exp(self.y), axis=-1, keepdims=True)"),),
            hypothesis="none",
        ),
        Variant(
            "sign-everywhere",
            "The gradient has the wrong sign: raising a logit raises its own log-probability.",
            edits=((LOGSOFTMAX_BACK, "return np.exp(self.y) * total - grad_output"),),
            hypothesis="sign",
        ),
        Variant(
            "exponential-missing",
            "The incoming gradient's sum is subtracted everywhere in full; it is multiplied by the "
            "probability y first.",
            edits=((LOGSOFTMAX_BACK, "return grad_output - total"),),
            hypothesis="none",
        ),
        Variant(
            "input-shifted",
            "forward subtracts the maximum from the array that it was given, which belongs to the caller.",
            edits=((ROW_SHIFT, "x -= x.max(axis=-1, keepdims=True)\n        z = x"),),
            shows="behaviour",
        ),
        Variant(
            "upstream-changed",
            "backward works in the array that it was given, which belongs to the caller.",
            edits=((LOGSOFTMAX_BACK, "grad_output -= np.exp(self.y) * total\n        return grad_output"),),
            shows="behaviour",
        ),
        Variant(
            "kept-on-the-class",
            "forward keeps its output on the class, where all modules of this kind share it: keep it "
            "on self.",
            edits=(
                (LOG_SHARES, LOG_SHARES.replace("self", "LogSoftmax")),
                ("return self.y\n", "return LogSoftmax.y\n"),
                (LOGSOFTMAX_BACK, LOGSOFTMAX_BACK.replace("self", "LogSoftmax")),
            ),
            shows="behaviour",
        ),
        Variant(
            "one-too-many",
            "np.log1p adds 1 to the sum, and the sum has its 1 already, from the largest logit.",
            edits=((LOG_SHARES, LOG_SHARES.replace("np.log(", "np.log1p(")),),
            shows="value",
        ),
        Variant(
            "maximum-over-batch",
            "The maximum is taken over the batch, a column's; it belongs to the row.",
            edits=((ROW_SHIFT, "z = x - x.max(axis=0, keepdims=True)"),),
            shows="value",
        ),
        Variant(
            "probability-clipped",
            "The probability is cut off at a small number before its logarithm is taken: no log(0), "
            "but log ε where −1000 belongs.",
            edits=(
                (
                    LOG_SHARES,
                    "self.y = np.log(np.maximum(np.exp(z) / np.sum(np.exp(z), axis=-1, keepdims=True), 1e-15))",
                ),
            ),
            shows="value",
        ),
        Variant(
            "times-probability",
            "The incoming gradient is multiplied by the probability; that is the slope of an "
            "exponential. Here y times the sum of G is subtracted.",
            edits=((LOGSOFTMAX_BACK, "return grad_output * np.exp(self.y)"),),
            hypothesis="formula",
        ),
        Variant(
            "divided-by-probability",
            "1/y is the logarithm's own slope; softmax's Jacobian comes after it, and what is left is"
            " G − y·ΣG.",
            edits=((LOGSOFTMAX_BACK, "return grad_output / np.exp(self.y)"),),
            hypothesis="none",
        ),
    ),
    right=(
        Variant(
            "maximum-put-back",
            edits=(
                (
                    ROW_SHIFT,
                    "m = x.max(axis=-1, keepdims=True)\n        total = np.log(np.sum(np.exp(x - m), axis=-1, keepdims=True))",
                ),
                (LOG_SHARES, "self.y = x - (m + total)"),
            ),
        ),
        Variant(
            "probabilities-kept",
            edits=(
                (LOG_SHARES, f"{LOG_SHARES}\n        self.p = {PROBABILITY}"),
                (LOGSOFTMAX_BACK, "return grad_output - self.p * total"),
            ),
        ),
        Variant(
            "logaddexp",
            edits=((LOG_SHARES, "self.y = x - np.logaddexp.reduce(x, axis=-1, keepdims=True)"),),
        ),
        Variant(
            "whole-jacobian",
            edits=(
                (
                    LOGSOFTMAX_BACK,
                    "jacobian = np.eye(self.y.shape[-1]) - np.exp(self.y)[..., None, :]\n"
                    '        return np.einsum("...i,...ij->...j", grad_output, jacobian)',
                ),
            ),
        ),
    ),
)

SLOPE_BACK = "return grad_output * self.slope"
SOFTPLUS_SLOPE = f"self.slope = {HALVES}"
SOFTPLUS_VALUE = "return np.maximum(x, 0) + np.log1p(small)"

SOFTPLUS = Exercise(
    "softplus",
    softplus,
    wrong=(
        Variant(
            "overflow",
            "forward takes the exponential of x, which overflows at 1000: pull the larger exponential out of the "
            "sum first.",
            edits=((SOFTPLUS_VALUE, "return np.log(1 + np.exp(x))"),),
            shows="value",
        ),
        Variant(
            "slope-overflows",
            "forward is stable, but backward computes its sigmoid as exp(x) / (1 + exp(x)), which is inf / inf at "
            "1000.",
            edits=(
                (SOFTPLUS_SLOPE, "self.x = x"),
                (SLOPE_BACK, "return grad_output * np.exp(self.x) / (1 + np.exp(self.x))"),
            ),
        ),
        Variant(
            "maximum-missing",
            "The term max(x, 0) is missing: for large x softplus follows x, it doesn't go back to 0.",
            edits=((SOFTPLUS_VALUE, "return np.log1p(small)"),),
            shows="value",
        ),
        Variant(
            "relu",
            "This is ReLU, softplus's two asymptotes; the rounded corner log(1 + exp(−|x|)) is missing.",
            edits=((SOFTPLUS_VALUE, "return np.maximum(x, 0)"),),
            shows="value",
        ),
        Variant(
            "corner-subtracted",
            "The rounded corner is subtracted; softplus lies above both of its asymptotes.",
            edits=((SOFTPLUS_VALUE, SOFTPLUS_VALUE.replace("+", "-")),),
            shows="value",
        ),
        Variant(
            "base-two",
            "The logarithm has base 2; softplus uses the natural one.",
            edits=((SOFTPLUS_VALUE, "return np.maximum(x, 0) + np.log2(1 + small)"),),
            shows="value",
        ),
        Variant(
            "step-slope",
            "The slope is ReLU's step, 0 or 1; softplus's slope is the step with a rounded corner, the sigmoid.",
            edits=((SOFTPLUS_SLOPE, "self.slope = (x > 0) * 1.0"),),
            hypothesis="formula",
        ),
        Variant(
            "sigmoid-slope",
            "The slope is h(1 − h), the slope of the sigmoid; softplus's slope is the sigmoid itself.",
            edits=((SLOPE_BACK, "return grad_output * self.slope * (1 - self.slope)"),),
            hypothesis="formula",
        ),
        Variant(
            "mirrored-slope",
            "The slope is the sigmoid of −x; it should rise from 0 on the left to 1 on the right.",
            edits=((SOFTPLUS_SLOPE, f"self.slope = {MIRRORED}"),),
            hypothesis="formula",
        ),
        Variant(
            "sigmoid-of-output",
            "The sigmoid is taken of the output; softplus's slope is the sigmoid of the *input*.",
            edits=(
                (
                    SOFTPLUS_SLOPE,
                    "self.slope = 1 / (1 + np.exp(-np.maximum(x, 0) - np.log1p(small)))",
                ),
            ),
            hypothesis="formula",
        ),
        Variant(
            "upstream-ignored",
            "backward returns the slope alone; it has to be multiplied by the gradient that comes in.",
            edits=((SLOPE_BACK, "return self.slope.copy()"),),
            hypothesis="upstream",
        ),
        Variant(
            "upstream-changed",
            f"backward multiplies the slope into {IN_PLACE}.",
            edits=((SLOPE_BACK, "grad_output *= self.slope\n        return grad_output"),),
            shows="behaviour",
        ),
        Variant(
            "log-of-a-sum",
            "The logarithm is taken of 1 + t; for tiny t that sum rounds to 1, and the digits of t "
            "are lost. np.log1p(t) keeps them.",
            edits=(("np.log1p(small)", "np.log(1 + small)"),),
            shows="value",
        ),
        Variant(
            "threshold",
            "Above a threshold x itself is returned, where softplus still differs from it: log1p of "
            "the small exponential is exact everywhere.",
            edits=((SOFTPLUS_VALUE, "return np.where(x > 20, x, np.log1p(np.exp(np.minimum(x, 20))))"),),
            shows="value",
        ),
        Variant(
            "both-halves-computed",
            "Both formulas are computed everywhere before np.where chooses, so the one that isn't "
            "wanted overflows.",
            edits=(
                (SOFTPLUS_VALUE, "return np.where(x > 0, x + np.log1p(np.exp(-x)), np.log1p(np.exp(x)))"),
            ),
            shows="value",
        ),
        Variant(
            "overflow-log1p",
            "forward takes the exponential of x, which overflows at 1000, also inside log1p: pull the"
            " larger exponential out of the sum first.",
            edits=((SOFTPLUS_VALUE, "return np.log1p(np.exp(x))"),),
            shows="value",
        ),
        Variant(
            "clipped",
            "The input is clipped, but softplus grows with x: at 1000 it is 1000.",
            edits=((SOFTPLUS_VALUE, "return np.log1p(np.exp(np.clip(x, -500, 500)))"),),
            shows="value",
        ),
        Variant(
            "absolute",
            "|x| stands where max(x, 0) belongs: on the left softplus goes to 0.",
            edits=((SOFTPLUS_VALUE, "return np.abs(x) + np.log1p(small)"),),
            shows="value",
        ),
        Variant(
            "mirrored",
            "This is softplus(−x): it falls where it should rise.",
            edits=((SOFTPLUS_VALUE, "return np.maximum(-x, 0) + np.log1p(small)"),),
            shows="value",
        ),
        Variant(
            "no-logarithm",
            "The logarithm is missing: small is added as it is.",
            edits=((SOFTPLUS_VALUE, "return np.maximum(x, 0) + small"),),
            shows="value",
        ),
        Variant(
            "constant-slope",
            "The gradient passes unchanged, as if the slope were 1 everywhere; on the left it goes to 0.",
            edits=((SLOPE_BACK, "return 1.0 * grad_output"),),
            hypothesis="formula",
        ),
        Variant(
            "small-slope",
            "The slope is exp(−|x|)/(1 + exp(−|x|)) on both sides; where x is positive the numerator is 1.",
            edits=((SOFTPLUS_SLOPE, "self.slope = small / (1 + small)"),),
            hypothesis="none",
        ),
        Variant(
            "exponential-slope",
            "The slope is the exponential alone; the chain rule divides it by 1 + exp(x), the inside "
            "of the logarithm.",
            edits=((SOFTPLUS_SLOPE, "self.slope = np.exp(np.minimum(x, 700))"),),
            hypothesis="formula",
        ),
        Variant(
            "upstream-added",
            "The slope is added to the gradient that comes in; the chain rule multiplies.",
            edits=((SLOPE_BACK, "return grad_output + self.slope"),),
            hypothesis="nonlinear",
        ),
        Variant(
            "sign",
            "The gradient has the wrong sign: softplus rises.",
            edits=((SLOPE_BACK, "return -grad_output * self.slope"),),
            hypothesis="sign",
        ),
        Variant(
            "slope-overwritten",
            "The same name holds the slope and, after backward, something else, so a second backward "
            "starts from the wrong numbers: what forward kept has to stay as it is.",
            edits=((SLOPE_BACK, "self.slope = grad_output * self.slope\n        return self.slope"),),
            shows="behaviour",
        ),
        Variant(
            "kept-on-the-class",
            "forward keeps the slope on the class, where all modules of this kind share it: keep it on self.",
            edits=(
                (SOFTPLUS_SLOPE, SOFTPLUS_SLOPE.replace("self", "Softplus")),
                (SLOPE_BACK, "return grad_output * Softplus.slope"),
            ),
            shows="behaviour",
        ),
        Variant(
            "relu-throughout",
            "This is ReLU, softplus's two asymptotes, with its step for a slope; the rounded corner "
            "log(1 + exp(−|x|)) is missing.",
            edits=(
                (SOFTPLUS_VALUE, "return np.maximum(x, 0)"),
                (SOFTPLUS_SLOPE, "self.slope = (x > 0) * 1.0"),
            ),
            shows="value",
        ),
        Variant(
            "clipped-near",
            "The input is clipped, but softplus grows with x, and on the left it goes to 0.",
            edits=((SOFTPLUS_VALUE, "return np.log1p(np.exp(np.clip(x, -30, 30)))"),),
            shows="value",
        ),
        Variant(
            "minimum-for-maximum",
            "min(x, 0) stands where max(x, 0) belongs: softplus is never negative.",
            edits=((SOFTPLUS_VALUE, "return np.minimum(x, 0) + np.log1p(small)"),),
            shows="value",
        ),
        Variant(
            "input-for-maximum",
            "x stands where max(x, 0) belongs: on the left softplus goes to 0.",
            edits=((SOFTPLUS_VALUE, "return x + np.log1p(small)"),),
            shows="value",
        ),
        Variant(
            "epsilon-in-log",
            "A small number inside the logarithm: it is all that is left on the left, where softplus "
            "goes to 0. 1 + t is never 0, so nothing has to be avoided.",
            edits=((SOFTPLUS_VALUE, "return np.maximum(x, 0) + np.log(1 + small + 1e-12)"),),
            shows="value",
        ),
        Variant(
            "squared-slope",
            "The slope is h²; the chain rule gives exp(x)/(1 + exp(x)), which is h.",
            edits=((SLOPE_BACK, "return grad_output * self.slope**2"),),
            hypothesis="none",
        ),
    ),
    right=(
        Variant(
            "threshold-where-nothing-is-lost",
            edits=((SOFTPLUS_VALUE, "return np.where(x > 37, x, np.log1p(np.exp(np.minimum(x, 37))))"),),
        ),
        Variant(
            "logaddexp",
            edits=(
                (SOFTPLUS_SLOPE, "self.slope = 0.5 * (1 + np.tanh(x / 2))"),
                (SOFTPLUS_VALUE, "return np.logaddexp(0, x)"),
            ),
        ),
        Variant(
            "slope-from-output",
            edits=(
                (SOFTPLUS_SLOPE, "self.y = np.maximum(x, 0) + np.log1p(small)"),
                (SOFTPLUS_VALUE, "return self.y"),
                (SLOPE_BACK, "return grad_output * (1 - np.exp(-self.y))"),
            ),
        ),
    ),
)

LOGSIGMOID_SLOPE = f"self.slope = {MIRRORED}"
LOGSIGMOID_VALUE = "return np.minimum(x, 0) - np.log1p(small)"

LOGSIGMOID = Exercise(
    "logsigmoid",
    logsigmoid,
    wrong=(
        Variant(
            "log-of-sigmoid",
            "The logarithm is taken of a sigmoid that has been rounded to 0 at −1000, and log(0) is minus infinity.",
            edits=((LOGSIGMOID_VALUE, f"return np.log({HALVES})"),),
            shows="value",
        ),
        Variant(
            "epsilon-in-log",
            "A small number inside the logarithm hides log(0), but the value is wrong: log ε where −1000 belongs.",
            edits=((LOGSIGMOID_VALUE, f"return np.log({HALVES} + 1e-12)"),),
            shows="value",
        ),
        Variant(
            "overflow-right",
            "forward computes x − log(1 + exp(x)), whose exponential overflows at 1000.",
            edits=((LOGSIGMOID_VALUE, "return x - np.log(1 + np.exp(x))"),),
            shows="value",
        ),
        Variant(
            "overflow-left",
            "forward computes −log(1 + exp(−x)), whose exponential overflows at −1000.",
            edits=((LOGSIGMOID_VALUE, "return -np.log(1 + np.exp(-x))"),),
            shows="value",
        ),
        Variant(
            "sigmoid-for-slope",
            "The slope is the sigmoid of x, which is softplus's; here it is the sigmoid of −x, large on the left.",
            edits=((LOGSIGMOID_SLOPE, f"self.slope = {HALVES}"),),
            hypothesis="formula",
        ),
        Variant(
            "sigmoid-slope",
            "The slope is h(1 − h), the sigmoid's; dividing by h, as the logarithm does, leaves 1 − h.",
            edits=((SLOPE_BACK, "return grad_output * self.slope * (1 - self.slope)"),),
            hypothesis="formula",
        ),
        Variant(
            "sign",
            "The gradient has the wrong sign: the logarithm of a rising function rises.",
            edits=((SLOPE_BACK, "return -grad_output * self.slope"),),
            hypothesis="sign",
        ),
        Variant(
            "upstream-ignored",
            "backward returns the slope alone; it has to be multiplied by the gradient that comes in.",
            edits=((SLOPE_BACK, "return self.slope.copy()"),),
            hypothesis="upstream",
        ),
        Variant(
            "not-negated",
            "forward returns softplus(−x); the logarithm of a number below 1 is negative.",
            edits=((LOGSIGMOID_VALUE, "return np.log1p(small) - np.minimum(x, 0)"),),
            shows="value",
        ),
        Variant(
            "not-mirrored",
            "forward returns −softplus(x): the two mirrors are −softplus(−x), one inside and one outside.",
            edits=((LOGSIGMOID_VALUE, "return np.minimum(-x, 0) - np.log1p(small)"),),
            shows="value",
        ),
        Variant(
            "slope-from-output",
            "The slope is 1 minus the output; it is 1 − h, and the output is log h.",
            edits=((LOGSIGMOID_SLOPE, "self.slope = 1 - np.minimum(x, 0) + np.log1p(small)"),),
            hypothesis="formula",
        ),
        Variant(
            "upstream-changed",
            f"backward multiplies the slope into {IN_PLACE}.",
            edits=((SLOPE_BACK, "grad_output *= self.slope\n        return grad_output"),),
            shows="behaviour",
        ),
        Variant(
            "cancellation",
            "forward subtracts softplus(x) from x, two numbers that are nearly equal for large x: "
            "their difference loses all digits. −softplus(−x) has no such subtraction.",
            edits=((LOGSIGMOID_VALUE, "return x - (np.maximum(x, 0) + np.log1p(small))"),),
            shows="value",
        ),
        Variant(
            "log-of-a-sum",
            "The logarithm is taken of 1 + t; for tiny t that sum rounds to 1, and the digits of t "
            "are lost. np.log1p(t) keeps them.",
            edits=(("np.log1p(small)", "np.log(1 + small)"),),
            shows="value",
        ),
        Variant(
            "overflow-left-log1p",
            "forward computes −log1p(exp(−x)), whose exponential overflows at −1000.",
            edits=((LOGSIGMOID_VALUE, "return -np.log1p(np.exp(-x))"),),
            shows="value",
        ),
        Variant(
            "both-halves-computed",
            "Both formulas are computed everywhere before np.where chooses, so the one that isn't "
            "wanted overflows.",
            edits=(
                (LOGSIGMOID_VALUE, "return np.where(x > 0, -np.log1p(np.exp(-x)), x - np.log1p(np.exp(x)))"),
            ),
            shows="value",
        ),
        Variant(
            "clipped",
            "The input is clipped, but log h grows with x on the left: at −1000 it is −1000.",
            edits=((LOGSIGMOID_VALUE, "return -np.log1p(np.exp(-np.clip(x, -500, 500)))"),),
            shows="value",
        ),
        Variant(
            "minimum-missing",
            "The term min(x, 0) is missing: for very negative x the result follows x, it doesn't go "
            "back to 0.",
            edits=((LOGSIGMOID_VALUE, "return -np.log1p(small)"),),
            shows="value",
        ),
        Variant(
            "maximum-for-minimum",
            "max(x, 0) stands where min(x, 0) belongs: log h is never positive.",
            edits=((LOGSIGMOID_VALUE, "return np.maximum(x, 0) - np.log1p(small)"),),
            shows="value",
        ),
        Variant(
            "sigmoid",
            "This is the sigmoid itself, without the logarithm.",
            edits=((LOGSIGMOID_VALUE, f"return {HALVES}"),),
            shows="value",
        ),
        Variant(
            "logarithm-only",
            "The slope is 1/h, the logarithm's own; by the chain rule the sigmoid's slope h(1 − h) is"
            " multiplied to it, which leaves 1 − h.",
            edits=((LOGSIGMOID_SLOPE, "self.slope = 1 / np.maximum(" + HALVES + ", 1e-300)"),),
            hypothesis="none",
        ),
        Variant(
            "step-slope",
            "The slope is a step, 1 on the left and 0 on the right; it falls smoothly, as the sigmoid of −x.",
            edits=((LOGSIGMOID_SLOPE, "self.slope = (x < 0) * 1.0"),),
            hypothesis="none",
        ),
        Variant(
            "constant-slope",
            "The gradient passes unchanged, as if the slope were 1 everywhere; on the right it goes to 0.",
            edits=((SLOPE_BACK, "return 1.0 * grad_output"),),
            hypothesis="formula",
        ),
        Variant(
            "upstream-added",
            "The slope is added to the gradient that comes in; the chain rule multiplies.",
            edits=((SLOPE_BACK, "return grad_output + self.slope"),),
            hypothesis="nonlinear",
        ),
        Variant(
            "slope-overwritten",
            "The same name holds the slope and, after backward, something else, so a second backward "
            "starts from the wrong numbers: what forward kept has to stay as it is.",
            edits=((SLOPE_BACK, "self.slope = grad_output * self.slope\n        return self.slope"),),
            shows="behaviour",
        ),
        Variant(
            "kept-on-the-class",
            "forward keeps the slope on the class, where all modules of this kind share it: keep it on self.",
            edits=(
                (LOGSIGMOID_SLOPE, LOGSIGMOID_SLOPE.replace("self", "LogSigmoid")),
                (SLOPE_BACK, "return grad_output * LogSigmoid.slope"),
            ),
            shows="behaviour",
        ),
        Variant(
            "larger-epsilon-in-log",
            "A small number inside the logarithm hides log(0), but the value is wrong: log ε where "
            "−1000 belongs.",
            edits=((LOGSIGMOID_VALUE, f"return np.log({HALVES} + 1e-8)"),),
            shows="value",
        ),
        Variant(
            "threshold",
            "Below a threshold x itself is returned, where log h still differs from it: log1p of the "
            "small exponential is exact everywhere.",
            edits=(
                (LOGSIGMOID_VALUE, "return np.where(x < -15, x, -np.log1p(np.exp(-np.maximum(x, -15))))"),
            ),
            shows="value",
        ),
        Variant(
            "sigmoid-negative",
            "The slope is −h; by the chain rule it is h(−x) = 1 − h, and positive.",
            edits=((LOGSIGMOID_SLOPE, "self.slope = -" + HALVES),),
            hypothesis="none",
        ),
        Variant(
            "plus",
            "The slope is 1 + h; it is 1 − h, which goes to 0 where h goes to 1.",
            edits=((LOGSIGMOID_SLOPE, "self.slope = 1 + " + HALVES),),
            hypothesis="none",
        ),
    ),
    right=(
        Variant("one-less-the-sigmoid", edits=((LOGSIGMOID_SLOPE, "self.slope = 1 - " + HALVES),)),
        Variant("logaddexp", edits=((LOGSIGMOID_VALUE, "return -np.logaddexp(0, -x)"),)),
        Variant(
            "slope-of-output",
            edits=(
                (LOGSIGMOID_SLOPE, "self.y = np.minimum(x, 0) - np.log1p(small)"),
                (LOGSIGMOID_VALUE, "return self.y"),
                (SLOPE_BACK, "return grad_output * -np.expm1(self.y)"),
            ),
        ),
        Variant("difference", edits=((LOGSIGMOID_VALUE, "return x - np.maximum(x, 0) - np.log1p(small)"),)),
    ),
)

BANK = Bank("04-log-softmax", (SOFTMAX, LOGSOFTMAX, SOFTPLUS, LOGSIGMOID))
