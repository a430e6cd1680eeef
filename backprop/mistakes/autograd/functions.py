"""What students write for relu, exp and log: values and rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Exercise, Variant, attempt, sent_back

Names = Mapping[str, Any]
Rng = np.random.Generator


def probe_functions(names: Names, rng: Rng) -> dict[str, Any]:
    """Values and what the rules send; the operand afterwards; a positive operand for the logarithm."""
    tensor, x = names["Tensor"], rng.normal(size=(5, 4))
    positive, upstream = rng.uniform(0.2, 3.0, size=(5, 4)), rng.normal(size=(5, 4))
    seen: dict[str, Any] = {}
    for title, at in (("relu", x), ("exp", x), ("log", positive)):
        source = tensor(at)
        output = attempt(names[title], source)
        seen[title] = attempt(lambda output=output: np.array(output.value))
        seen[f"{title}: sent"] = attempt(sent_back, output, [source], upstream, True)
        seen[f"{title}: sent again"] = attempt(sent_back, output, [source], -2 * upstream, True)
        seen[f"{title}: operand"] = np.array(source.value)
    little = attempt(lambda: float(np.sum(names["log"](tensor(np.array([1e-30]))).value)))
    seen["log of little"] = "capped" if isinstance(little, float) and little > -60 else little
    return seen


RELU_RULE, EXP_RULE, LOG_RULE = "lambda g: g * positive", "lambda g: g * y", "lambda g: g / a.value"
RELU_VALUE = "np.maximum(a.value, 0)"

FUNCTIONS = Exercise(
    "functions",
    probe_functions,
    wrong=(
        Variant(
            "epsilon-in-log",
            "Something small is added inside the logarithm: that hides how little a number is, and its slope. `log` is "
            "the logarithm alone; whoever calls it keeps zeros away.",
            edits=(("np.log(a.value)", "np.log(a.value + 1e-9)"),),
            shows="value",
        ),
        Variant(
            "exp-of-this-cell",
            "exp's rule calls `exp`, and that is the function of this cell, which makes a tensor; rules compute with "
            "arrays: np.exp, or the value that is there already.",
            edits=((EXP_RULE, "lambda g: g * exp(a)"),),
        ),
        Variant(
            "relu-mask-from-gradient",
            "relu's gate is set by the sign of the gradient; it is set by the sign of what went in.",
            edits=((RELU_RULE, "lambda g: g * (g > 0)"),),
            hypothesis="mask",
        ),
        Variant(
            "relu-mask-alone",
            "relu's rule sends the gate itself, 1 or 0; it has to be multiplied by g.",
            edits=((RELU_RULE, "lambda g: 1.0 * positive"),),
            hypothesis="upstream",
        ),
        Variant(
            "relu-open",
            "relu's rule lets every gradient pass; where the input was negative the output doesn't move.",
            edits=((RELU_RULE, "lambda g: g"),),
            hypothesis="mask",
        ),
        Variant(
            "relu-operand-overwritten",
            "relu writes its result into its operand's array: whoever else reads that tensor gets other numbers.",
            edits=((RELU_VALUE, "np.maximum(a.value, 0, out=a.value)"),),
            shows="behaviour",
        ),
        Variant(
            "relu-times-input",
            "relu's rule multiplies by the input where it is positive; the slope there is 1.",
            edits=((RELU_RULE, "lambda g: g * np.maximum(a.value, 0)"),),
            hypothesis="times",
        ),
        Variant(
            "relu-gate-inverted",
            "relu's gate is the wrong way round: it lets pass where the input was negative.",
            edits=((RELU_RULE, "lambda g: g * (a.value < 0)"),),
            hypothesis="mask",
        ),
        Variant(
            "relu-maximum-along-an-axis",
            "np.max(a, 0) takes the largest entry along axis 0; np.maximum(a, 0) compares each entry with 0.",
            edits=((RELU_VALUE, "np.max(a.value, 0)"),),
            shows="value",
        ),
        Variant(
            "relu-leaky",
            "A negative number keeps a small share of itself, which is leaky ReLU; relu returns 0.",
            edits=((RELU_VALUE, "np.where(a.value > 0, a.value, 0.01 * a.value)"),),
            shows="value",
        ),
        Variant(
            "exp-of-the-gradient",
            "exp's rule takes the exponential of g; the slope is e to the power of what went in.",
            edits=((EXP_RULE, "lambda g: g * np.exp(g)"),),
        ),
        Variant(
            "log-twice-derived",
            "log's rule is that of 1/x, -1/x²; the slope of ln x is 1/x.",
            edits=((LOG_RULE, "lambda g: -g / a.value**2"),),
        ),
        Variant(
            "log-of-one-more",
            "np.log1p is the logarithm of 1 + x; np.log is that of x.",
            edits=(("np.log(a.value), ", "np.log1p(a.value), "),),
            shows="value",
        ),
        Variant(
            "exp-slope-of-input",
            "exp's rule multiplies by the input; the slope of eˣ is eˣ.",
            edits=((EXP_RULE, "lambda g: g * a.value"),),
            hypothesis="formula",
        ),
        Variant(
            "exp-passes-on",
            "exp's rule passes g on as it is; the slope eˣ is missing.",
            edits=((EXP_RULE, "lambda g: g"),),
            hypothesis="formula",
        ),
        Variant(
            "exp-upstream-ignored",
            "exp's rule sends its slope and leaves out g, the gradient that arrives.",
            edits=((EXP_RULE, "lambda g: y"),),
            hypothesis="upstream",
        ),
        Variant(
            "exp-as-power",
            "exp's rule is that of a power, x · eˣ⁻¹: here the exponent moves, and the slope is eˣ itself.",
            edits=((EXP_RULE, "lambda g: g * a.value * np.exp(a.value - 1)"),),
        ),
        Variant(
            "log-by-its-value",
            "log's rule divides by the logarithm; it divides by what went in.",
            edits=((LOG_RULE, "lambda g: g / np.log(a.value)"),),
        ),
        Variant(
            "log-multiplied",
            "log's rule multiplies by the input where it should divide by it.",
            edits=((LOG_RULE, "lambda g: g * a.value"),),
            hypothesis="formula",
        ),
        Variant(
            "log-upstream-ignored",
            "log's rule sends 1/x and leaves out g, the gradient that arrives.",
            edits=((LOG_RULE, "lambda g: 1 / a.value"),),
            hypothesis="upstream",
        ),
        Variant(
            "log-to-base-ten",
            "This is the logarithm to base 10; `np.log` is the natural one.",
            edits=(("np.log(a.value), ", "np.log10(a.value), "),),
            shows="value",
        ),
        Variant(
            "log-epsilon",
            "A small number is added inside the logarithm: the value of log x isn't right any more.",
            edits=(("np.log(a.value), ", "np.log(a.value + 1e-3), "),),
            shows="value",
        ),
        Variant(
            "relu-absolute",
            "relu returns the size of a negative number; it returns 0.",
            edits=((RELU_VALUE, "np.abs(a.value)"),),
            shows="value",
        ),
    ),
    right=(
        Variant(
            "multiplied-by-its-gate",
            source="""
def relu(a):
    return multiply(a, Tensor(a.value > 0))


def exp(a):
    y = np.exp(a.value)
    return Tensor(y, "exp", [(a, lambda g: g * y)])


def log(a):
    return Tensor(np.log(a.value), "log", [(a, lambda g: g / a.value)])
""",
        ),
        Variant(
            "by-cases",
            edits=(
                (RELU_VALUE, "np.where(positive, a.value, 0.0)"),
                (RELU_RULE, "lambda g: np.where(positive, g, 0.0)"),
                (EXP_RULE, "lambda g: np.exp(a.value) * g"),
                (LOG_RULE, "lambda g: g * a.value**-1.0"),
            ),
        ),
        Variant(
            "open-at-the-kink",
            edits=(
                ("positive = a.value > 0", "positive = (a.value >= 0).astype(float)"),
                (RELU_VALUE, "a.value * positive"),
                (LOG_RULE, "lambda g, slope=1 / a.value: slope * g"),
            ),
        ),
    ),
)
