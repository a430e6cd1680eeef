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
        seen: dict[str, Any] = {"container": names[name](net, 0.3), **_state(net, "container")}
        array = net.linear1.params["weight"]
        seen |= {"layer": names[name](net.linear1, 0.2), **_state(net.linear1, "layer")}
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
    ),
    right=(
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
    ),
    right=(
        Variant("minus-clip", edits=soft("return values - np.clip(values, -threshold, threshold)")),
        Variant(
            "two-sides",
            edits=soft("return np.maximum(values - threshold, 0) + np.minimum(values + threshold, 0)"),
        ),
    ),
)

BANK = Bank("10-weight-decay", (L2, DECAY, L1, SOFT))
