"""What students write for LogSigmoid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Exercise, Variant
from backprop.mistakes.far import run_entrywise
from backprop.mistakes.log_softmax.common import HALVES, IN_PLACE, MIRRORED, SLOPE_BACK

Names = Mapping[str, Any]


def logsigmoid(names: Names, rng: np.random.Generator) -> dict[str, Any]:
    """Probe LogSigmoid."""
    return run_entrywise(names["LogSigmoid"], rng)


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
