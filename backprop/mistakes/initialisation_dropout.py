"""What students write for 11-initialisation-dropout: first weights, dropout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Bank, Exercise, Variant

Names = Mapping[str, Any]
Rng = np.random.Generator


def probe_kaiming(names: Names, rng: Rng) -> dict[str, Any]:
    """One draw from a seeded generator, if the seed decides it."""
    seed = int(rng.integers(1, 10**6))
    once, again = (np.array(names["kaiming_normal"]((5, 3), np.random.default_rng(seed))) for _ in range(2))
    return {"weight": once if np.array_equal(once, again) else None}


def probe_dropout(names: Names, rng: Rng) -> dict[str, Any]:
    """Facts that don't depend on which entries happen to be dropped."""
    p = 0.3
    module = names["Dropout"](p, np.random.default_rng(int(rng.integers(1, 10**6))))
    x, upstream = rng.uniform(1, 2, size=(40, 50)), rng.uniform(1, 2, size=(40, 50))
    passed = x.copy()
    forward = np.array(module.forward(passed)) / x
    back = np.array(module.backward(upstream)) / upstream
    module.forward(np.zeros_like(x))
    silent = np.array(module.backward(upstream)) / upstream
    second = np.array(module.forward(x)) / x
    module.eval()
    seen = {
        "factors": np.unique(forward.round(6)),
        "factors back": np.unique(back.round(6)),
        "factors back where the input is 0": np.unique(silent.round(6)),
        "dropped": float(np.round(np.mean(forward == 0), 1)),
        "same mask back": bool(np.array_equal(forward == 0, back == 0)),
        "new mask": not np.array_equal(forward == 0, second == 0),
        "one mask for all": bool(np.all((forward == 0) == (forward == 0)[0])),
        "as many each time": bool(np.sum(forward == 0) == np.sum(second == 0)),
        "whole rows": bool(np.all(np.all(forward == 0, axis=1) | np.all(forward != 0, axis=1))),
        "input changed": not np.array_equal(passed, x),
        "evaluation": np.unique((np.array(module.forward(x)) / x).round(6)),
    }
    return seen | {"evaluation back": np.unique((np.array(module.backward(upstream)) / upstream).round(6))}


DRAW = "rng.normal(0.0, np.sqrt(2 / shape[1]), size=shape)"

KAIMING = Exercise(
    "kaiming",
    probe_kaiming,
    wrong=(
        Variant(
            "outputs-counted",
            "The number of outputs is used where the number of inputs belongs: shape is "
            "(out_features, in_features), and it is the inputs that an output adds up.",
            edits=(("shape[1]", "shape[0]"),),
            shows="value",
        ),
        Variant(
            "variance-as-deviation",
            "The variance 2/n is used as the standard deviation: its square root is missing.",
            edits=(("np.sqrt(2 / shape[1])", "2 / shape[1]"),),
            shows="value",
        ),
        Variant(
            "without-two",
            "The variance is 1/n. ReLU lets half of the mean square through, which the 2 makes up for.",
            edits=(("2 / shape[1]", "1 / shape[1]"),),
            shows="value",
        ),
        Variant(
            "root-of-the-slip",
            "The variance is 1/√n, as the lecture's sentence says. It is the standard deviation that goes "
            "with 1/√n.",
            edits=(("np.sqrt(2 / shape[1])", "shape[1] ** -0.25"),),
            shows="value",
        ),
        Variant(
            "all-zeros",
            "All weights are zero: every unit of a layer then stays like every other for ever.",
            edits=((DRAW, "np.zeros(shape)"),),
            shows="behaviour",
        ),
        Variant(
            "uniform",
            "The weights are uniform between ±√(2/n): their standard deviation is too small by √3, "
            "and they aren't normally distributed.",
            edits=((DRAW, "rng.uniform(-np.sqrt(2 / shape[1]), np.sqrt(2 / shape[1]), size=shape)"),),
            shows="value",
        ),
        Variant(
            "uniform-of-the-right-size",
            "The size is right, but these weights are uniform (that is kaiming_uniform); asked for were normal "
            "ones.",
            edits=((DRAW, "rng.uniform(-np.sqrt(6 / shape[1]), np.sqrt(6 / shape[1]), size=shape)"),),
            shows="value",
        ),
        Variant(
            "own-generator",
            "The weights come from a generator made inside, not from rng: all layers of one shape get the same "
            "ones.",
            edits=((DRAW, "np.random.default_rng(0).normal(0.0, np.sqrt(2 / shape[1]), size=shape)"),),
            shows="behaviour",
        ),
        Variant(
            "global-generator",
            "The weights come from np.random, not from rng: the same seed doesn't give the same weights again.",
            edits=((DRAW, DRAW.replace("rng", "np.random")),),
            shows="behaviour",
        ),
        Variant(
            "transposed",
            "The array's shape is turned round: it must be the shape that was asked for.",
            edits=(("size=shape", "size=shape[::-1]"),),
            shows="value",
        ),
        Variant(
            "one-sided",
            "All weights are positive: the derivation needs the mean 0, or the sums don't cancel.",
            edits=((DRAW, f"np.abs({DRAW})"),),
            shows="value",
        ),
        Variant(
            "inputs-and-outputs",
            "The variance is 2/(inputs + outputs), which is Xavier's (Glorot's) rule; Kaiming's is 2/inputs.",
            edits=(("2 / shape[1]", "2 / (shape[0] + shape[1])"),),
            shows="value",
        ),
        Variant(
            "all-entries-counted",
            "The variance is 2 over the number of all weights; it is 2 over the number of inputs, whatever the outputs.",
            edits=(("2 / shape[1]", "2 / (shape[0] * shape[1])"),),
            shows="value",
        ),
        Variant(
            "one-row-for-all",
            "All outputs get the same weights: each row needs numbers of its own.",
            edits=((DRAW, "np.tile(rng.normal(0.0, np.sqrt(2 / shape[1]), size=shape[1]), (shape[0], 1))"),),
            shows="value",
        ),
        Variant(
            "two-before-the-root",
            "Only n is under the root: in √(2/n) the 2 is under it, too.",
            edits=((DRAW, DRAW.replace("np.sqrt(2 / shape[1])", "2 / np.sqrt(shape[1])")),),
            shows="value",
        ),
    ),
    right=(
        Variant("scaled-afterwards", edits=((DRAW, "rng.normal(size=shape) * np.sqrt(2.0 / shape[1])"),)),
        Variant(
            "unpacked",
            source="""
def kaiming_normal(shape, rng):
    out_features, in_features = shape
    return rng.standard_normal((out_features, in_features)) / (in_features / 2) ** 0.5
""",
        ),
    ),
)

MASK = "(self.rng.random(size=x.shape) >= self.p)"
SCALE = f"self.scale = {MASK} / (1 - self.p)"
BACK = "return grad_output * self.scale"

DROPOUT = Exercise(
    "dropout",
    probe_dropout,
    wrong=(
        Variant(
            "not-rescaled",
            "What is kept isn't multiplied by 1/(1 - p): in training the next layer receives less than in "
            "evaluation.",
            edits=((SCALE, f"self.scale = {MASK} * 1.0"),),
            shows="value",
        ),
        Variant(
            "rescaled-at-evaluation",
            "In evaluation the input is multiplied by 1 - p, although training has already rescaled.",
            edits=(("np.ones_like(x)", "np.full(x.shape, 1 - self.p)"),),
            shows="behaviour",
        ),
        Variant(
            "nineties-style",
            "This is the first paper's scheme: nothing rescaled in training, 1 - p in evaluation. Here "
            "training divides by 1 - p and evaluation passes the input on.",
            edits=(
                (SCALE, f"self.scale = {MASK} * 1.0"),
                ("np.ones_like(x)", "np.full(x.shape, 1 - self.p)"),
            ),
            shows="behaviour",
        ),
        Variant(
            "active-in-evaluation",
            "It drops in evaluation too: look at self.training.",
            edits=(("if self.training:", "if True:"),),
            shows="behaviour",
        ),
        Variant(
            "new-mask-in-backward",
            "backward draws a mask of its own. It has to be forward's: a unit that was silent isn't to blame.",
            edits=(
                (BACK, "return grad_output * (self.rng.random(grad_output.shape) >= self.p) / (1 - self.p)"),
            ),
            hypothesis="mask",
        ),
        Variant(
            "keep-and-drop-swapped",
            "p is used as the probability to keep; it is the probability to drop.",
            edits=((SCALE, SCALE.replace(">=", "<").replace("1 - self.p", "self.p")),),
            shows="value",
        ),
        Variant(
            "mask-inverted",
            "The mask is inverted: it keeps with probability p, and then rescales as if it dropped with p.",
            edits=((SCALE, SCALE.replace(">=", "<")),),
            shows="value",
        ),
        Variant(
            "one-mask-for-the-batch",
            "All examples of the batch share one mask: each needs its own.",
            edits=(
                ("size=x.shape", "size=x.shape[1:]"),
                (
                    "return x * self.scale",
                    "self.scale = self.scale * np.ones_like(x)\n        return x * self.scale",
                ),
            ),
            shows="behaviour",
        ),
        Variant(
            "backward-not-rescaled",
            "backward applies the mask but not the factor 1/(1 - p), which forward has applied.",
            edits=((BACK, "return grad_output * (self.scale > 0)"),),
            hypothesis="factor",
        ),
        Variant(
            "exactly-that-many",
            "Exactly the share p is dropped each time. Each entry tosses its own coin, so the number varies.",
            edits=(
                (
                    MASK,
                    "(self.rng.permutation(x.size).reshape(x.shape) >= round(self.p * x.size))",
                ),
            ),
            shows="behaviour",
        ),
        Variant(
            "mask-kept-for-ever",
            "The mask is drawn once and used for ever: the dropped units never learn. Draw a new one in every "
            "forward.",
            edits=((SCALE, "if not np.any(getattr(self, 'scale', 1.0) == 0):\n                " + SCALE),),
            shows="behaviour",
        ),
        Variant(
            "input-changed",
            "forward changes its input in place; somebody else may still need it.",
            edits=(("return x * self.scale", "x *= self.scale\n        return x"),),
            shows="behaviour",
        ),
        Variant(
            "whole-examples",
            "One coin decides for a whole example: each entry needs a coin of its own.",
            edits=(
                ("size=x.shape", "size=(len(x), *[1] * (x.ndim - 1))"),
                (
                    "return x * self.scale",
                    "self.scale = self.scale * np.ones_like(x)\n        return x * self.scale",
                ),
            ),
            shows="behaviour",
        ),
        Variant(
            "mask-read-from-the-output",
            "The mask is read from the output, which is 0 also where the input was 0: keep the mask itself.",
            edits=(
                ("return x * self.scale", "self.output = x * self.scale\n        return self.output"),
                (BACK, "return grad_output * self.scale * (self.output != 0)"),
            ),
            shows="value",
        ),
        Variant(
            "modes-exchanged",
            "The two modes are exchanged: entries are dropped in evaluation, and only there.",
            edits=(("if self.training:", "if not self.training:"),),
            shows="behaviour",
        ),
        Variant(
            "multiplied-by-the-share-kept",
            "What is kept is multiplied by 1 - p; it is divided by it, so that the mean stays.",
            edits=((SCALE, SCALE.replace("/ (1", "* (1")),),
            shows="value",
        ),
        Variant(
            "normal-coins",
            "The coins are normal numbers; for a probability p they have to be uniform, between 0 and 1.",
            edits=((SCALE, SCALE.replace("rng.random(", "rng.normal(")),),
            shows="value",
        ),
    ),
    right=(
        Variant(
            "zeros-put-in",
            source="""
class Dropout(Module):
    def __init__(self, p, rng):
        super().__init__()
        self.p, self.rng = p, rng

    def forward(self, x):
        self.now = self.p if self.training else 0.0
        self.gone = self.rng.random(x.shape) < self.now
        return self.through(x)

    def through(self, array):
        out = array / (1 - self.now)
        out[self.gone] = 0
        return out

    def backward(self, grad_output):
        return self.through(grad_output)
""",
        ),
        Variant(
            "mask-and-factor",
            source="""
class Dropout(Module):
    def __init__(self, p, rng):
        super().__init__()
        self.p = p
        self.rng = rng

    def forward(self, x):
        self.keep = None
        if not self.training or self.p == 0:
            return x.copy()
        self.keep = self.rng.binomial(1, 1 - self.p, size=x.shape)
        return np.where(self.keep == 1, x / (1 - self.p), 0.0)

    def backward(self, grad_output):
        if self.keep is None:
            return grad_output.copy()
        return self.keep * grad_output / (1 - self.p)
""",
        ),
        Variant(
            "divided-later", edits=((SCALE, f"self.scale = np.where{MASK[:-1]}, 1 / (1 - self.p), 0.0)"),)
        ),
        Variant(
            "evaluation-by-scalar",
            edits=(("self.scale = np.ones_like(x)", "self.scale = 1.0"),),
        ),
    ),
)

BANK = Bank("11-initialisation-dropout", (KAIMING, DROPOUT))
