"""What students write for Softplus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Exercise, Variant
from backprop.mistakes.far import run_entrywise
from backprop.mistakes.log_softmax.common import HALVES, IN_PLACE, MIRRORED, SLOPE_BACK

Names = Mapping[str, Any]


def softplus(names: Names, rng: np.random.Generator) -> dict[str, Any]:
    """Probe Softplus."""
    return run_entrywise(names["Softplus"], rng)


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
