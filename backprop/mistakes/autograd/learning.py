"""What students write for descend and zero_grad: a step, and emptying."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Exercise, Variant, attempt

Names = Mapping[str, Any]
Rng = np.random.Generator


def probe_learning(names: Names, rng: Rng) -> dict[str, Any]:
    """Values and grads of three tensors after a step, after their gradients were emptied, and after another step."""
    seen: dict[str, Any] = {}
    for name, more in (("descend", (0.3,)), ("zero_grad", ()), ("descend", (0.7,))):
        given = [names["Tensor"](rng.normal(size=shape)) for shape in ((2, 3), (1,), (4,))]
        own = list(given)  # they may put others into the list
        for tensor in own:
            tensor.grad = rng.normal(size=np.shape(tensor.value))
        ended, step = attempt(names[name], given, *more), " ".join(map(str, (name, *more)))
        seen[f"{step}: ended"] = str(ended) if isinstance(ended, str) else ended is None
        if isinstance(ended, str):
            continue  # what a call that stopped has left unchanged is no mistake of its own
        seen[f"{step}: values"] = [np.array(tensor.value, dtype=float) for tensor in own]
        seen[f"{step}: grads"] = [attempt(lambda t=tensor: np.array(t.grad, dtype=float)) for tensor in own]
        seen[f"{step}: others in the list"] = [
            one is not other for one, other in zip(given, own, strict=False)
        ]
    return seen


MOVE = "tensor.value = tensor.value - rate * tensor.grad"
EMPTY = "tensor.grad = np.zeros(tensor.shape)"

LEARNING = Exercise(
    "learning",
    probe_learning,
    wrong=(
        Variant(
            "mean-of-the-gradient",
            "Every entry moves by the mean of the gradient; each has a slope of its own.",
            edits=((MOVE, MOVE.replace("tensor.grad", "tensor.grad.mean()")),),
            shows="behaviour",
        ),
        Variant(
            "list-refilled",
            "New tensors are put into the list; the old ones, which the network reads and whoever called still holds, stay "
            "as they were. Change `value` of each.",
            edits=(
                (
                    MOVE,
                    "k = next(k for k, t in enumerate(tensors) if t is tensor)\n"
                    "        tensors[k] = Tensor(tensor.value - rate * tensor.grad)",
                ),
            ),
            shows="behaviour",
        ),
        Variant(
            "grad-scaled",
            "The gradient itself is multiplied by the rate: `grad` is left as it is, and the step made of it.",
            edits=((MOVE, "tensor.grad *= rate\n        tensor.value = tensor.value - tensor.grad"),),
            shows="behaviour",
        ),
        Variant(
            "divided-by-size",
            "The step is divided by the number of entries: each has a slope of its own, and a mean belongs into the cost.",
            edits=((MOVE, MOVE + " / tensor.grad.size"),),
            shows="behaviour",
        ),
        Variant(
            "unit-length",
            "The gradient is divided by its length, so that every step is as long as the next; the step is the rate times "
            "the gradient as it is.",
            edits=((MOVE, MOVE + " / np.linalg.norm(tensor.grad)"),),
            shows="behaviour",
        ),
        Variant(
            "change-alone",
            "The value is replaced by the step; it should be moved by it.",
            edits=((MOVE, "tensor.value = -rate * tensor.grad"),),
            shows="behaviour",
        ),
        Variant(
            "uphill",
            "The step goes up the gradient; the cost falls against it, so the step is subtracted.",
            edits=((MOVE, "tensor.value = tensor.value + rate * tensor.grad"),),
            shows="behaviour",
        ),
        Variant(
            "rate-forgotten",
            "The step is the whole gradient: the rate is left out.",
            edits=((MOVE, "tensor.value = tensor.value - tensor.grad"),),
            shows="behaviour",
        ),
        Variant(
            "name-rebound",
            "The new value is given to a variable of the function's own; the tensor keeps its old one.",
            edits=((MOVE, "value = tensor.value\n        value = value - rate * tensor.grad"),),
            shows="behaviour",
        ),
        Variant(
            "first-only",
            "The function returns inside its loop: only the first tensor moves.",
            edits=((MOVE, MOVE + "\n        return"),),
            shows="behaviour",
        ),
        Variant(
            "first-emptied-only",
            "zero_grad returns inside its loop: only the first tensor's gradient is emptied.",
            edits=((EMPTY, EMPTY + "\n        return"),),
            shows="behaviour",
        ),
        Variant(
            "emptied-before-the-step",
            "`descend` empties the gradients before it uses them, so that nothing moves.",
            edits=((MOVE, "tensor.grad = np.zeros(tensor.shape)\n        " + MOVE),),
            shows="behaviour",
        ),
        Variant(
            "sign-only",
            "Every entry moves by the rate itself; the step is the rate times the gradient, not times its sign.",
            edits=((MOVE, MOVE.replace("tensor.grad", "np.sign(tensor.grad)")),),
            shows="behaviour",
        ),
        Variant(
            "divided-by-the-rate",
            "The gradient is divided by the rate; it is multiplied by it.",
            edits=((MOVE, "tensor.value = tensor.value - tensor.grad / rate"),),
            shows="behaviour",
        ),
        Variant(
            "value-scaled",
            "The value is multiplied by 1 - rate · grad; the step is subtracted from it.",
            edits=((MOVE, "tensor.value = tensor.value * (1 - rate * tensor.grad)"),),
            shows="behaviour",
        ),
        Variant(
            "value-emptied",
            "zero_grad sets the values to zero; it should empty the gradients.",
            edits=((EMPTY, "tensor.value = np.zeros(tensor.shape)"),),
            shows="behaviour",
        ),
        Variant(
            "grad-not-emptied",
            "zero_grad empties a variable of its own; the tensor's `grad` stays as it was.",
            edits=((EMPTY, "grad = tensor.grad\n        grad = np.zeros(tensor.shape)"),),
            shows="behaviour",
        ),
        Variant(
            "grad-without-shape",
            "zero_grad leaves a single 0 in the place of an array of zeros in the tensor's shape.",
            edits=((EMPTY, "tensor.grad = 0.0"),),
            shows="behaviour",
        ),
        Variant(
            "step-empties-too",
            "`descend` empties the gradients as well: that is zero_grad's task, and whoever looks at them after the step "
            "finds nothing.",
            edits=((MOVE, MOVE + "\n        tensor.grad = np.zeros(tensor.shape)"),),
            shows="behaviour",
        ),
        Variant(
            "grad-is-none",
            "zero_grad sets `grad` to None; it is an array of zeros, to which the next walk adds.",
            edits=((EMPTY, "tensor.grad = None"),),
            shows="behaviour",
        ),
        Variant(
            "grad-ones",
            "zero_grad fills the gradients with ones.",
            edits=((EMPTY, "tensor.grad = np.ones(tensor.shape)"),),
            shows="behaviour",
        ),
    ),
    right=(
        Variant(
            "in-place",
            edits=((MOVE, "tensor.value -= rate * tensor.grad"), (EMPTY, "tensor.grad[...] = 0")),
        ),
        Variant(
            "zeros-like",
            edits=(
                (MOVE, "tensor.value = tensor.value + (-rate) * tensor.grad"),
                (EMPTY, "tensor.grad = np.zeros_like(tensor.value)"),
            ),
        ),
    ),
)
