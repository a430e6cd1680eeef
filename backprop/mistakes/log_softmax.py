"""What students write for 04-log-softmax: Softmax, LogSoftmax, Softplus, LogSigmoid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Bank, Exercise, Variant, run_entrywise, run_rowwise

Names = Mapping[str, Any]


def softmax(names: Names, rng: np.random.Generator) -> dict[str, Any]:
    """Probe Softmax."""
    return run_rowwise(names["Softmax"], rng)


def logsoftmax(names: Names, rng: np.random.Generator) -> dict[str, Any]:
    """Probe LogSoftmax."""
    return run_rowwise(names["LogSoftmax"], rng)


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
    ),
    right=(
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
            "A small number inside the logarithm hides log(0), but the value is wrong: −27 where −1000 belongs, "
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
    ),
    right=(
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
    ),
    right=(
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
        Variant("plain-log", edits=(("np.log1p(small)", "np.log(1 + small)"),)),
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
            "A small number inside the logarithm hides log(0), but the value is wrong: −27 where −1000 belongs.",
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
    ),
    right=(
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
