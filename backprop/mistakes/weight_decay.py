"""What students write for 10-weight-decay: penalties, decay, soft thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Bank, Exercise, Variant

Names = Mapping[str, Any]
Rng = np.random.Generator


def probe_on_weights(name: str) -> Any:
    """Return a probe of a function of (module, number): on one layer, and on three in a container."""

    def probe(names: Names, rng: Rng) -> dict[str, Any]:
        net = names["TinyNetwork"](3, 2, np.random.default_rng(0))
        for key in list(net.params):
            net.params[key][...] = rng.normal(size=np.shape(net.params[key]))
            net.grads[key][...] = rng.normal(size=np.shape(net.params[key]))
        net.linear1.params["weight"][0] = 0
        seen: dict[str, Any] = {"container.output": names[name](net, 0.3), **_state(net, "container")}
        array = net.linear1.params["weight"]
        seen |= {"layer.output": names[name](net.linear1, 0.2), **_state(net.linear1, "layer")}
        return seen | {"layer's own array": np.array(array, copy=True)}

    return probe


def _state(module: Any, label: str) -> dict[str, Any]:
    return {
        f"{label}.{kind}": [np.array(arrays[key], copy=True) for key in sorted(arrays)]
        for kind, arrays in (("params", module.params), ("grads", module.grads))
    }


def probe_soft(names: Names, rng: Rng) -> dict[str, Any]:
    """Entries on both sides of the threshold, and whether the argument stays as it was."""
    values = rng.normal(size=(4, 5))
    before = values.copy()
    result = np.array(names["soft_threshold"](values, 0.6), copy=True)
    return {"result": result, "changed": not np.array_equal(before, values)}


LOOP = "for name in weight_names(module):"
BIASES = (LOOP, "for name in module.params:")
PLAIN_NAME_ONLY = Variant(
    "plain-name-only",
    'Only a name that is just "weight" is found. In a container the names are longer, as in "linear1.weight": '
    "weight_names knows them all.",
    edits=((LOOP, "for name in [name for name in module.params if name == 'weight']:"),),
    shows="value",
)
EVERY = "for name, param in module.params.items():\n        if name.endswith('weight'):"
L2_GRADIENT = "module.grads[name] += 2 * alpha * weight"
L2_VALUE = "total += np.sum(weight**2)"

L2 = Exercise(
    "l2",
    probe_on_weights("l2_penalty"),
    wrong=(
        Variant(
            "gradient-without-two",
            "The gradient of α‖w‖² is missing its 2: the derivative of w² is 2w.",
            edits=(("2 * alpha * weight", "alpha * weight"),),
            hypothesis="factor",
        ),
        Variant(
            "biases-too",
            "The penalty includes the biases. They only shift; the price is for weights.",
            edits=(BIASES,),
            shows="value",
        ),
        Variant(
            "gradient-missing",
            "The penalty is in the value but not in the gradient: the cost goes up and training never notices.",
            edits=((L2_GRADIENT, "pass"),),
            hypothesis="zero",
        ),
        Variant(
            "value-without-alpha",
            "The value isn't multiplied by alpha, although the gradient is.",
            edits=(("return alpha * total", "return total"),),
            shows="value",
        ),
        Variant(
            "gradient-assigned",
            "The penalty's gradient replaces the one that backward left: both have to be added.",
            edits=((L2_GRADIENT, "module.grads[name][...] = 2 * alpha * weight"),),
            shows="behaviour",
        ),
        Variant(
            "gradient-rebound",
            "The sum is put into the dict as a new array. A container throws its dict away: "
            "add into the array that is there.",
            edits=((L2_GRADIENT, "module.grads[name] = module.grads[name] + 2 * alpha * weight"),),
            shows="behaviour",
        ),
        Variant(
            "norm-not-squared",
            "The value adds up norms, not squares: there is no root in ‖w‖².",
            edits=((L2_VALUE, "total += np.sqrt(np.sum(weight**2))"),),
            shows="value",
        ),
        Variant(
            "averaged",
            "The value takes the mean of the squares. The penalty is their sum, however many there are.",
            edits=((L2_VALUE, "total += np.mean(weight**2)"),),
            shows="value",
        ),
        Variant(
            "last-weight-only",
            "Only the last weight's squares are returned: the total starts afresh for each array.",
            edits=((L2_VALUE, "total = np.sum(weight**2)"),),
            shows="value",
        ),
        PLAIN_NAME_ONLY,
        Variant(
            "gradient-without-alpha",
            "The gradient isn't multiplied by alpha, although the value is.",
            edits=(("2 * alpha * weight", "2 * weight"),),
            hypothesis="factor",
        ),
        Variant(
            "pushes-outward",
            "The gradient is subtracted: training would make the weights larger.",
            edits=((L2_GRADIENT, L2_GRADIENT.replace("+=", "-=")),),
            hypothesis="sign",
        ),
        Variant(
            "gradient-averaged",
            "The gradient is divided by the number of weights. The penalty is a sum, so each weight has the slope 2αw "
            "however many there are.",
            edits=((L2_GRADIENT, L2_GRADIENT + " / weight.size"),),
            hypothesis="factor",
        ),
        Variant(
            "gradient-of-squares",
            "The gradient holds the squares of the weights; the slope of w² is 2w.",
            edits=(("2 * alpha * weight", "2 * alpha * weight**2"),),
        ),
        Variant(
            "price-halved",
            "The value has a factor ½, as in other books, but its gradient doesn't: here there is no ½.",
            edits=(("return alpha * total", "return alpha * total / 2"),),
            shows="value",
        ),
        Variant(
            "alpha-squared",
            "alpha is inside the square, or stands there twice: the price is alpha times the sum of the squares.",
            edits=(("return alpha * total", "return alpha**2 * total"),),
            shows="value",
        ),
        Variant(
            "absolute-values",
            "The value adds up absolute values, which is L1's price; L2's is the sum of the squares.",
            edits=((L2_VALUE, "total += np.sum(np.abs(weight))"),),
            shows="value",
        ),
        Variant(
            "squared-afterwards",
            "The weights are added up first and the sum is squared, so that weights of opposite sign cancel: square each, then add.",
            edits=((L2_VALUE, "total += np.sum(weight) ** 2"),),
            shows="value",
        ),
        Variant(
            "price-of-gradients",
            "The value is made of module.grads; the price is for the weights, which are in module.params.",
            edits=((L2_VALUE, "total += np.sum(module.grads[name] ** 2)"),),
            shows="value",
        ),
        Variant(
            "not-summed",
            "An array is returned, a number for each weight; the price is one number, their sum.",
            edits=((L2_VALUE, "total = total + weight**2"),),
            shows="value",
        ),
        Variant(
            "half-price",
            "This is the penalty ½α‖w‖² and its gradient αw, which other books use; here there is no ½.",
            edits=(
                ("return alpha * total", "return alpha * total / 2"),
                ("2 * alpha * weight", "alpha * weight"),
            ),
            shows="value",
        ),
        Variant(
            "price-of-biases",
            "The price counts the biases too, though their gradients are left alone: add up the weights only.",
            edits=(
                ("return alpha * total", "return alpha * sum(np.sum(p**2) for p in module.params.values())"),
            ),
            shows="value",
        ),
        Variant(
            "returned-in-the-loop",
            "return stands inside the loop: the function ends after the first weight.",
            edits=(("    return alpha * total", "        return alpha * total"),),
            shows="value",
        ),
        Variant(
            "root-of-the-sum",
            "A root is taken of the sum: there is none in ‖w‖².",
            edits=(("return alpha * total", "return alpha * np.sqrt(total)"),),
            shows="value",
        ),
        Variant(
            "weights-moved",
            "The weights themselves are changed. A penalty adds its gradient to module.grads; the optimiser moves the weights.",
            edits=((L2_GRADIENT, "weight -= 2 * alpha * weight"),),
            shows="behaviour",
        ),
        Variant(
            "price-for-slope",
            "The price itself is added to every gradient; its slope in each weight is 2αw.",
            edits=(
                (L2_GRADIENT, "pass"),
                (
                    "return alpha * total",
                    "for name in weight_names(module):\n        gradient = module.grads[name]\n        gradient += alpha * total\n    return alpha * total",
                ),
            ),
            shows="gradient",
        ),
        Variant(
            "gradient-of-squares-without-two",
            "The gradient holds the squares of the weights; the slope of w² is 2w.",
            edits=(("2 * alpha * weight", "alpha * weight**2"),),
            shows="gradient",
        ),
        Variant(
            "matrix-product",
            "The products of a matrix with its transpose hold more than squares, outside the diagonal: `weight**2` squares each entry.",
            edits=((L2_VALUE, "total += np.sum(weight.T @ weight)"),),
            shows="value",
        ),
        Variant(
            "matrix-product-of-rows",
            "The products of a matrix with its transpose hold more than squares, outside the diagonal: `weight**2` squares each entry.",
            edits=((L2_VALUE, "total += np.sum(weight @ weight.T)"),),
            shows="value",
        ),
        Variant(
            "averaged-over-all",
            "The value takes the mean of the squares. The penalty is their sum, however many there are.",
            edits=(
                (
                    "return alpha * total",
                    "return alpha * total / sum(module.params[name].size for name in weight_names(module))",
                ),
            ),
            shows="value",
        ),
        Variant(
            "squared-at-the-end",
            "The weights are added up first and the sum is squared, so that weights of opposite sign cancel: square each, then add.",
            edits=(
                (L2_VALUE, "total += np.sum(weight)"),
                ("return alpha * total", "return alpha * total**2"),
            ),
            shows="value",
        ),
    ),
    right=(
        Variant(
            "one-long-vector",
            source="""
def l2_penalty(module, alpha):
    names = weight_names(module)
    for name in names:
        module.grads[name] += 2 * alpha * module.params[name]
    return alpha * np.linalg.norm(np.concatenate([module.params[name].ravel() for name in names])) ** 2
""",
        ),
        Variant(
            "by-suffix",
            edits=(
                (
                    LOOP + "\n        weight = module.params[name]\n        ",
                    "for name, weight in module.params.items():\n        if not name.endswith('weight'):\n"
                    "            continue\n        ",
                ),
            ),
        ),
        Variant(
            "two-passes",
            source="""
def l2_penalty(module, alpha):
    names = weight_names(module)
    for name in names:
        gradient = module.grads[name]
        np.add(gradient, 2 * alpha * module.params[name], out=gradient)
    return float(sum(alpha * np.vdot(module.params[name], module.params[name]) for name in names))
""",
        ),
    ),
)

SHRINK = "weight *= 1 - amount"

DECAY = Exercise(
    "decay",
    probe_on_weights("decay_weights"),
    wrong=(
        Variant(
            "biases-too",
            "The biases decay too. They only shift; leave them alone.",
            edits=(BIASES,),
            shows="value",
        ),
        Variant(
            "rebound",
            "The smaller weight is put into the dict as a new array. A container throws its dict away, "
            "so its layers keep their old weights: multiply in place.",
            edits=((SHRINK, "module.params[name] = weight * (1 - amount)"),),
            shows="behaviour",
        ),
        Variant(
            "new-array",
            "Nothing decays: the product is a new array that nobody keeps. Multiply in place, with *=.",
            edits=((SHRINK, "weight = weight * (1 - amount)"),),
            shows="behaviour",
        ),
        Variant(
            "subtracted",
            "The amount is subtracted from every weight. Decay takes a share of each: negative weights shrink too.",
            edits=((SHRINK, "weight -= amount"),),
            shows="value",
        ),
        Variant(
            "only-the-share-left",
            "The weights are multiplied by the amount; that much should go, the rest should stay.",
            edits=((SHRINK, "weight *= amount"),),
            shows="value",
        ),
        Variant(
            "doubled",
            "The amount is taken twice. The 2 of 2ηα is already in the amount that is passed in.",
            edits=((SHRINK, "weight *= 1 - 2 * amount"),),
            shows="value",
        ),
        Variant(
            "grows",
            "The weights grow: the sign is wrong.",
            edits=((SHRINK, "weight *= 1 + amount"),),
            shows="value",
        ),
        Variant(
            "into-the-gradient",
            "This adds a penalty to the gradients and leaves the weights as they are. Decay acts on the weights, "
            "so that no optimiser can rescale it.",
            edits=((SHRINK, "gradient = module.grads[name]\n        gradient += amount * weight"),),
            shows="behaviour",
        ),
        PLAIN_NAME_ONLY,
        Variant(
            "gradients-only",
            "It is the gradients that shrink, in module.grads; the weights are in module.params.",
            edits=((SHRINK, "gradient = module.grads[name]\n        gradient *= 1 - amount"),),
            shows="behaviour",
        ),
        Variant(
            "biases-only",
            "The choice is the wrong way round: the biases decay, and the weights stay.",
            edits=(
                (LOOP, "for name in [name for name in module.params if name not in weight_names(module)]:"),
            ),
            shows="value",
        ),
        Variant(
            "divided",
            "The weights are divided by 1 + amount, which is close to it for small amounts: asked for is 1 - amount.",
            edits=((SHRINK, "weight /= 1 + amount"),),
            shows="value",
        ),
        Variant(
            "twice",
            "The weights shrink twice in one call.",
            edits=((SHRINK, SHRINK + f"\n        {SHRINK}"),),
            shows="value",
        ),
        Variant(
            "root-of-the-factor",
            "The weights are multiplied by the root of 1 - amount; asked for is 1 - amount itself.",
            edits=((SHRINK, "weight *= np.sqrt(1 - amount)"),),
            shows="value",
        ),
        Variant(
            "last-weight-left-out",
            "The last weight doesn't decay: the loop ends one too early.",
            edits=((LOOP, "for name in weight_names(module)[: max(1, len(weight_names(module)) - 1)]:"),),
            shows="value",
        ),
        Variant(
            "first-weight-only",
            "Only the first weight decays: the loop ends too early.",
            edits=((SHRINK, SHRINK + "\n        break"),),
            shows="value",
        ),
        Variant(
            "exponential",
            "The weights are multiplied by e to the power of minus the amount, which is close to it for small amounts: asked for is 1 - amount.",
            edits=((SHRINK, "weight *= np.exp(-amount)"),),
            shows="value",
        ),
        Variant(
            "gradients-too",
            "The gradients shrink with the weights: decay leaves them as they are.",
            edits=(
                (SHRINK, SHRINK + "\n        gradient = module.grads[name]\n        gradient *= 1 - amount"),
            ),
            shows="behaviour",
        ),
        Variant(
            "same-for-all",
            "Every weight moves towards zero by the same amount, which is what L1 does. Decay takes a share of each.",
            edits=((SHRINK, "weight -= amount * np.sign(weight)"),),
            shows="value",
        ),
        Variant(
            "compounded",
            "The factor is multiplied up from weight to weight; each weight is multiplied by 1 - amount once.",
            edits=((SHRINK, "weight *= (1 - amount) ** (1 + weight_names(module).index(name))"),),
            shows="value",
        ),
        Variant(
            "gradient-step",
            "This is a step against the gradient, with the amount as its rate. Decay takes a share of the weight itself.",
            edits=((SHRINK, "weight -= amount * module.grads[name]"),),
            shows="value",
        ),
    ),
    right=(
        Variant("slice-assignment", edits=((SHRINK, "weight[...] = (1 - amount) * weight"),)),
        Variant("subtract-share", edits=((SHRINK, "weight -= amount * weight"),)),
        Variant(
            "by-suffix",
            source=f"""
def decay_weights(module, amount):
    {EVERY}
            np.multiply(param, 1 - amount, out=param)
""",
        ),
    ),
)

L1_GRADIENT = "module.grads[name] += alpha * np.sign(weight)"
L1_VALUE = "total += np.sum(np.abs(weight))"

L1 = Exercise(
    "l1",
    probe_on_weights("l1_penalty"),
    wrong=(
        Variant(
            "zero-is-pushed",
            "A weight that is exactly zero gets pushed away from it: take the subgradient 0 there.",
            edits=(("np.sign(weight)", "np.where(weight >= 0, 1, -1)"),),
            shows="behaviour",
        ),
        Variant(
            "zero-is-pushed-down",
            "A weight that is exactly zero is pushed to the negative side: take the subgradient 0 there.",
            edits=(("np.sign(weight)", "np.where(weight > 0, 1, -1)"),),
            shows="behaviour",
        ),
        Variant(
            "divided-by-its-size",
            "w/|w| is 0/0 where a weight is zero, and the gradient becomes NaN there: np.sign(0) is 0.",
            edits=(("np.sign(weight)", "weight / np.abs(weight)"),),
            shows="behaviour",
        ),
        Variant(
            "positive-weights-only",
            "Only positive weights are pulled; negative ones have the slope -α.",
            edits=(("np.sign(weight)", "(weight > 0)"),),
            shows="gradient",
        ),
        Variant(
            "gradient-without-alpha",
            "The gradient isn't multiplied by alpha, although the value is.",
            edits=(("alpha * np.sign(weight)", "np.sign(weight)"),),
            hypothesis="factor",
        ),
        Variant(
            "sign-of-the-gradient",
            "The sign is taken of module.grads; it is the weight's own sign that says which way it is pulled.",
            edits=(("np.sign(weight)", "np.sign(module.grads[name])"),),
            shows="gradient",
        ),
        Variant(
            "that-of-l2",
            "This is the L2 penalty with its gradient; L1's price is α Σ|w|, and its pull α sign(w).",
            edits=((L1_VALUE, "total += np.sum(weight**2)"), (L1_GRADIENT, L2_GRADIENT)),
            shows="value",
        ),
        Variant(
            "squares",
            "The value adds up squares, which is L2's price; L1's is the sum of the absolute weights.",
            edits=((L1_VALUE, "total += np.sum(weight**2)"),),
            shows="value",
        ),
        Variant(
            "length",
            "The value is made of np.linalg.norm's lengths, roots of sums of squares; L1's price is the sum of the absolute weights.",
            edits=((L1_VALUE, "total += np.linalg.norm(weight)"),),
            shows="value",
        ),
        Variant(
            "matrix-norm",
            "For a matrix np.linalg.norm(w, 1) is the largest sum of a column; the price is the sum of all absolute weights.",
            edits=((L1_VALUE, "total += np.linalg.norm(weight, 1)"),),
            shows="value",
        ),
        Variant(
            "largest-only",
            "The value adds up the largest weight of each array; the price is for all of them.",
            edits=((L1_VALUE, "total += np.max(np.abs(weight))"),),
            shows="value",
        ),
        Variant(
            "size-of-the-sum",
            "The absolute value is taken of the sum, in which weights of opposite sign cancel: take it of each weight first.",
            edits=((L1_VALUE, "total += np.abs(np.sum(weight))"),),
            shows="value",
        ),
        Variant(
            "alpha-squared",
            "The value is multiplied by alpha twice.",
            edits=(("return alpha * total", "return alpha**2 * total"),),
            shows="value",
        ),
        Variant(
            "last-weight-only",
            "Only the last weight's absolute values are returned: the total starts afresh for each array.",
            edits=((L1_VALUE, "total = np.sum(np.abs(weight))"),),
            shows="value",
        ),
        Variant(
            "gradient-rebound",
            "The sum is put into the dict as a new array. A container throws its dict away: "
            "add into the array that is there.",
            edits=((L1_GRADIENT, "module.grads[name] = module.grads[name] + alpha * np.sign(weight)"),),
            shows="behaviour",
        ),
        Variant(
            "weights-moved",
            "The weights themselves are changed. A penalty adds its gradient to module.grads; the optimiser moves the weights.",
            edits=((L1_GRADIENT, "weight -= alpha * np.sign(weight)"),),
            shows="behaviour",
        ),
        Variant(
            "sign-missing",
            "The gradient is α for every weight: negative weights have to be pulled up, not down.",
            edits=(("alpha * np.sign(weight)", "alpha"),),
            hypothesis="sign",
        ),
        Variant(
            "gradient-missing",
            "The penalty is in the value but not in the gradient: the cost goes up and training never notices.",
            edits=((L1_GRADIENT, "pass"),),
            hypothesis="zero",
        ),
        Variant(
            "gradient-in-proportion",
            "The pull is in proportion to the weight, which is L2's gradient. L1 pulls with the same force "
            "everywhere.",
            edits=(("np.sign(weight)", "2 * weight"),),
            hypothesis="formula",
        ),
        Variant(
            "value-without-alpha",
            "The value isn't multiplied by alpha, although the gradient is.",
            edits=(("return alpha * total", "return total"),),
            shows="value",
        ),
        Variant(
            "signed-sum",
            "The value adds up the weights with their signs, so that they cancel: take absolute values.",
            edits=((L1_VALUE, "total += np.sum(weight)"),),
            shows="value",
        ),
        Variant(
            "biases-too",
            "The penalty includes the biases; the price is for weights.",
            edits=(BIASES,),
            shows="value",
        ),
        Variant(
            "gradient-assigned",
            "The penalty's gradient replaces the one that backward left: both have to be added.",
            edits=((L1_GRADIENT, "module.grads[name][...] = alpha * np.sign(weight)"),),
            shows="behaviour",
        ),
        Variant(
            "pushes-outward",
            "The gradient has the wrong sign: training would make the weights larger.",
            edits=((L1_GRADIENT, L1_GRADIENT.replace("+=", "-=")),),
            hypothesis="sign",
        ),
        PLAIN_NAME_ONLY,
        Variant(
            "averaged",
            "The value takes the mean of the absolute weights; the penalty is their sum.",
            edits=((L1_VALUE, "total += np.mean(np.abs(weight))"),),
            shows="value",
        ),
        Variant(
            "doubled",
            "The gradient is twice what it should be. The 2 belongs to the square of L2; the slope of |w| is 1.",
            edits=(("alpha * np.sign(weight)", "2 * alpha * np.sign(weight)"),),
            shows="gradient",
        ),
        Variant(
            "pull-by-size",
            "The gradient is α|w|. The slope of |w| is its sign, not its size.",
            edits=(("alpha * np.sign(weight)", "alpha * np.abs(weight)"),),
            shows="gradient",
        ),
        Variant(
            "returned-in-the-loop",
            "return stands inside the loop: the function ends after the first weight.",
            edits=(("    return alpha * total", "        return alpha * total"),),
            shows="value",
        ),
        Variant(
            "size-of-the-whole-sum",
            "The absolute value is taken of the sum, in which weights of opposite sign cancel: take it of each weight first.",
            edits=(
                (L1_VALUE, "total += np.sum(weight)"),
                ("return alpha * total", "return alpha * abs(total)"),
            ),
            shows="value",
        ),
        Variant(
            "averaged-over-all",
            "The value takes the mean of the absolute weights; the penalty is their sum.",
            edits=(
                (
                    "return alpha * total",
                    "return alpha * total / sum(module.params[name].size for name in weight_names(module))",
                ),
            ),
            shows="value",
        ),
        Variant(
            "counted",
            "The value counts the weights that aren't zero; L1's price is the sum of their sizes.",
            edits=((L1_VALUE, "total += np.count_nonzero(weight)"),),
            shows="value",
        ),
    ),
    right=(
        Variant("by-comparison", edits=(("np.sign(weight)", "((weight > 0) * 1.0 - (weight < 0))"),)),
        Variant(
            "two-passes",
            source="""
def l1_penalty(module, alpha):
    weights = {name: module.params[name] for name in weight_names(module)}
    for name, weight in weights.items():
        module.grads[name][...] += np.where(weight == 0, 0, np.copysign(alpha, weight))
    return alpha * sum(np.linalg.norm(weight.ravel(), 1) for weight in weights.values())
""",
        ),
    ),
)

SOFT_LINE = "return np.sign(values) * np.maximum(np.abs(values) - threshold, 0)"


def soft(line: str) -> tuple[tuple[str, str], ...]:
    """Return the edit that puts another line into `soft_threshold`."""
    return ((SOFT_LINE, line),)


SOFT = Exercise(
    "soft",
    probe_soft,
    wrong=(
        Variant(
            "whole-array",
            "The array is shortened as a whole, by its length: no entry becomes 0 before all do. Each entry moves by the "
            "threshold, by its own size.",
            edits=soft(
                "length = np.sqrt(np.sum(values**2))\n    return max(0.0, 1 - threshold / length) * values if length else 0 * values"
            ),
            shows="value",
        ),
        Variant(
            "hard-threshold",
            "Large entries stay as they are. Each should move towards zero by the threshold: a hard threshold "
            "only selects.",
            edits=soft("return values * (np.abs(values) > threshold)"),
            shows="value",
        ),
        Variant(
            "past-zero",
            "Small entries are moved past zero to the other side. They should stop at zero.",
            edits=soft("return values - threshold * np.sign(values)"),
            shows="value",
        ),
        Variant(
            "negative-lost",
            "Negative entries all become zero: they too should move towards zero by the threshold only.",
            edits=soft("return np.maximum(values - threshold, 0)"),
            shows="value",
        ),
        Variant(
            "sign-lost",
            "The result has lost its signs: a large negative entry must stay negative.",
            edits=soft("return np.maximum(np.abs(values) - threshold, 0)"),
            shows="value",
        ),
        Variant(
            "in-place",
            "The argument is changed in place. Somebody may still need the proposal: return a new array.",
            edits=soft("values -= np.clip(values, -threshold, threshold)\n    return values"),
            shows="behaviour",
        ),
        Variant(
            "away-from-zero",
            "The entries move away from zero: the threshold has the wrong sign.",
            edits=soft("return np.sign(values) * (np.abs(values) + threshold)"),
            shows="value",
        ),
        Variant(
            "clipped",
            "This is the part that has to be taken away: large entries are cut down to the threshold.",
            edits=soft("return np.clip(values, -threshold, threshold)"),
            shows="value",
        ),
        Variant(
            "scaled",
            "The entries shrink by a share, as in L2's decay; none of them ever becomes zero.",
            edits=soft("return values * (1 - threshold)"),
            shows="value",
        ),
        Variant(
            "shrunk-twice",
            "The entries move by twice the threshold.",
            edits=soft("return np.sign(values) * np.maximum(np.abs(values) - 2 * threshold, 0)"),
            shows="value",
        ),
        Variant(
            "half-the-threshold",
            "The entries move by half the threshold.",
            edits=soft("return np.sign(values) * np.maximum(np.abs(values) - threshold / 2, 0)"),
            shows="value",
        ),
        Variant(
            "value-for-sign",
            "The shrunken size is multiplied by the entry itself; it is the entry's sign that has to come back.",
            edits=soft("return values * np.maximum(np.abs(values) - threshold, 0)"),
            shows="value",
        ),
        Variant(
            "one-maximum-for-all",
            "np.max takes one largest number, of all entries together, or along an axis; np.maximum compares each entry with 0.",
            edits=soft("return np.sign(values) * np.max(np.abs(values) - threshold, 0)"),
            shows="value",
        ),
        Variant(
            "minimum-for-maximum",
            "The wrong part is kept: large entries become zero, and small ones are moved. Is it np.minimum where np.maximum "
            "belongs, or a condition that is the wrong way round?",
            edits=soft("return np.sign(values) * np.minimum(np.abs(values) - threshold, 0)"),
            shows="value",
        ),
        Variant(
            "subtracted-from-all",
            "The threshold is subtracted from every entry. Negative ones have to move up, towards zero, and small ones stop there.",
            edits=soft("return values - threshold"),
            shows="value",
        ),
        Variant(
            "negative-pushed-out",
            "Negative entries move away from zero: for them the threshold is added.",
            edits=soft("return np.where(np.abs(values) > threshold, values - threshold, 0)"),
            shows="value",
        ),
        Variant(
            "small-ones-kept",
            "Small entries, between the two thresholds, stay as they are: they become zero.",
            edits=soft(
                "return np.where(np.abs(values) > threshold, values - threshold * np.sign(values), values)"
            ),
            shows="value",
        ),
        Variant(
            "size-taken-last",
            "The threshold is subtracted before the size is taken: take the absolute value first, then subtract.",
            edits=soft("return np.sign(values) * np.abs(values - threshold)"),
            shows="value",
        ),
        Variant(
            "as-l2",
            "The entries are divided by 1 + 2τ, which is L2's answer: none of them ever becomes zero.",
            edits=soft("return values / (1 + 2 * threshold)"),
            shows="value",
        ),
        Variant(
            "flattened",
            "The entries come back in one row; the result has the argument's shape.",
            edits=soft(SOFT_LINE.removeprefix("return ").join(["return (", ").ravel()"])),
            shows="value",
        ),
        Variant(
            "raised-to-the-threshold",
            "The sizes are raised to the threshold; subtract it from them, and stop at 0.",
            edits=soft("return np.sign(values) * np.maximum(np.abs(values), threshold)"),
            shows="value",
        ),
        Variant(
            "one-largest-for-all",
            "np.max takes one largest number, of all entries together, or along an axis; np.maximum compares each entry with 0.",
            edits=soft("return np.sign(values) * max(np.max(np.abs(values)) - threshold, 0)"),
            shows="value",
        ),
    ),
    right=(
        Variant(
            "rows-in-a-list",
            source="""
def soft_threshold(values, threshold):
    if np.ndim(values) > 1:
        return np.array([soft_threshold(row, threshold) for row in values])
    return np.array([0.0 if abs(v) <= threshold else v - np.copysign(threshold, v) for v in values])
""",
        ),
        Variant("minus-clip", edits=soft("return values - np.clip(values, -threshold, threshold)")),
        Variant(
            "two-sides",
            edits=soft("return np.maximum(values - threshold, 0) + np.minimum(values + threshold, 0)"),
        ),
    ),
)

BANK = Bank("10-weight-decay", (L2, DECAY, L1, SOFT))
