"""What students write for add, multiply and power: values and rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Exercise, Variant, attempt, sent_back

Names = Mapping[str, Any]
Rng = np.random.Generator


def probe_arithmetic(names: Names, rng: Rng) -> dict[str, Any]:
    """Values, what the rules send, and whether the operands are still what they were."""
    tensor, x, y = names["Tensor"], rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    positive, upstream = np.abs(rng.normal(size=(4, 3))) + 0.5, rng.normal(size=(4, 3))
    cases: dict[str, tuple[Any, Any]] = {
        "add": (lambda a, b: names["add"](a, b), (x, y)),
        "multiply": (lambda a, b: names["multiply"](a, b), (x, y)),
        "square": (lambda a: names["multiply"](a, a), (x,)),
        "cube": (lambda a: names["power"](a, 3), (x,)),
        "product at 0": (lambda a, b: names["multiply"](a, b), (np.where(x > 0, x, 0.0), y)),
        "cube at 0": (lambda a: names["power"](a, 3), (np.where(x > 0, x, 0.0),)),
        "inverse root": (lambda a: names["power"](a, -0.5), (positive,)),
    }
    seen: dict[str, Any] = {}
    for title, (operation, arrays) in cases.items():
        sources = [tensor(array) for array in arrays]
        output = attempt(operation, *sources)
        seen[title] = attempt(lambda output=output: np.array(output.value))
        seen[f"{title}: sent"] = attempt(sent_back, output, sources, upstream)
        seen[f"{title}: operands"] = [np.array(source.value) for source in sources]
        seen[f"{title}: grad touched"] = [bool(np.any(source.grad)) for source in sources]
    return seen


SUM_RULES = "[(a, lambda g: g), (b, lambda g: g)]"
PRODUCT_RULES = "[(a, lambda g: g * b.value), (b, lambda g: g * a.value)]"
PRODUCT = f'return Tensor(a.value * b.value, "×", {PRODUCT_RULES})'
POWER_RULE = "lambda g: g * n * a.value ** (n - 1)"

ARITHMETIC = Exercise(
    "arithmetic",
    probe_arithmetic,
    wrong=(
        Variant(
            "sum-shares",
            "The two sources of a sum get half of the gradient each: a nudge of either moves the sum in full, so each "
            "gets all of it.",
            edits=((SUM_RULES, "[(a, lambda g: g / 2), (b, lambda g: g / 2)]"),),
            hypothesis="factor",
        ),
        Variant(
            "tensors-in-the-rule",
            "The product's rule multiplies g with a tensor, and makes another tensor of it; rules compute with arrays: "
            "g * b.value.",
            edits=((PRODUCT_RULES, "[(a, lambda g: g * b), (b, lambda g: g * a)]"),),
        ),
        Variant(
            "grad-of-the-result",
            "The product's rule takes the result's own `grad`, where nothing has been collected yet; what has arrived is "
            "handed to it, as g.",
            edits=(
                (
                    PRODUCT,
                    PRODUCT.replace("return ", "c = ")
                    .replace("g * b", "c.grad * b")
                    .replace("g * a", "c.grad * a")
                    + "\n    return c",
                ),
            ),
        ),
        Variant(
            "product-divided-again",
            "The product's rule divides the result by the operand, to have the other one: where the operand is 0, that is "
            "0/0. The other operand is at hand.",
            edits=(
                (
                    PRODUCT_RULES,
                    PRODUCT_RULES.replace("g * b.value", "g * (a.value * b.value) / a.value").replace(
                        "g * a.value)", "g * (a.value * b.value) / b.value)"
                    ),
                ),
            ),
            shows="value",
        ),
        Variant(
            "power-divided-again",
            "The power's rule divides the result by the operand, where a to the power n - 1 is meant: where the operand is "
            "0, that is 0/0.",
            edits=((POWER_RULE, "lambda g: g * n * a.value**n / a.value"),),
            shows="value",
        ),
        Variant(
            "grad-in-the-rule",
            "A rule adds to `grad` itself, before all has arrived, and backward does it once more: a rule only returns "
            "what it sends.",
            edits=(
                (
                    SUM_RULES,
                    '[(t, lambda g, t=t: setattr(t, "grad", t.grad + g) or g) for t in (a, b)]',
                ),
            ),
            shows="behaviour",
        ),
        Variant(
            "own-factor",
            "In a product each source gets g times its *own* value: how far the product moves with a is what a is "
            "multiplied by, b.",
            edits=((PRODUCT_RULES, "[(a, lambda g: g * a.value), (b, lambda g: g * b.value)]"),),
            hypothesis="swapped",
        ),
        Variant(
            "loop-variable",
            "The rules of the product are made in a loop, and look up the loop's variable when they are *called*: by "
            "then it has its last value, for both. Write the two rules out, or bind it early, as in `lambda g, other=other: g * other.value`.",
            edits=(
                (
                    PRODUCT,
                    "sources = []\n    for this, other in ((a, b), (b, a)):\n"
                    "        sources.append((this, lambda g: g * other.value))\n"
                    '    return Tensor(a.value * b.value, "×", sources)',
                ),
            ),
            hypothesis="formula",
        ),
        Variant(
            "exponent-kept",
            "The slope of a to the power n has the exponent n - 1; here it is still n.",
            edits=((POWER_RULE, "lambda g: g * n * a.value**n"),),
            hypothesis="times",
        ),
        Variant(
            "exponent-not-in-front",
            "The slope of a to the power n has a factor n in front, which is missing.",
            edits=((POWER_RULE, "lambda g: g * a.value ** (n - 1)"),),
            hypothesis="factor",
        ),
        Variant(
            "product-upstream-ignored",
            "The rules of the product send the other factor and leave out g, the gradient that arrives.",
            edits=((PRODUCT_RULES, "[(a, lambda g: b.value), (b, lambda g: a.value)]"),),
            hypothesis="upstream",
        ),
        Variant(
            "power-upstream-ignored",
            "The rule of the power sends the slope alone; it has to be multiplied by g, the gradient that arrives.",
            edits=((POWER_RULE, "lambda g: n * a.value ** (n - 1)"),),
            hypothesis="upstream",
        ),
        Variant(
            "second-source-forgotten",
            "The sum notes only its first source: nothing flows back to the second.",
            edits=((SUM_RULES, "[(a, lambda g: g)]"),),
            hypothesis="returns",
        ),
        Variant(
            "sum-sends-one",
            "The rules of the sum send 1, the slope alone; it has to be multiplied by g, the gradient that arrives.",
            edits=((SUM_RULES, "[(a, lambda g: 1.0), (b, lambda g: 1.0)]"),),
        ),
        Variant(
            "exponent-as-source",
            "The exponent is noted as a source: n is a plain number, no tensor, and gets no gradient.",
            edits=(
                (
                    f"[(a, {POWER_RULE})]",
                    f"[(a, {POWER_RULE}), (Tensor(n), lambda g: g * np.log(a.value) * a.value**n)]",
                ),
            ),
            shows="behaviour",
        ),
        Variant(
            "sum-rules-return-nothing",
            "The rules of the sum return None: what a rule computes has to be returned.",
            edits=((SUM_RULES, "[(a, lambda g: None), (b, lambda g: None)]"),),
        ),
        Variant(
            "product-rules-return-nothing",
            "The rules of the product return None: what a rule computes has to be returned.",
            edits=((PRODUCT_RULES, "[(a, lambda g: None), (b, lambda g: None)]"),),
        ),
        Variant(
            "power-rule-returns-nothing",
            "The rule of the power returns None: what a rule computes has to be returned.",
            edits=((POWER_RULE, "lambda g: None"),),
        ),
        Variant(
            "sum-as-product",
            "The rules of the sum multiply by the other operand, as those of a product do; the slope of a + b is 1 in both.",
            edits=((SUM_RULES, PRODUCT_RULES),),
        ),
        Variant(
            "times-for-power",
            "`power` multiplies by n; it should raise to the power n, with **.",
            edits=(("Tensor(a.value**n,", "Tensor(a.value * n,"),),
            shows="value",
        ),
        Variant(
            "operand-overwritten",
            "`add` writes its result into the first operand's array: a tensor that others have read has another value now.",
            edits=(("Tensor(a.value + b.value,", "Tensor(np.add(a.value, b.value, out=a.value),"),),
            shows="behaviour",
        ),
        Variant(
            "no-notes",
            "The results are tensors without sources: nobody knows how they were made, and nothing flows back.",
            edits=((SUM_RULES, "[]"), (PRODUCT_RULES, "[]"), (f"[(a, {POWER_RULE})]", "[]")),
            hypothesis="returns",
        ),
    ),
    right=(
        Variant(
            "named-rules",
            edits=(
                (
                    PRODUCT,
                    "def to_a(g):\n        return np.multiply(g, b.value)\n\n    def to_b(g):\n"
                    "        return np.multiply(a.value, g)\n\n"
                    '    return Tensor(np.multiply(a.value, b.value), op="times", sources=((b, to_b), (a, to_a)))',
                ),
                (POWER_RULE, "lambda g: n * np.power(a.value, n - 1) * g"),
            ),
        ),
        Variant(
            "copies-and-early-binding",
            edits=(
                (SUM_RULES, "[(x, lambda g: g.copy()) for x in (a, b)]"),
                (
                    PRODUCT_RULES,
                    "[(x, lambda g, other=other.value.copy(): g * other) for x, other in ((a, b), (b, a))]",
                ),
                (POWER_RULE, "lambda g, slope=n * a.value ** (n - 1): g * slope"),
            ),
        ),
    ),
)
