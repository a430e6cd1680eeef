"""What students write for 03-saturation: Sigmoid and Tanh."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Bank, Exercise, Variant, run_entrywise

Names = Mapping[str, Any]


def sigmoid(names: Names, rng: np.random.Generator) -> dict[str, Any]:
    """Probe Sigmoid."""
    return run_entrywise(names["Sigmoid"], rng)


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
            "Both formulas are computed everywhere before np.where chooses, so the one that isn't wanted overflows.",
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
    ),
    right=(
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
            "forward divides exponentials, one of which overflows at ±1000; np.tanh doesn't.",
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
    ),
    right=(
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
