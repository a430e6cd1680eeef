"""What students write for 02-modules: Linear, ReLU, Duplicate, Add, Max, and the network made of them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from backprop.mistakes.bank import Bank, Exercise, Variant, run_module

Names = Mapping[str, Any]
Rng = np.random.Generator


def probe_linear(names: Names, rng: Rng) -> dict[str, Any]:
    """Square on purpose: here a transpose in the wrong place computes something instead of failing."""
    layer = names["Linear"](4, 4, np.random.default_rng(0))
    seen = run_module(layer, rng.normal(size=(3, 4)), rng=rng)
    return seen | {
        f"{key}, again": value for key, value in run_module(layer, rng.normal(size=(3, 4)), rng=rng).items()
    }


def probe_relu(names: Names, rng: Rng) -> dict[str, Any]:
    """Mixed signs."""
    return run_module(names["ReLU"](), rng.normal(size=(4, 3)), rng=rng)


def probe_duplicate(names: Names, rng: Rng) -> dict[str, Any]:
    """Three branches, and whether a change of one branch shows in the next."""
    module = names["Duplicate"](3)
    x = rng.normal(size=(4, 2))
    seen = run_module(module, x, rng=rng, outputs=3)
    branches = module.forward(x)
    return seen | {
        "aliased": _shared(branches),
        "writable": _writable(branches),
        "one object": [a is b for a, b in pairwise(branches)],
    }


def probe_add(names: Names, rng: Rng) -> dict[str, Any]:
    """Three inputs, and whether the returned gradients are arrays of their own."""
    module = names["Add"]()
    seen = run_module(module, *rng.normal(size=(3, 4, 2)), rng=rng)
    gradients = module.backward(rng.normal(size=(4, 2)))
    return seen | {"aliased": _shared(gradients), "writable": _writable(gradients)}


def probe_max(names: Names, rng: Rng) -> dict[str, Any]:
    """Some entries tie; what matters there is what the two shares add up to."""
    x1 = rng.normal(size=(4, 3))
    x2 = np.where(rng.random(size=(4, 3)) < 0.3, x1, rng.normal(size=(4, 3)))
    x2[0, 0] = x1[0, 0]
    switch, upstream = names["Max"](), rng.normal(size=(4, 3))
    seen = run_module(switch, x1, x2, rng=rng)
    first, second = rng.normal(size=(2, 4, 3))
    switch.forward(first, second)
    first[...], second[...] = rng.normal(size=(2, 4, 3))
    seen["inputs changed before backward"] = [np.array(g, copy=True) for g in switch.backward(upstream)]
    tie = x1 == x2
    for call in ("first", "second"):
        if isinstance(seen[call], list):
            seen[f"{call}: shares at ties"] = sum(gradient[tie] for gradient in seen[call])
            seen[call] = [np.where(tie, 0, gradient) for gradient in seen[call]]
    return seen


def probe_tiny(names: Names, rng: Rng) -> dict[str, Any]:
    """Other sizes in and out."""
    return run_module(names["TinyNetwork"](4, 3, np.random.default_rng(0)), rng.normal(size=(5, 4)), rng=rng)


def _shared(arrays: Any) -> list[bool]:
    arrays = arrays if isinstance(arrays, tuple | list) else [arrays]
    return [np.shares_memory(a, b) for a, b in pairwise(arrays)]


def _writable(arrays: Any) -> list[bool]:
    return [np.asarray(a).flags.writeable for a in (arrays if isinstance(arrays, tuple | list) else [arrays])]


WEIGHT = 'self.grads["weight"] += grad_output.T @ self.x'
BIAS = 'self.grads["bias"] += grad_output.sum(axis=0)'
INPUT = 'return grad_output @ self.params["weight"]'

LINEAR = Exercise(
    "linear",
    probe_linear,
    wrong=(
        Variant(
            "input-gradient-untransposed",
            "The gradient of the input goes back through the weight the wrong way round: dC/dX multiplies by "
            "the weight so that each *output* feature meets its own row. A square weight hides this.",
            edits=((INPUT, INPUT + ".T"),),
            hypothesis="transpose",
        ),
        Variant(
            "weight-gradient-transposed",
            "The gradient of the weight is transposed: it must have the weight's own shape, "
            "(out_features, in_features).",
            edits=((WEIGHT, 'self.grads["weight"] = self.x.T @ grad_output'),),
            hypothesis="transpose",
        ),
        Variant(
            "bias-not-summed",
            "The gradient of the bias is not summed over the batch: every example used the same bias, so their "
            "contributions add up to one row.",
            edits=((BIAS, 'self.grads["bias"] = self.grads["bias"] + grad_output'),),
            hypothesis="batch-sum",
        ),
        Variant(
            "bias-averaged",
            "The gradient of the bias is averaged over the batch: the loss has already divided by the batch "
            "size, so here the contributions are summed.",
            edits=((BIAS, 'self.grads["bias"] += grad_output.mean(axis=0)'),),
            hypothesis="factor",
        ),
        Variant(
            "weight-averaged",
            "The gradient of the weight is divided by the batch size, which the loss has already done.",
            edits=((WEIGHT, WEIGHT + " / len(self.x)"),),
            hypothesis="factor",
        ),
        Variant(
            "gradient-assigned",
            "The gradients are assigned, not added: a second backward forgets the first, so a layer that is "
            "used twice loses one of its contributions.",
            edits=((WEIGHT, WEIGHT.replace("+=", "=")), (BIAS, BIAS.replace("+=", "="))),
            shows="behaviour",
            hypothesis="overwritten",
        ),
        Variant(
            "first-input-kept",
            "The layer keeps the first input that it ever saw: every forward has to keep its own, for the "
            "backward that follows it.",
            edits=(("self.x = x\n", 'self.x = getattr(self, "x", x)\n'),),
            shows="behaviour",
        ),
        Variant(
            "forward-untransposed",
            "forward multiplies by the weight the wrong way round: Y = X Wᵀ + b, since the weight has a row for "
            "each *output*. A square weight hides this.",
            edits=(('x @ self.params["weight"].T', 'x @ self.params["weight"]'),),
            shows="value",
        ),
        Variant(
            "gradients-cleared",
            "forward clears the gradients: whoever uses the layer twice, or adds up over batches, loses what "
            "was there. Clearing is zero_grad's work.",
            edits=(("self.x = x\n", "self.x = x\n        self.zero_grad()\n"),),
            shows="behaviour",
        ),
        Variant(
            "bias-omitted",
            "The bias never reaches the output: Y = X Wᵀ alone always maps zero to zero.",
            edits=((' + self.params["bias"]', ""),),
            shows="value",
        ),
        Variant(
            "upstream-ignored",
            "backward doesn't use the gradient that it is given: it acts as if every output counted the same.",
            edits=((WEIGHT, "grad_output = np.ones_like(grad_output)\n        " + WEIGHT),),
            hypothesis="upstream",
        ),
        Variant(
            "updated-in-backward",
            "backward changes the weight before it computes the gradient of the input: it must use the weight "
            "that the forward pass used, and updating is the optimiser's work.",
            edits=((INPUT, 'self.params["weight"] -= 0.1 * self.grads["weight"]\n        ' + INPUT),),
            shows="behaviour",
        ),
        Variant(
            "first-example-only",
            "The gradient of the weight comes from the first example alone: every row of the batch contributes.",
            edits=((WEIGHT, 'self.grads["weight"] += np.outer(grad_output[0], self.x[0])'),),
            hypothesis="batch-sum",
        ),
        Variant(
            "input-scaled-twice",
            "The gradient of the input is multiplied by the input: a linear map's slope is its weight, whatever "
            "the input was.",
            edits=((INPUT, INPUT + " * self.x"),),
            hypothesis="times",
        ),
    ),
    right=(
        Variant(
            "einsum",
            edits=(
                (WEIGHT, 'self.grads["weight"] += np.einsum("bo,bi->oi", grad_output, self.x)'),
                (INPUT, 'return np.einsum("bo,oi->bi", grad_output, self.params["weight"])'),
            ),
        ),
        Variant(
            "rows-in-a-list",
            edits=(
                (
                    'return x @ self.params["weight"].T + self.params["bias"]',
                    'return np.array([self.params["weight"] @ row + self.params["bias"] for row in x])',
                ),
                (INPUT, 'return np.array([row @ self.params["weight"] for row in grad_output])'),
            ),
        ),
        Variant(
            "new-arrays",
            edits=(
                (WEIGHT, 'self.grads["weight"] = self.grads["weight"] + (self.x.T @ grad_output).T'),
                (BIAS, 'self.grads["bias"] = self.grads["bias"] + np.ones(len(grad_output)) @ grad_output'),
            ),
        ),
        Variant(
            "example-by-example",
            edits=(
                (
                    WEIGHT,
                    "for row, grad_row in zip(self.x, grad_output):\n"
                    '            self.grads["weight"] += np.outer(grad_row, row)',
                ),
                ("self.x = x\n", "self.x = np.array(x)\n"),
            ),
        ),
    ),
)

PASS = "return grad_output * self.positive"
CLIP = "return np.maximum(x, 0)"

RELU = Exercise(
    "relu",
    probe_relu,
    wrong=(
        Variant(
            "mask-from-upstream",
            "The gate is set by the sign of the incoming gradient; it must be set by the sign of the *input*, "
            "in the forward pass.",
            edits=((PASS, "return grad_output * (grad_output > 0)"),),
            hypothesis="mask",
        ),
        Variant(
            "mask-alone",
            "backward returns the gate itself, not the gate times the incoming gradient.",
            edits=((PASS, "return self.positive * 1.0"),),
            hypothesis="upstream",
        ),
        Variant(
            "input-destroyed",
            "forward zeroes the caller's array in place: whoever else holds that input finds it changed.",
            edits=((CLIP, "x[x < 0] = 0\n        return x"),),
            shows="behaviour",
        ),
        Variant(
            "leaky",
            "A little gradient leaks through where the input is negative; ReLU stops it altogether.",
            edits=((PASS, "return np.where(self.positive, grad_output, 0.01 * grad_output)"),),
            hypothesis="mask",
        ),
        Variant(
            "leaky-both-ways",
            "Below zero a hundredth of the input is left, and of the gradient: a leaky ReLU. A plain one gives 0.",
            edits=(
                (CLIP, "return np.where(x > 0, x, 0.01 * x)"),
                (PASS, "return np.where(self.positive, grad_output, 0.01 * grad_output)"),
            ),
            shows="value",
        ),
        Variant(
            "max-of-array",
            "np.max takes the largest entry of the whole array; ReLU compares entry by entry, with np.maximum.",
            edits=((CLIP, "return np.full_like(x, max(np.max(x), 0))"),),
            shows="value",
        ),
        Variant(
            "mask-inverted",
            "The gate is the wrong way round: the gradient passes where the input was negative.",
            edits=((PASS, "return grad_output * ~self.positive"),),
            hypothesis="mask",
        ),
        Variant(
            "no-mask",
            "The gradient passes everywhere; where the input was negative the output didn't move, and nothing "
            "may pass.",
            edits=((PASS, "return grad_output.copy()"),),
            hypothesis="mask",
        ),
        Variant(
            "times-input",
            "The gradient is multiplied by the output of ReLU instead of by its slope, which is 0 or 1.",
            edits=(("self.positive = x > 0", "self.positive = np.maximum(x, 0)"),),
            hypothesis="times",
        ),
        Variant(
            "upstream-changed",
            "backward zeroes entries of the gradient that it was given, in place: that array belongs to the "
            "caller.",
            edits=((PASS, "grad_output[~self.positive] = 0\n        return grad_output"),),
            shows="behaviour",
        ),
        Variant(
            "absolute-value",
            "forward returns |x|: negative inputs must become 0, not positive.",
            edits=((CLIP, "return np.abs(x)"),),
            shows="value",
        ),
    ),
    right=(
        Variant("where", edits=((PASS, "return np.where(self.positive, grad_output, 0.0)"),)),
        Variant(
            "half-at-the-kink",
            edits=(("self.positive = x > 0", "self.positive = (np.sign(x) + 1) / 2"),),
        ),
        Variant(
            "open-at-the-kink",
            edits=(("self.positive = x > 0", "self.positive = x >= 0"), (CLIP, "return x * (x > 0)")),
        ),
    ),
)

COPIES = "return tuple(x.copy() for _ in range(self.n))"
SUM = "return np.sum(grad_outputs, axis=0)"

DUPLICATE = Exercise(
    "duplicate",
    probe_duplicate,
    wrong=(
        Variant(
            "last-branch",
            "Only the last branch's gradient goes back: each branch overwrites the one before, where they "
            "should be summed.",
            edits=((SUM, "return grad_outputs[-1].copy()"),),
            hypothesis="branch",
        ),
        Variant(
            "first-branch",
            "Only the first branch's gradient goes back; the other branches carry the same value to the cost too.",
            edits=((SUM, "return grad_outputs[0].copy()"),),
            hypothesis="branch",
        ),
        Variant(
            "averaged",
            "The branches' gradients are averaged: a nudge of the input moves *all* branches in full, so their "
            "gradients are summed.",
            edits=((SUM, "return np.mean(grad_outputs, axis=0)"),),
            hypothesis="factor",
        ),
        Variant(
            "input-shared-out",
            "The input is divided among the branches; each of them gets all of it, a copy of its own.",
            edits=((COPIES, "return tuple(x / self.n for _ in range(self.n))"), (SUM, SUM + " / self.n")),
            shows="value",
        ),
        Variant(
            "same-array",
            "All branches get the same array object: the first one that works in place changes the others' input.",
            edits=((COPIES, "return (x,) * self.n"),),
            shows="behaviour",
        ),
        Variant(
            "read-only-views",
            "np.broadcast_to makes no copies: all branches are views of the one array, and read-only, so the first "
            "branch that works in place stops with an error. Give each a copy.",
            edits=((COPIES, "return tuple(np.broadcast_to(x, (self.n, *x.shape)))"),),
            shows="behaviour",
        ),
        Variant(
            "views-of-one-copy",
            "All branches are views of one copy: they are different objects and lie in the same memory, so the first one "
            "that works in place changes the others' input.",
            edits=((COPIES, "shared = x.copy()\n        return tuple(shared[...] for _ in range(self.n))"),),
            shows="behaviour",
        ),
        Variant(
            "sum-into-argument",
            "The running sum is kept in the first gradient's own array, so backward changes its argument.",
            edits=(
                (
                    SUM,
                    "total = grad_outputs[0]\n        for gradient in grad_outputs[1:]:\n"
                    "            total += gradient\n        return total",
                ),
            ),
            shows="behaviour",
        ),
        Variant(
            "product",
            "The branches' gradients are multiplied; contributions along different paths are added.",
            edits=((SUM, "return np.prod(grad_outputs, axis=0)"),),
            hypothesis="nonlinear",
        ),
        Variant(
            "two-branches",
            "Only two of the branches are summed: Duplicate(n) has n.",
            edits=((SUM, "return np.sum(grad_outputs[:2], axis=0)"),),
            hypothesis="branch",
        ),
        Variant(
            "summed-to-scalar",
            "The sum runs over all entries and leaves one number; it should run over the branches only.",
            edits=((SUM, "return np.sum(grad_outputs)"),),
            hypothesis="shape",
        ),
        Variant(
            "value-shared-out",
            "forward divides the value among the branches; each branch gets all of it.",
            edits=((COPIES, "return tuple(x / self.n for _ in range(self.n))"),),
            shows="value",
        ),
        Variant(
            "times-branches",
            "The sum is multiplied by the number of branches as well: summing has counted each branch already.",
            edits=((SUM, "return self.n * np.sum(grad_outputs, axis=0)"),),
            hypothesis="factor",
        ),
    ),
    right=(
        Variant(
            "running-sum",
            edits=(
                (
                    SUM,
                    "total = np.zeros_like(grad_outputs[0])\n        for gradient in grad_outputs:\n"
                    "            total += gradient\n        return total",
                ),
            ),
        ),
        Variant(
            "builtin-sum",
            edits=(
                (SUM, "return sum(grad_outputs)"),
                (COPIES, "return tuple([x + 0.0 for _ in range(self.n)])"),
            ),
        ),
        Variant("rows-of-a-stack", edits=((COPIES, "return tuple(np.repeat(x[None], self.n, axis=0))"),)),
        Variant(
            "the-input-and-copies", edits=((COPIES, "return (x, *[x.copy() for _ in range(self.n - 1)])"),)
        ),
    ),
)

TOTAL = "return np.sum(inputs, axis=0)"
EACH = "return tuple(grad_output.copy() for _ in range(self.k))"

ADD = Exercise(
    "add",
    probe_add,
    wrong=(
        Variant(
            "gradient-shared-out",
            "The gradient is divided among the inputs; each input moves the sum by its full change, so each gets "
            "the whole gradient.",
            edits=((EACH, "return tuple(grad_output / self.k for _ in range(self.k))"),),
            hypothesis="factor",
        ),
        Variant(
            "first-input-only",
            "Only the first input gets a gradient; every input moves the sum.",
            edits=(
                (EACH, "return (grad_output.copy(),) + tuple(0 * grad_output for _ in range(self.k - 1))"),
            ),
            hypothesis="zero",
        ),
        Variant(
            "same-array",
            "All inputs get the same gradient array: the first one that adds to it in place spoils the others.",
            edits=((EACH, "return (grad_output,) * self.k"),),
            shows="behaviour",
        ),
        Variant(
            "read-only-views",
            "np.broadcast_to makes no copies: all gradients are views of the one that came in, and read-only, so the "
            "first module that adds to its own in place stops with an error. Give each a copy.",
            edits=((EACH, "return tuple(np.broadcast_to(grad_output, (self.k, *grad_output.shape)))"),),
            shows="behaviour",
        ),
        Variant(
            "summed-over-batch",
            "The gradient is summed over the batch; no input was shared between the examples, so each keeps its own.",
            edits=((EACH, "return tuple(grad_output.sum(axis=0) for _ in range(self.k))"),),
            hypothesis="shape",
        ),
        Variant(
            "second-negated",
            "The inputs after the first get the gradient with the sign turned: that would be a subtraction.",
            edits=((EACH, "return (grad_output.copy(),) + tuple(-grad_output for _ in range(self.k - 1))"),),
            hypothesis="sign",
        ),
        Variant(
            "times-inputs",
            "The gradient is multiplied by the number of inputs; each input counts once.",
            edits=((EACH, "return tuple(self.k * grad_output for _ in range(self.k))"),),
            hypothesis="factor",
        ),
        Variant(
            "one-gradient",
            "backward returns one gradient; it owes a tuple with one for each input.",
            edits=((EACH, "return grad_output.copy()"),),
            hypothesis="returns",
        ),
        Variant(
            "first-two-only",
            "forward adds the first two inputs only; Add takes any number.",
            edits=((TOTAL, "return inputs[0] + inputs[1]"),),
            shows="value",
        ),
        Variant(
            "mean",
            "forward takes the mean of the inputs; Add is their sum.",
            edits=((TOTAL, "return np.mean(inputs, axis=0)"),),
            shows="value",
        ),
        Variant(
            "mean-and-its-gradient",
            "This is the mean of the inputs, forward and backward; Add is their sum.",
            edits=(
                (TOTAL, "return np.mean(inputs, axis=0)"),
                (EACH, "return tuple(grad_output / self.k for _ in range(self.k))"),
            ),
            shows="value",
        ),
        Variant(
            "sum-into-input",
            "The running sum is kept in the first input's own array, so forward changes its argument.",
            edits=(
                (
                    TOTAL,
                    "total = inputs[0]\n        for value in inputs[1:]:\n            total += value\n"
                    "        return total",
                ),
            ),
            shows="behaviour",
        ),
    ),
    right=(
        Variant("builtin-sum", edits=((TOTAL, "return sum(inputs)"),)),
        Variant(
            "ones",
            edits=(
                (EACH, "return tuple(np.ones_like(grad_output) * grad_output for _ in range(self.k))"),
                (TOTAL, "return np.stack(inputs).sum(axis=0)"),
            ),
        ),
    ),
)

SWITCH = "self.first = x1 > x2"
LARGER = "return np.maximum(x1, x2)"
SHARES = "return grad_output * self.first, grad_output * ~self.first"

MAX = Exercise(
    "max",
    probe_max,
    wrong=(
        Variant(
            "tie-to-both",
            "At a tie both inputs get the full gradient: the two shares must add up to one.",
            edits=(
                (SWITCH, "self.first, self.second = x1 >= x2, x2 >= x1"),
                (SHARES, "return grad_output * self.first, grad_output * self.second"),
            ),
            hypothesis="tie",
        ),
        Variant(
            "tie-to-nobody",
            "At a tie neither input gets a gradient: the two shares must add up to one.",
            edits=(
                (SWITCH, "self.first, self.second = x1 > x2, x2 > x1"),
                (SHARES, "return grad_output * self.first, grad_output * self.second"),
            ),
            hypothesis="tie",
        ),
        Variant(
            "decided-in-backward",
            "backward compares the inputs, which somebody may have changed by then: decide in forward, and keep "
            "the decision.",
            edits=(
                (SWITCH, "self.x1, self.x2 = x1, x2"),
                (SHARES, "first = self.x1 > self.x2\n        " + SHARES.replace("self.first", "first")),
            ),
            shows="behaviour",
        ),
        Variant(
            "branches-swapped",
            "The loser gets the gradient and the winner gets zero.",
            edits=((SHARES, "return grad_output * ~self.first, grad_output * self.first"),),
            hypothesis="mask",
        ),
        Variant(
            "both-in-full",
            "Both inputs get the full gradient everywhere; the smaller one didn't move the output.",
            edits=((SHARES, "return grad_output.copy(), grad_output.copy()"),),
            hypothesis="mask",
        ),
        Variant(
            "half-each",
            "Each input gets half of the gradient everywhere; the winner gets all of it, except at a tie.",
            edits=((SHARES, "return grad_output / 2, grad_output / 2"),),
            hypothesis="mask",
        ),
        Variant(
            "mask-alone",
            "backward returns the switch itself, not the switch times the incoming gradient.",
            edits=((SHARES, "return self.first * 1.0, ~self.first * 1.0"),),
            hypothesis="upstream",
        ),
        Variant(
            "loser-negated",
            "The smaller input gets the gradient with the sign turned; it gets zero.",
            edits=(
                (
                    SHARES,
                    "return np.where(self.first, 1, -1) * grad_output, np.where(self.first, -1, 1) * grad_output",
                ),
            ),
            hypothesis="mask",
        ),
        Variant(
            "mask-from-upstream",
            "The switch is set by the sign of the incoming gradient; it must be set by the inputs, in the "
            "forward pass.",
            edits=((SHARES, "return grad_output * (grad_output > 0), grad_output * (grad_output <= 0)"),),
            hypothesis="mask",
        ),
        Variant(
            "smaller",
            "forward returns the smaller of the two inputs.",
            edits=((LARGER, "return np.minimum(x1, x2)"),),
            shows="value",
        ),
        Variant(
            "max-of-array",
            "np.max takes the largest entry of a whole array; Max compares the two inputs entry by entry.",
            edits=((LARGER, "return np.full_like(x1, max(np.max(x1), np.max(x2)))"),),
            shows="value",
        ),
    ),
    right=(
        Variant(
            "where",
            edits=(
                (LARGER, "return np.where(x1 > x2, x1, x2)"),
                (SHARES, "return np.where(self.first, grad_output, 0), np.where(self.first, 0, grad_output)"),
            ),
        ),
        Variant("a-ramp-on-top", edits=((LARGER, "return x2 + np.maximum(x1 - x2, 0)"),)),
        Variant(
            "half-at-a-tie",
            edits=(
                (SWITCH, "self.first = (np.sign(x1 - x2) + 1) / 2"),
                (SHARES, "return grad_output * self.first, grad_output * (1 - self.first)"),
            ),
        ),
        Variant("first-at-a-tie", edits=((SWITCH, "self.first = x1 >= x2"),)),
    ),
)

TINY = Exercise(
    "tiny",
    probe_tiny,
    wrong=(
        Variant(
            "relu-skipped",
            "The gradient goes past ReLU into the first Linear; every module on the way forward is on the way back.",
            edits=(("self.linear1.backward(self.relu.backward(grad_r))", "self.linear1.backward(grad_r)"),),
            hypothesis="mask",
        ),
        Variant(
            "max-swapped",
            "The two gradients from Max are swapped: the first belongs to Add, the second to the third Linear.",
            edits=(("grad_a, grad_t = self.max", "grad_t, grad_a = self.max"),),
            hypothesis="mask",
        ),
        Variant(
            "max-skipped",
            "Both sides of Max get the full gradient; Max decides, entry by entry, which side it goes to.",
            edits=(
                (
                    "grad_a, grad_t = self.max.backward(grad_output)",
                    "grad_a, grad_t = grad_output, grad_output",
                ),
            ),
            hypothesis="mask",
        ),
        Variant(
            "one-path",
            "Only the path through ReLU reaches the input; the other two Linear modules read the input too.",
            edits=(("return self.duplicate.backward(grad_x1, grad_x2, grad_x3)", "return grad_x1"),),
            hypothesis="branch",
        ),
        Variant(
            "last-path-missing",
            "The third Linear's gradient doesn't reach the input: Duplicate sums three branches.",
            edits=(("(grad_x1, grad_x2, grad_x3)", "(grad_x1, grad_x2)"),),
            hypothesis="branch",
        ),
        Variant(
            "averaged",
            "The three paths are averaged where they meet at the input; Duplicate sums them.",
            edits=(
                (
                    "return self.duplicate.backward(grad_x1, grad_x2, grad_x3)",
                    "return (grad_x1 + grad_x2 + grad_x3) / 3",
                ),
            ),
            hypothesis="factor",
        ),
        Variant(
            "relu-twice",
            "ReLU stands on one branch only; the gradient of the second Linear doesn't pass through it.",
            edits=(("self.linear2.backward(grad_s)", "self.linear2.backward(self.relu.backward(grad_s))"),),
            hypothesis="mask",
        ),
        Variant(
            "first-branch-ungated",
            "The first branch gets the whole gradient, past Add and Max; only what Max lets through belongs to it.",
            edits=(("self.relu.backward(grad_r)", "self.relu.backward(grad_output)"),),
            hypothesis="mask",
        ),
        Variant(
            "all-zeros",
            "The network returns zeros and sends zeros back, whatever it is given: its Linear modules are never "
            "asked.",
            source="""
class TinyNetwork(Module):
    def __init__(self, in_features, out_features, rng):
        super().__init__()
        self.out_features = out_features

    def forward(self, x):
        self.x = x
        return np.zeros((len(x), self.out_features))

    def backward(self, grad_output):
        return np.zeros_like(self.x)
""",
            shows="value",
        ),
    ),
    right=(
        Variant(
            "sum-by-hand",
            edits=(("self.duplicate.backward(grad_x1, grad_x2, grad_x3)", "grad_x3 + grad_x2 + grad_x1"),),
        ),
        Variant(
            "add-skipped",
            edits=(("grad_r, grad_s = self.add.backward(grad_a)", "grad_r, grad_s = grad_a, grad_a"),),
        ),
    ),
)

BANK = Bank("02-modules", (LINEAR, RELU, DUPLICATE, ADD, MAX, TINY))
