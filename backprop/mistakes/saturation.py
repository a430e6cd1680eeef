"""What students write for 03-saturation: Sigmoid and Tanh."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from backprop.mistakes.bank import Bank, Exercise, Variant
from backprop.mistakes.far import in_words, run_entrywise

Names = Mapping[str, Any]


def sigmoid(names: Names, rng: np.random.Generator) -> dict[str, Any]:
    """Probe Sigmoid."""
    seen = run_entrywise(names["Sigmoid"], rng)
    seen["forward at 0"] = in_words(partial(names["Sigmoid"]().forward, np.array([0.0])), 0.0)
    return seen


def tanh(names: Names, rng: np.random.Generator) -> dict[str, Any]:
    """Probe Tanh."""
    return run_entrywise(names["Tanh"], rng)


HALVES = "np.where(x >= 0, 1.0, small) / (1 + small)"
MIRRORED = "np.where(x >= 0, small, 1.0) / (1 + small)"
IN_PLACE = "the array that it was given, which belongs to the caller"

SIGMOID_VALUE = f"self.y = {HALVES}"
SIGMOID_SLOPE = "return grad_output * self.y * (1 - self.y)"

SIGMOID = Exercise(
    "sigmoid",
    sigmoid,
    wrong=(
        Variant(
            "slope-of-input",
            "The slope is computed as x(1 − x) from the input; the formula h(1 − h) wants the *output*.",
            edits=(
                (SIGMOID_VALUE, f"{SIGMOID_VALUE}\n        self.x = x"),
                (SIGMOID_SLOPE, "return grad_output * self.x * (1 - self.x)"),
            ),
            hypothesis="formula",
        ),
        Variant(
            "sigmoid-of-output",
            "The sigmoid is applied once more to the output before the slope is taken: the output already is h.",
            edits=(
                (
                    SIGMOID_SLOPE,
                    "h = 1 / (1 + np.exp(-self.y))\n        return grad_output * h * (1 - h)",
                ),
            ),
            hypothesis="formula",
        ),
        Variant(
            "upstream-ignored",
            "backward returns the slope alone; it has to be multiplied by the gradient that comes in.",
            edits=((SIGMOID_SLOPE, "return self.y * (1 - self.y)"),),
            hypothesis="upstream",
        ),
        Variant(
            "overflow",
            "forward takes the exponential of −x, which overflows for x = −1000: only exponentials of something "
            "negative are safe.",
            edits=((SIGMOID_VALUE, "self.y = 1 / (1 + np.exp(-x))"),),
            shows="value",
        ),
        Variant(
            "both-halves-computed",
            "An exponential overflows at both ends. Perhaps both formulas are computed everywhere before np.where "
            "chooses; only exponentials of something negative, such as −|x|, are safe.",
            edits=(
                (
                    SIGMOID_VALUE,
                    "self.y = np.where(x >= 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x)))",
                ),
            ),
            shows="value",
        ),
        Variant(
            "mirrored",
            "The sigmoid runs the wrong way: it falls from 1 to 0 where it should rise.",
            edits=((HALVES, MIRRORED),),
            shows="value",
        ),
        Variant(
            "tanh-slope",
            "The slope 1 − y² belongs to tanh; the sigmoid's is h(1 − h).",
            edits=((SIGMOID_SLOPE, "return grad_output * (1 - self.y**2)"),),
            hypothesis="formula",
        ),
        Variant(
            "one-factor",
            "The slope is h alone; the factor 1 − h is missing, so that nothing ever saturates on the right.",
            edits=((SIGMOID_SLOPE, "return grad_output * self.y"),),
            hypothesis="formula",
        ),
        Variant(
            "other-factor",
            "The slope is 1 − h alone, which is the slope of log h; the sigmoid's has the factor h as well.",
            edits=((SIGMOID_SLOPE, "return grad_output * (1 - self.y)"),),
            hypothesis="formula",
        ),
        Variant(
            "constant-slope",
            "The slope is a quarter everywhere; that is its largest value, at 0, and elsewhere it is smaller.",
            edits=((SIGMOID_SLOPE, "return grad_output * 0.25"),),
            hypothesis="formula",
        ),
        Variant(
            "sign",
            "The gradient has the wrong sign: the sigmoid rises, so its slope is positive.",
            edits=((SIGMOID_SLOPE, "return -grad_output * self.y * (1 - self.y)"),),
            hypothesis="sign",
        ),
        Variant(
            "upstream-changed",
            f"backward multiplies the slope into {IN_PLACE}.",
            edits=((SIGMOID_SLOPE, "grad_output *= self.y * (1 - self.y)\n        return grad_output"),),
            shows="behaviour",
        ),
        Variant(
            "overflow-right",
            "forward divides exp(x) by 1 + exp(x), which is infinity by infinity for x = 1000: only "
            "exponentials of something negative are safe.",
            edits=((SIGMOID_VALUE, "self.y = np.exp(x) / (1 + np.exp(x))"),),
            shows="value",
        ),
        Variant(
            "clipped",
            "The input is clipped so near to 0 that the ends aren't flat: there the output still has "
            "to go to 0 and 1, and the slope to 0.",
            edits=((SIGMOID_VALUE, "self.y = 1 / (1 + np.exp(-np.clip(x, -10, 10)))"),),
            shows="value",
        ),
        Variant(
            "clipped-further",
            "The input is clipped too early: there the sigmoid is still many times its rounding away from 0. "
            "Clip beyond ±40, or not at all.",
            edits=((SIGMOID_VALUE, "self.y = 1 / (1 + np.exp(-np.clip(x, -30, 30)))"),),
            shows="value",
        ),
        Variant(
            "numerator",
            "The numerator is 1 on both sides; for negative x it is exp(x), so that the output falls "
            "below one half.",
            edits=((HALVES, "1 / (1 + small)"),),
            shows="value",
        ),
        Variant(
            "numerator-small",
            "The numerator is the small exponential on both sides; for positive x it is 1, so that "
            "the output rises above one half.",
            edits=((HALVES, "small / (1 + small)"),),
            shows="value",
        ),
        Variant(
            "ramp",
            "This is a straight ramp, cut off at 0 and 1; the sigmoid bends, and only nears its ends.",
            edits=((SIGMOID_VALUE, "self.y = np.clip(0.25 * x + 0.5, 0, 1)"),),
            shows="value",
        ),
        Variant(
            "ramp-and-its-slope",
            "This is a straight ramp, cut off at 0 and 1; the sigmoid bends, and only nears its ends.",
            edits=(
                (SIGMOID_VALUE, "self.y = np.clip(0.25 * x + 0.5, 0, 1)"),
                (SIGMOID_SLOPE, "return grad_output * 0.25 * ((self.y > 0) & (self.y < 1))"),
            ),
            shows="value",
        ),
        Variant(
            "zero-in-neither-half",
            "x = 0 belongs to neither half, neither to x > 0 nor to x < 0, so its output stays 0; it is 1/2.",
            edits=((SIGMOID_VALUE, f"self.y = np.where(x == 0, 0.0, {HALVES})"),),
            shows="value",
        ),
        Variant(
            "upstream-squashed",
            "The sigmoid is taken of the gradient that comes in; its slope belongs to the input of "
            "forward, and the gradient is multiplied by it.",
            edits=((SIGMOID_SLOPE, "h = 1 / (1 + np.exp(-grad_output))\n        return h * (1 - h)"),),
            hypothesis="nonlinear",
        ),
        Variant(
            "upstream-added",
            "The slope is added to the gradient that comes in; the chain rule multiplies.",
            edits=((SIGMOID_SLOPE, "return grad_output + self.y * (1 - self.y)"),),
            hypothesis="nonlinear",
        ),
        Variant(
            "plus",
            "The slope is computed as h(1 + h); the sigmoid flattens towards 1, so it is h(1 − h).",
            edits=((SIGMOID_SLOPE, "return grad_output * self.y * (1 + self.y)"),),
            hypothesis="formula",
        ),
        Variant(
            "square-inside",
            "The slope is computed as h(1 − h²), a mixture of the sigmoid's and tanh's; the sigmoid's"
            " is h(1 − h).",
            edits=((SIGMOID_SLOPE, "return grad_output * self.y * (1 - self.y**2)"),),
            hypothesis="formula",
        ),
        Variant(
            "brackets",
            "The brackets are missing: this is G·h − h, where G·h·(1 − h) is meant.",
            edits=((SIGMOID_SLOPE, "return grad_output * self.y * 1 - self.y"),),
            hypothesis="nonlinear",
        ),
        Variant(
            "exponential-only",
            "The slope is exp(−x) alone, the inner derivative; the outer one, h², belongs in front of it.",
            edits=(
                (SIGMOID_VALUE, f"{SIGMOID_VALUE}\n        self.x = x"),
                (SIGMOID_SLOPE, "return grad_output * np.exp(-np.abs(self.x))"),
            ),
            hypothesis="none",
        ),
        Variant(
            "output-overwritten",
            "The same name holds the output and, after backward, something else, so a second backward"
            " starts from the wrong numbers: what forward kept has to stay as it is.",
            edits=((SIGMOID_SLOPE, "self.y = self.y * (1 - self.y)\n        return grad_output * self.y"),),
            shows="behaviour",
        ),
        Variant(
            "kept-on-the-class",
            "forward keeps its output where all modules of this kind share it, on the class or in a global "
            "variable: keep it on self.",
            edits=(
                (SIGMOID_VALUE, f"{SIGMOID_VALUE}\n        Sigmoid.y = self.y\n        del self.y"),
                ("return self.y\n", "return Sigmoid.y\n"),
                (SIGMOID_SLOPE, "return grad_output * Sigmoid.y * (1 - Sigmoid.y)"),
            ),
            shows="behaviour",
        ),
        Variant(
            "small-slope",
            "The slope is exp(−|x|)/(1 + exp(−|x|)), without the square below: h(1 − h) divides by (1"
            " + exp(−|x|))².",
            edits=(
                (SIGMOID_VALUE, f"{SIGMOID_VALUE}\n        self.small = small"),
                (SIGMOID_SLOPE, "return grad_output * self.small / (1 + self.small)"),
            ),
            hypothesis="none",
        ),
        Variant(
            "larger-share",
            "The slope is the larger one of h and 1 − h alone; it is their product.",
            edits=((SIGMOID_SLOPE, "return grad_output * np.maximum(self.y, 1 - self.y)"),),
            hypothesis="none",
        ),
        Variant(
            "doubled",
            "forward computes h(2x), which is twice as steep as the sigmoid; that one belongs into tanh.",
            edits=((SIGMOID_VALUE, "self.y = 0.5 * (1 + np.tanh(x))"),),
            shows="value",
        ),
    ),
    right=(
        Variant(
            "number-by-number",
            edits=(
                (
                    SIGMOID_VALUE,
                    "import math\n\n        each = [1 / (1 + math.exp(-v)) if v >= 0 else math.exp(v) / (1 + math.exp(v)) for v in x.ravel()]\n        self.y = np.array(each).reshape(x.shape)",
                ),
            ),
        ),
        Variant("logaddexp", edits=((SIGMOID_VALUE, "self.y = np.exp(-np.logaddexp(0, -x))"),)),
        Variant(
            "slope-from-the-exponential",
            edits=(
                (SIGMOID_VALUE, f"{SIGMOID_VALUE}\n        self.small = small"),
                (SIGMOID_SLOPE, "return grad_output * self.small / (1 + self.small) ** 2"),
            ),
        ),
        Variant("half-tanh", edits=((SIGMOID_VALUE, "self.y = 0.5 * (1 + np.tanh(x / 2))"),)),
        Variant(
            "masks",
            edits=(
                (
                    SIGMOID_VALUE,
                    "self.y = np.empty_like(x)\n        up = x >= 0\n"
                    "        self.y[up] = 1 / (1 + np.exp(-x[up]))\n"
                    "        self.y[~up] = np.exp(x[~up]) / (1 + np.exp(x[~up]))",
                ),
                (SIGMOID_SLOPE, "return (self.y - self.y**2) * grad_output"),
            ),
        ),
        Variant(
            "clipped-far-out", edits=((SIGMOID_VALUE, "self.y = 1 / (1 + np.exp(-np.clip(x, -700, 700)))"),)
        ),
    ),
)

TANH_VALUE = "self.y = np.tanh(x)"
TANH_SLOPE = "return grad_output * (1 - self.y**2)"

TANH = Exercise(
    "tanh",
    tanh,
    wrong=(
        Variant(
            "not-squared",
            "The slope is computed as 1 − y; it is 1 − y², which is even: the same on both sides of zero.",
            edits=((TANH_SLOPE, "return grad_output * (1 - self.y)"),),
            hypothesis="formula",
        ),
        Variant(
            "slope-of-input",
            "The slope is computed as 1 − x² from the input; the formula 1 − y² wants the *output*.",
            edits=((TANH_VALUE, f"{TANH_VALUE}\n        self.x = x"), ("self.y**2", "self.x**2")),
            hypothesis="formula",
        ),
        Variant(
            "tanh-of-output",
            "tanh is applied once more to the output before the slope is taken: the output already is y.",
            edits=(("self.y**2", "np.tanh(self.y) ** 2"),),
            hypothesis="formula",
        ),
        Variant(
            "upstream-ignored",
            "backward returns the slope alone; it has to be multiplied by the gradient that comes in.",
            edits=((TANH_SLOPE, "return 1 - self.y**2"),),
            hypothesis="upstream",
        ),
        Variant(
            "sigmoid-slope",
            "The slope y(1 − y) belongs to the sigmoid; tanh's is 1 − y².",
            edits=((TANH_SLOPE, "return grad_output * self.y * (1 - self.y)"),),
            hypothesis="formula",
        ),
        Variant(
            "overflow",
            "forward divides exponentials, or sinh by cosh, and they overflow at ±1000; np.tanh doesn't.",
            edits=((TANH_VALUE, "self.y = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))"),),
            shows="value",
        ),
        Variant(
            "argument-not-doubled",
            "forward computes 2h(x) − 1 with the sigmoid h; tanh is 2h(2x) − 1, twice as steep.",
            edits=((TANH_VALUE, "self.y = np.tanh(x / 2)"),),
            shows="value",
        ),
        Variant(
            "plus",
            "The slope is computed as 1 + y²; tanh flattens away from zero, so its slope is 1 − y².",
            edits=(("(1 - self.y**2)", "(1 + self.y**2)"),),
            hypothesis="formula",
        ),
        Variant(
            "input-overwritten",
            f"forward writes its result into {IN_PLACE}.",
            edits=((TANH_VALUE, "self.y = np.tanh(x, out=x)"),),
            shows="behaviour",
        ),
        Variant(
            "upstream-changed",
            f"backward multiplies the slope into {IN_PLACE}.",
            edits=((TANH_SLOPE, "grad_output *= 1 - self.y**2\n        return grad_output"),),
            shows="behaviour",
        ),
        Variant(
            "sign",
            "The gradient has the wrong sign: tanh rises, so its slope is positive.",
            edits=((TANH_SLOPE, "return grad_output * (self.y**2 - 1)"),),
            hypothesis="sign",
        ),
        Variant(
            "four-times",
            "The slope is four times too large: the 4 in the derivation is used up when the halves are multiplied.",
            edits=((TANH_SLOPE, "return 4 * grad_output * (1 - self.y**2)"),),
            hypothesis="factor",
        ),
        Variant(
            "square-outside",
            "The slope is computed as (1 − y)²; the square belongs to y alone: 1 − y².",
            edits=(("(1 - self.y**2)", "(1 - self.y) ** 2"),),
            hypothesis="formula",
        ),
        Variant(
            "not-doubled-throughout",
            "Both methods are those of 2h(x) − 1 with the sigmoid h; tanh is 2h(2x) − 1, twice as steep.",
            edits=(
                (TANH_VALUE, "self.y = np.tanh(x / 2)"),
                (TANH_SLOPE, "return 0.5 * grad_output * (1 - self.y**2)"),
            ),
            shows="value",
        ),
        Variant(
            "overflow-right",
            "forward takes exp(2x), which overflows for x = 1000: np.tanh doesn't.",
            edits=((TANH_VALUE, "self.y = (np.exp(2 * x) - 1) / (np.exp(2 * x) + 1)"),),
            shows="value",
        ),
        Variant(
            "ramp",
            "This is a straight line, cut off at −1 and 1; tanh bends, and only nears its ends.",
            edits=((TANH_VALUE, "self.y = np.clip(x, -1, 1)"),),
            shows="value",
        ),
        Variant(
            "sigmoid",
            "This is the sigmoid, which runs from 0 to 1; tanh runs from −1 to 1.",
            edits=((TANH_VALUE, "self.y = 0.5 * (1 + np.tanh(x / 2))"),),
            shows="value",
        ),
        Variant(
            "half",
            "The slope is half of what it should be: in 2h(2x) − 1 one 2 stands in front of h, and "
            "the chain rule brings another from inside.",
            edits=((TANH_SLOPE, "return 0.5 * grad_output * (1 - self.y**2)"),),
            hypothesis="factor",
        ),
        Variant(
            "constant-slope",
            "The gradient passes unchanged, as if the slope were 1 everywhere; that is its value at "
            "0, and elsewhere it is smaller.",
            edits=((TANH_SLOPE, "return 1.0 * grad_output"),),
            hypothesis="formula",
        ),
        Variant(
            "cosh-not-squared",
            "The slope is 1/cosh(x); the square is missing: 1/cosh²(x), which is 1 − y².",
            edits=((TANH_SLOPE, "return grad_output * np.sqrt(1 - self.y**2)"),),
            hypothesis="none",
        ),
        Variant(
            "upstream-added",
            "The slope is added to the gradient that comes in; the chain rule multiplies.",
            edits=((TANH_SLOPE, "return grad_output + (1 - self.y**2)"),),
            hypothesis="nonlinear",
        ),
        Variant(
            "brackets",
            "The brackets are missing: this is G − y², where G·(1 − y²) is meant.",
            edits=((TANH_SLOPE, "return grad_output * 1 - self.y**2"),),
            hypothesis="nonlinear",
        ),
        Variant(
            "upstream-inside",
            "The gradient that comes in is multiplied with y before the square: it belongs in front, "
            "G·(1 − y²).",
            edits=((TANH_SLOPE, "return 1 - (grad_output * self.y) ** 2"),),
            hypothesis="nonlinear",
        ),
        Variant(
            "output-overwritten",
            "The same name holds the output and, after backward, something else, so a second backward"
            " starts from the wrong numbers: what forward kept has to stay as it is.",
            edits=((TANH_SLOPE, "self.y = 1 - self.y**2\n        return grad_output * self.y"),),
            shows="behaviour",
        ),
        Variant(
            "kept-on-the-class",
            "forward keeps its output where all modules of this kind share it, on the class or in a global "
            "variable: keep it on self.",
            edits=(
                (TANH_VALUE, "Tanh.y = np.tanh(x)"),
                ("return self.y\n", "return Tanh.y\n"),
                (TANH_SLOPE, "return grad_output * (1 - Tanh.y**2)"),
            ),
            shows="behaviour",
        ),
        Variant(
            "not-stretched",
            "forward returns the sigmoid h(2x), from 0 to 1; tanh is 2h(2x) − 1.",
            edits=((TANH_VALUE, "self.y = 0.5 * (1 + np.tanh(x))"),),
            shows="value",
        ),
        Variant(
            "arctan-slope",
            "The slope 1/(1 + x²) belongs to the arc tangent; that of the hyperbolic tangent is 1 − y².",
            edits=(
                (TANH_VALUE, f"{TANH_VALUE}\n        self.x = x"),
                (TANH_SLOPE, "return grad_output / (1 + self.x**2)"),
            ),
            hypothesis="none",
        ),
        Variant(
            "square-alone",
            "The slope is y² alone; it is what y² leaves of 1.",
            edits=((TANH_SLOPE, "return grad_output * self.y**2"),),
            hypothesis="formula",
        ),
        Variant(
            "upstream-squared",
            "The square is taken of the incoming gradient; the slope is made of the output: 1 − y².",
            edits=((TANH_SLOPE, "return 1 - grad_output**2"),),
            hypothesis="nonlinear",
        ),
    ),
    right=(
        Variant("by-sigmoid", edits=((TANH_VALUE, "self.y = 2 * np.exp(-np.logaddexp(0, -2 * x)) - 1"),)),
        Variant(
            "cosh",
            edits=(
                (TANH_VALUE, f"{TANH_VALUE}\n        self.x = x"),
                (TANH_SLOPE, "return grad_output / np.cosh(self.x) ** 2"),
            ),
        ),
        Variant("factored", edits=((TANH_SLOPE, "return grad_output * (1 + self.y) * (1 - self.y)"),)),
        Variant(
            "by-hand",
            edits=(
                (
                    TANH_VALUE,
                    "small = np.exp(-2 * np.abs(x))\n        self.y = np.sign(x) * (1 - small) / (1 + small)",
                ),
            ),
        ),
    ),
)

BANK = Bank("03-saturation", (SIGMOID, TANH))
