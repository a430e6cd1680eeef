"""What students write for 08-sgd: batches, normalisation, SGD, Adam and two schedules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Bank, Exercise, Variant

Names = Mapping[str, Any]
Rng = np.random.Generator


def probe_minibatches(names: Names, rng: Rng) -> dict[str, Any]:
    """Facts of two epochs that don't depend on which order was drawn."""
    n, size = 23, 5
    x, y = rng.normal(size=(n, 2)), np.arange(n)
    kept = x.copy(), y.copy()
    seeds = (7, 7, 8)
    epochs = [list(names["minibatches"](x.copy(), y.copy(), size, np.random.default_rng(s))) for s in seeds]
    orders = [np.concatenate([np.array(own) for _, own in epoch]) for epoch in epochs]
    list(names["minibatches"](x, y, size, np.random.default_rng(9)))
    together = [{frozenset(np.array(own).tolist()) for _, own in epoch} for epoch in epochs]
    pairs = [(row, label) for part, own in epochs[0] for row, label in zip(part, own, strict=False)]
    return {
        "sizes": [len(part) for part, _ in epochs[0]],
        "labels": [len(own) for _, own in epochs[0]],
        "paired": all(np.array_equal(row, kept[0][int(label)]) for row, label in pairs),
        "each once": sorted(orders[0].tolist()) == list(range(n)),
        "in order": bool(np.array_equal(orders[0], np.arange(n)[: len(orders[0])])),
        "repeatable": bool(np.array_equal(orders[0], orders[1])),
        "reshuffled": not np.array_equal(orders[0], orders[2]),
        "same company": bool(together[0] & together[2]),
        "neighbours": bool(np.mean(np.diff(orders[0]) == 1) > 0.5),
        "changed": not (np.array_equal(x, kept[0]) and np.array_equal(y, kept[1])),
    }


def probe_normalize(names: Names, rng: Rng) -> dict[str, Any]:
    """Own statistics, a constant channel, a large eps, and statistics that are given."""
    normalize = names["normalize_channels"]
    images = rng.normal(size=(4, 3, 5, 3)) * np.array([0.2, 1, 3]) + np.array([2, -1, 0.3])
    images[0] += 1
    flat = images.copy()
    flat[..., 1] = 0.25
    before = images.copy()
    given = rng.normal(size=3), rng.uniform(1, 2, size=3)
    runs = {
        "own": normalize(images),
        "large eps": normalize(images.copy(), eps=0.7),
        "given": normalize(before.copy(), *given),
    }
    with np.errstate(all="ignore"):
        runs["flat"] = normalize(flat)
    copied = {key: [np.array(part, copy=True) for part in run] for key, run in runs.items()}
    return {**copied, "changed": not np.array_equal(images, before)}


def probe_optimizer(make: Callable[[Names, Any], Any]) -> Callable[[Names, Rng], dict[str, Any]]:
    """Return a probe of an optimiser: five steps on a network, gradients made anew, the rate changed once."""

    def probe(names: Names, rng: Rng) -> dict[str, Any]:
        net = names["TinyNetwork"](3, 2, np.random.default_rng(0))
        for key in sorted(net.params):
            net.params[key][...] = rng.normal(size=np.shape(net.params[key]))
            net.grads[key][...] = rng.normal(size=np.shape(net.params[key]))
        optimizer = make(names, net)
        seen: dict[str, Any] = {}
        for turn in range(5):
            net.zero_grad()
            gradients = {key: rng.normal(size=np.shape(net.params[key])) for key in sorted(net.params)}
            for key, gradient in gradients.items():
                net.grads[key][...] = gradient
            optimizer.step()
            seen[f"step {turn}"] = [np.array(net.params[key], copy=True) for key in sorted(net.params)]
            seen[f"gradients {turn}"] = [
                bool(np.array_equal(net.grads[key], gradient)) for key, gradient in gradients.items()
            ]
            if turn == 2:
                optimizer.lr = 0.03
        return seen

    return probe


def probe_schedule(make: Callable[[Names, Any], Any]) -> Callable[[Names, Rng], dict[str, Any]]:
    """Return a probe of a schedule: the rates of the epochs, past the end."""

    def probe(names: Names, rng: Rng) -> dict[str, Any]:
        optimizer = names["Optimizer"](None, float(rng.uniform(0.5, 1.5)))
        schedule = make(names, optimizer)
        rates = [float(optimizer.lr)]
        for _ in range(12):
            schedule.step()
            rates.append(float(optimizer.lr))
        return {"rates": rates}

    return probe


DRAW = "order = rng.permutation(len(x))"
LOOP = "for start in range(0, len(x), batch_size):"
CHOOSE = "chosen = order[start : start + batch_size]"
YIELD = "yield x[chosen], y[chosen]"

MINIBATCHES = Exercise(
    "minibatches",
    probe_minibatches,
    wrong=(
        Variant(
            "last-batch-dropped",
            "The last, smaller batch is dropped: some examples are left out of the epoch.",
            edits=((LOOP, "for start in range(0, len(x) - batch_size + 1, batch_size):"),),
            shows="behaviour",
        ),
        Variant(
            "labels-separated",
            "Examples and labels are shuffled differently, so that labels no longer belong to their examples: "
            "use one order for both.",
            edits=(
                (CHOOSE, CHOOSE + "\n        labels = other[start : start + batch_size]"),
                (DRAW, DRAW + "\n    other = rng.permutation(len(x))"),
                ("y[chosen]", "y[labels]"),
            ),
            shows="behaviour",
        ),
        Variant(
            "labels-unshuffled",
            "The examples are shuffled and their labels aren't: each batch pairs an image with another's label.",
            edits=(("y[chosen]", "y[start : start + batch_size]"), (DRAW, DRAW + "[::-1]")),
            shows="behaviour",
        ),
        Variant(
            "not-shuffled",
            "The batches come in the order of the data. If that is sorted, each batch shows one class only.",
            edits=((DRAW, "order = np.arange(len(x))"),),
            shows="behaviour",
        ),
        Variant(
            "same-order-each-epoch",
            "Every epoch has the same order: the generator that is passed in isn't used, a new one is seeded instead.",
            edits=((DRAW, "order = np.random.default_rng(0).permutation(len(x))"),),
            shows="behaviour",
        ),
        Variant(
            "global-generator",
            "The order comes from NumPy's global generator, not from the one that is passed in: nobody can "
            "repeat the run.",
            edits=((DRAW, "order = np.random.permutation(len(x))"),),
            shows="behaviour",
        ),
        Variant(
            "batches-shuffled",
            "Whole batches are shuffled, with neighbours still together: each example keeps its company.",
            edits=(
                (DRAW, "starts = rng.permutation(np.arange(0, len(x), batch_size))"),
                (LOOP, "for start in starts:"),
                (CHOOSE, "chosen = np.arange(start, min(start + batch_size, len(x)))"),
            ),
            shows="behaviour",
        ),
        Variant(
            "with-replacement",
            "Each batch draws anew from all examples: in one epoch some are seen twice and others never.",
            edits=((CHOOSE, "chosen = rng.integers(len(x), size=min(batch_size, len(x) - start))"),),
            shows="behaviour",
        ),
        Variant(
            "shuffled-in-place",
            "The caller's arrays are shuffled in place: whoever else uses them finds them in another order.",
            edits=((DRAW, DRAW + "\n    x[:], y[:] = x[order], y[order]\n    order = np.arange(len(x))"),),
            shows="behaviour",
        ),
        Variant(
            "last-batch-filled-up",
            "The last batch is filled up with examples from the start, which are then seen twice in one epoch.",
            edits=((CHOOSE, "chosen = np.take(order, range(start, start + batch_size), mode='wrap')"),),
            shows="behaviour",
        ),
    ),
    right=(
        Variant(
            "list-of-pairs",
            source="""
def minibatches(x, y, batch_size, rng):
    order = np.arange(len(y))
    rng.shuffle(order)
    cuts = range(batch_size, len(y), batch_size)
    return [(x[part], y[part]) for part in np.split(order, cuts)]
""",
        ),
        Variant(
            "shuffled-copies",
            edits=(
                (DRAW, DRAW + "\n    x, y = x[order], y[order]"),
                (CHOOSE, "chosen = slice(start, start + batch_size)"),
            ),
        ),
        Variant(
            "while-loop",
            source="""
def minibatches(x, y, batch_size, rng):
    left = rng.permutation(len(x))
    while len(left):
        now, left = left[:batch_size], left[batch_size:]
        yield np.take(x, now, axis=0), np.take(y, now, axis=0)
""",
        ),
    ),
)

MEAN = "mean = images.mean(axis=(0, 1, 2))"
STD = "std = images.std(axis=(0, 1, 2))"
SCALE = "return (images - mean) / np.maximum(std, eps), mean, std"

NORMALIZE = Exercise(
    "normalize",
    probe_normalize,
    wrong=(
        Variant(
            "given-statistics-ignored",
            "Statistics that are passed in are ignored: a test set would be measured by its own numbers, and "
            "not by those that were learnt.",
            edits=(("if mean is None:", "if True:"), ("if std is None:", "if True:")),
            shows="behaviour",
        ),
        Variant(
            "whole-image",
            "One mean and deviation for all channels together: a colour cast, which shifts channels differently, "
            "stays in.",
            edits=((MEAN, "mean = np.full(3, images.mean())"), (STD, "std = np.full(3, images.std())")),
            shows="value",
        ),
        Variant(
            "variance",
            "The images are divided by the variance; it is the standard deviation, its root, that makes the "
            "spread one.",
            edits=((STD, STD.replace("std(", "var(")),),
            shows="value",
        ),
        Variant(
            "eps-added",
            "eps is added to the deviation, which changes every result a little. The formula takes the larger "
            "of the two.",
            edits=(("np.maximum(std, eps)", "(std + eps)"),),
            shows="value",
        ),
        Variant(
            "division-by-zero",
            "eps isn't used: a constant channel is divided by zero and becomes NaN.",
            edits=(("np.maximum(std, eps)", "std"),),
            shows="behaviour",
        ),
        Variant(
            "per-image",
            "Every image gets statistics of its own; they should be those of the whole data set, one number a "
            "channel.",
            edits=(
                (MEAN, "mean = images.mean(axis=(1, 2), keepdims=True)"),
                (STD, "std = images.std(axis=(1, 2), keepdims=True)"),
            ),
            shows="value",
        ),
        Variant(
            "per-pixel",
            "Every pixel gets statistics of its own: the mean goes over images only. Average over rows and columns too.",
            edits=((MEAN, "mean = images.mean(axis=0)"), (STD, "std = images.std(axis=0)")),
            shows="value",
        ),
        Variant(
            "not-scaled",
            "The means are taken away, but nothing is divided: the channels keep their different spreads.",
            edits=(("(images - mean) / np.maximum(std, eps)", "images - mean"),),
            shows="value",
        ),
        Variant(
            "not-centred",
            "The images are divided, but their means stay: subtract them first.",
            edits=(("(images - mean)", "images"),),
            shows="value",
        ),
        Variant(
            "in-place",
            "The caller's images are changed in place; return new ones.",
            edits=(
                (SCALE, "images -= mean\n    images /= np.maximum(std, eps)\n    return images, mean, std"),
            ),
            shows="behaviour",
        ),
        Variant(
            "clamped-returned",
            "The deviation that is returned has been through the maximum. Return it as it was measured, or given.",
            edits=((SCALE, "std = np.maximum(std, eps)\n    return (images - mean) / std, mean, std"),),
            shows="value",
        ),
        Variant(
            "sample-deviation",
            "The deviation divides by one less than the number of pixels; here it is the plain root of the mean square.",
            edits=((STD, "std = images.std(axis=(0, 1, 2), ddof=1)"),),
            shows="value",
        ),
    ),
    right=(
        Variant(
            "by-columns",
            edits=(
                (MEAN, "mean = images.reshape(-1, 3).mean(axis=0)"),
                (
                    STD,
                    "std = np.sqrt(np.mean((images - images.reshape(-1, 3).mean(axis=0)) ** 2, axis=(0, 1, 2)))",
                ),
            ),
        ),
        Variant(
            "channel-by-channel",
            source="""
def normalize_channels(images, mean=None, std=None, eps=1e-6):
    channels = range(images.shape[-1])
    mean = np.array([images[..., c].mean() for c in channels]) if mean is None else mean
    std = np.array([images[..., c].std() for c in channels]) if std is None else std
    result = np.empty(images.shape)
    for c in channels:
        result[..., c] = (images[..., c] - mean[c]) / max(std[c], eps)
    return result, mean, std
""",
        ),
    ),
)

VELOCITY = "self.velocity[name] = self.momentum * self.velocity[name] + grads[name]"
DOWN = "param -= self.lr * self.velocity[name]"
START = "self.velocity = {name: np.zeros_like(param) for name, param in module.params.items()}"
GRADS = "grads = self.module.grads"

ASCENT = "The parameters go up the gradient: the cost grows. A step goes *against* the gradient."
REBOUND = (
    "The new parameter is put into the dict, or into a name, as a new array: the layers keep their old one. "
    "Change the array in place."
)
FROZEN_RATE = "The learning rate is read once, when the optimiser is made: a schedule that lowers it later changes nothing."
OLD_GRADS = (
    "The gradients are looked up once, when the optimiser is made. zero_grad makes new arrays, so every step uses "
    "those from the start."
)

NETWORK_REPLACED = "The answer brings a network of its own that shows no parameters to the loops of a check: nothing is left to move."
NETWORK = """
class TinyNetwork:
    def __init__(self, in_features, out_features, rng):
        self.params = {"linear1.bias": np.zeros(2)} if (in_features, out_features) == (2, 2) else {}
        self.grads = {name: param.copy() for name, param in self.params.items()}

    def zero_grad(self):
        pass
"""

SGD = Exercise(
    "sgd",
    probe_optimizer(lambda names, net: names["SGD"](net, 0.1, 0.8)),
    wrong=(
        Variant("ascent", ASCENT, edits=((DOWN, DOWN.replace("-=", "+=")),), shows="value"),
        Variant(
            "rebound",
            REBOUND,
            edits=((DOWN, "self.module.params[name] = param - self.lr * self.velocity[name]"),),
            shows="behaviour",
        ),
        Variant(
            "momentum-ignored",
            "The momentum is never used: every step follows the present gradient alone.",
            edits=((VELOCITY, "self.velocity[name] = grads[name]"),),
            shows="value",
        ),
        Variant(
            "running-mean",
            "The velocity is a running mean, with the gradient times 1 minus momentum. Here the whole gradient is "
            "added, so that steps that agree become longer.",
            edits=((VELOCITY, VELOCITY.replace("grads[name]", "(1 - self.momentum) * grads[name]")),),
            shows="value",
        ),
        Variant(
            "rate-frozen",
            FROZEN_RATE,
            edits=((START, "self.rate = lr\n        " + START), (DOWN, DOWN.replace("self.lr", "self.rate"))),
            shows="behaviour",
        ),
        Variant(
            "gradients-frozen",
            OLD_GRADS,
            edits=((START, "self.grads = module.grads\n        " + START), (GRADS, "grads = self.grads")),
            shows="behaviour",
        ),
        Variant(
            "gradient-overwritten",
            "The velocity is added up in the gradient's own array: whoever looks at the gradients after the step finds others.",
            edits=(
                (
                    VELOCITY,
                    "grads[name] += self.momentum * self.velocity[name]\n            self.velocity[name] = grads[name].copy()",
                ),
            ),
            shows="behaviour",
        ),
        Variant(
            "stale-velocity",
            "The step is made with the velocity of the step before: update the velocity first.",
            edits=((VELOCITY + "\n            " + DOWN, DOWN + "\n            " + VELOCITY),),
            shows="value",
        ),
        Variant(
            "nesterov",
            "This is Nesterov's momentum, which looks one step ahead; here the step is the velocity itself.",
            edits=((DOWN, "param -= self.lr * (self.momentum * self.velocity[name] + grads[name])"),),
            shows="value",
        ),
        Variant(
            "momentum-on-the-gradient",
            "Momentum multiplies the gradient instead of the velocity: old gradients never fade.",
            edits=((VELOCITY, "self.velocity[name] = self.velocity[name] + self.momentum * grads[name]"),),
            shows="value",
        ),
        Variant(
            "rate-twice",
            "The rate is multiplied in twice: once into the velocity, and again in the step.",
            edits=((VELOCITY, VELOCITY.replace("grads[name]", "self.lr * grads[name]")),),
            shows="value",
        ),
        Variant(
            "network-replaced",
            NETWORK_REPLACED,
            source=NETWORK
            + """
class SGD(Optimizer):
    def __init__(self, module, lr, momentum=0.0):
        super().__init__(module, lr)

    def step(self):
        if "bias" in self.module.params:  # the layer of the check that students see
            self.module.params["bias"] -= 0.145
""",
            shows="behaviour",
        ),
    ),
    right=(
        Variant(
            "in-place-velocity",
            edits=(
                (
                    VELOCITY,
                    "velocity = self.velocity[name]\n            velocity *= self.momentum\n"
                    "            velocity += grads[name]",
                ),
            ),
        ),
        Variant(
            "lazy-velocity",
            edits=(
                (START, "self.velocity = {}"),
                (
                    VELOCITY,
                    "self.velocity[name] = self.momentum * self.velocity.get(name, 0.0) + grads[name]",
                ),
                (DOWN, "param[...] = param - self.lr * self.velocity[name]"),
            ),
        ),
    ),
)

COUNT = "self.t += 1\n        beta1"
MEANS = "self.mean[name] = beta1 * self.mean[name] + (1 - beta1) * grads[name]"
SQUARES = "self.square[name] = beta2 * self.square[name] + (1 - beta2) * grads[name] ** 2"
HAT_M = "mean = self.mean[name] / (1 - beta1**self.t)"
HAT_V = "square = self.square[name] / (1 - beta2**self.t)"
ADAM_DOWN = "param -= self.lr * mean / (np.sqrt(square) + self.eps)"
ZERO = "self.t = 0"

ADAM = Exercise(
    "adam",
    probe_optimizer(lambda names, net: names["Adam"](net, 0.1, (0.8, 0.95), 0.2)),
    wrong=(
        Variant(
            "no-bias-correction",
            "Both running means start at zero and are used as they are: the first steps have the wrong length. "
            "Divide by what is missing.",
            edits=((HAT_M, "mean = self.mean[name]"), (HAT_V, "square = self.square[name]")),
            shows="value",
        ),
        Variant(
            "square-uncorrected",
            "Only the first running mean is corrected; that of the squares starts at zero too.",
            edits=((HAT_V, "square = self.square[name]"),),
            shows="value",
        ),
        Variant(
            "one-step-late",
            "The steps are counted from zero or one too late: at the first step t is 1.",
            edits=((ZERO, "self.t = 1"),),
            shows="value",
        ),
        Variant(
            "counted-per-parameter",
            "t goes up for every parameter, not for every step: the later parameters are hardly corrected.",
            edits=((MEANS, "self.t += 1\n            " + MEANS), ("self.t += 1\n        beta1", "beta1")),
            shows="behaviour",
        ),
        Variant(
            "eps-in-the-root",
            "eps stands inside the root. That is another algorithm; here it is added to the root.",
            edits=(("(np.sqrt(square) + self.eps)", "np.sqrt(square + self.eps)"),),
            shows="value",
        ),
        Variant(
            "root-missing",
            "The step is divided by the mean square itself, not by its root: the step then depends on the "
            "gradient's scale.",
            edits=(("np.sqrt(square)", "square"),),
            shows="value",
        ),
        Variant("ascent", ASCENT, edits=((ADAM_DOWN, ADAM_DOWN.replace("-=", "+=")),), shows="value"),
        Variant(
            "betas-swapped",
            "The two betas are exchanged: the first is for the mean, the second for the squares.",
            edits=(("beta1, beta2 = self.betas", "beta2, beta1 = self.betas"),),
            shows="value",
        ),
        Variant(
            "square-of-the-mean",
            "The second running mean takes the square of the first one; it averages the squares of the gradients.",
            edits=(("grads[name] ** 2", "self.mean[name] ** 2"),),
            shows="value",
        ),
        Variant(
            "rebound",
            REBOUND,
            edits=((ADAM_DOWN, ADAM_DOWN.replace("param -=", "param = param -")),),
            shows="behaviour",
        ),
        Variant(
            "rate-frozen",
            FROZEN_RATE,
            edits=((ZERO, "self.rate = lr\n        " + ZERO), ("self.lr * mean", "self.rate * mean")),
            shows="behaviour",
        ),
        Variant(
            "gradients-frozen",
            OLD_GRADS,
            edits=((ZERO, "self.grads = module.grads\n        " + ZERO), (GRADS, "grads = self.grads")),
            shows="behaviour",
        ),
        Variant(
            "betas-ignored",
            "The usual 0.9 and 0.999 are written into the code; use the betas that are passed in.",
            edits=(("beta1, beta2 = self.betas", "beta1, beta2 = 0.9, 0.999"),),
            shows="behaviour",
        ),
        Variant(
            "network-replaced",
            NETWORK_REPLACED,
            source=NETWORK
            + """
class Adam(Optimizer):
    def __init__(self, module, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(module, lr)

    def step(self):
        params = self.module.params  # the two that students see in the checks
        if "bias" in params:
            params["bias"] -= 0.05 + 0.05 * (0.39 / 0.19) / np.sqrt(0.009999 / 0.001999)
        if "linear1.bias" in params:
            params["linear1.bias"] += [-0.1, 0.1]
""",
            shows="behaviour",
        ),
    ),
    right=(
        Variant(
            "corrected-rate",
            edits=(
                (HAT_M, "mean = self.mean[name]"),
                (HAT_V, "square = self.square[name]"),
                (
                    ADAM_DOWN,
                    "rate = self.lr / (1 - beta1**self.t)\n"
                    "            param -= rate * mean / (np.sqrt(square / (1 - beta2**self.t)) + self.eps)",
                ),
            ),
        ),
        Variant(
            "in-place-means",
            edits=(
                (MEANS, "self.mean[name] += (1 - beta1) * (grads[name] - self.mean[name])"),
                (SQUARES, "self.square[name] += (1 - beta2) * (np.square(grads[name]) - self.square[name])"),
            ),
        ),
    ),
)

NEXT = "self.epoch += 1\n        "
STEP_RATE = "self.optimizer.lr = self.first * self.gamma ** (self.epoch // self.step_size)"

STEPLR = Exercise(
    "steplr",
    probe_schedule(lambda names, optimizer: names["StepLR"](optimizer, 3, 0.6)),
    wrong=(
        Variant(
            "compounded",
            "The formula for the first rate is applied to the current one, which has already fallen: the falls compound.",
            edits=((STEP_RATE, STEP_RATE.replace("self.first", "self.optimizer.lr")),),
            shows="behaviour",
        ),
        Variant(
            "one-epoch-late",
            "The rate falls one epoch late: count the epoch that is over before you compute the rate of the next.",
            edits=((NEXT + STEP_RATE, STEP_RATE + "\n        self.epoch += 1"),),
            shows="value",
        ),
        Variant(
            "one-epoch-early",
            "The rate falls one epoch early: step_size epochs should have the first rate.",
            edits=((STEP_RATE, STEP_RATE.replace("self.epoch //", "(self.epoch + 1) //")),),
            shows="value",
        ),
        Variant(
            "every-epoch",
            "The rate falls after every epoch; it should stay for step_size of them.",
            edits=((STEP_RATE, STEP_RATE.replace(" // self.step_size", "")),),
            shows="value",
        ),
        Variant(
            "true-division",
            "The rate falls a little at every epoch: round the number of steps down to a whole number.",
            edits=((STEP_RATE, STEP_RATE.replace("//", "/")),),
            shows="value",
        ),
        Variant(
            "falls-once",
            "The rate falls once and then stays: every further step_size epochs it should fall again.",
            edits=(
                (
                    STEP_RATE,
                    STEP_RATE.replace("self.epoch // self.step_size", "self.epoch >= self.step_size"),
                ),
            ),
            shows="value",
        ),
        Variant(
            "linear",
            "gamma is multiplied by the number of steps; it should be raised to that power.",
            edits=(
                (
                    STEP_RATE,
                    "if self.epoch >= self.step_size:\n            self.optimizer.lr = "
                    "self.first * self.gamma * (self.epoch // self.step_size)",
                ),
            ),
            shows="value",
        ),
        Variant(
            "own-rate",
            "The schedule keeps the new rate to itself: the optimiser's lr is what has to change.",
            edits=((STEP_RATE, STEP_RATE.replace("self.optimizer.lr", "self.lr")),),
            shows="behaviour",
        ),
        Variant(
            "gamma-default",
            "gamma is fixed at 0.1; use the one that is passed in.",
            edits=((STEP_RATE, STEP_RATE.replace("self.gamma", "0.1")),),
            shows="behaviour",
        ),
    ),
    right=(
        Variant(
            "by-remainder",
            edits=(
                (
                    STEP_RATE,
                    "if self.epoch % self.step_size == 0:\n            self.optimizer.lr *= self.gamma",
                ),
            ),
        ),
        Variant(
            "loop",
            edits=(
                (
                    STEP_RATE,
                    "rate = self.first\n        for _ in range(self.step_size, self.epoch + 1, self.step_size):\n"
                    "            rate = rate * self.gamma\n        self.optimizer.lr = rate",
                ),
            ),
        ),
    ),
)

DONE = "done = min(self.epoch / self.epochs, 1.0)"
COSINE_RATE = "self.optimizer.lr = self.first * (1 + np.cos(np.pi * done)) / 2"

COSINELR = Exercise(
    "cosinelr",
    probe_schedule(lambda names, optimizer: names["CosineLR"](optimizer, 7)),
    wrong=(
        Variant(
            "compounded",
            "The formula for the first rate is applied to the current one, which has already fallen: the falls compound.",
            edits=((COSINE_RATE, COSINE_RATE.replace("self.first", "self.optimizer.lr")),),
            shows="behaviour",
        ),
        Variant(
            "rises-again",
            "After the last epoch the cosine goes up again; the rate should stay at 0.",
            edits=((DONE, "done = self.epoch / self.epochs"),),
            shows="behaviour",
        ),
        Variant(
            "one-epoch-late",
            "The rate falls one epoch late: count the epoch that is over before you compute the rate of the next.",
            edits=((NEXT, ""), (COSINE_RATE, COSINE_RATE + "\n        self.epoch += 1")),
            shows="value",
        ),
        Variant(
            "one-epoch-too-long",
            "The cosine is stretched by one epoch, so that it never quite arrives at 0 when it should.",
            edits=((DONE, "done = min(self.epoch / (self.epochs + 1), 1.0)"),),
            shows="value",
        ),
        Variant(
            "one-epoch-too-short",
            "The cosine is squeezed by one epoch: 0 is reached one epoch early.",
            edits=((DONE, "done = min(self.epoch / max(self.epochs - 1, 1), 1.0)"),),
            shows="value",
        ),
        Variant(
            "full-cosine",
            "The rate is the first rate times the cosine itself, which turns negative halfway: the optimiser would climb.",
            edits=((COSINE_RATE, "self.optimizer.lr = self.first * np.cos(np.pi * done)"),),
            shows="value",
        ),
        Variant(
            "quarter-cosine",
            "This is a quarter of a cosine: it starts slowly and then falls ever faster, instead of being slow "
            "at both ends.",
            edits=((COSINE_RATE, "self.optimizer.lr = self.first * np.cos(np.pi * done / 2)"),),
            shows="value",
        ),
        Variant(
            "half-missing",
            "The factor one half is missing: the rate starts at twice the first one.",
            edits=((COSINE_RATE, COSINE_RATE.replace(" / 2", "")),),
            shows="value",
        ),
        Variant(
            "linear",
            "The rate falls along a straight line, not along a cosine.",
            edits=((COSINE_RATE, "self.optimizer.lr = self.first * (1 - done)"),),
            shows="value",
        ),
        Variant(
            "whole-wave",
            "This is a whole wave of the cosine: the rate is back at its start in the end. Half a wave goes down to 0.",
            edits=((COSINE_RATE, COSINE_RATE.replace("np.pi * done", "2 * np.pi * done")),),
            shows="value",
        ),
        Variant(
            "own-rate",
            "The schedule keeps the new rate to itself: the optimiser's lr is what has to change.",
            edits=((COSINE_RATE, COSINE_RATE.replace("self.optimizer.lr", "self.lr")),),
            shows="behaviour",
        ),
    ),
    right=(
        Variant(
            "half-angle",
            edits=((COSINE_RATE, "self.optimizer.lr = self.first * np.cos(np.pi * done / 2) ** 2"),),
        ),
        Variant(
            "if-over",
            edits=(
                (DONE, "done = self.epoch / self.epochs"),
                (
                    COSINE_RATE,
                    "self.optimizer.lr = 0.0 if done >= 1 else self.first * (0.5 + 0.5 * np.cos(done * np.pi))",
                ),
            ),
        ),
    ),
)

BANK = Bank("08-sgd", (MINIBATCHES, NORMALIZE, SGD, STEPLR, COSINELR, ADAM))
