"""What students write for LogSoftmax."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Exercise, Variant
from backprop.mistakes.far import run_rowwise

Names = Mapping[str, Any]


def logsoftmax(names: Names, rng: np.random.Generator) -> dict[str, Any]:
    """Probe LogSoftmax."""
    return run_rowwise(names["LogSoftmax"], rng, log=True)


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
            hypothesis="stale",
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
            "row-by-row",
            edits=(
                (
                    LOGSOFTMAX_BACK,
                    "return np.array([g - np.exp(y) * s for y, g, s in zip(self.y, grad_output, total, strict=True)])",
                ),
            ),
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
