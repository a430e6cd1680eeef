"""What students write for 08-sgd: batches, normalisation, SGD with momentum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Bank, Exercise, Variant, attempt, probe_optimizer

Names = Mapping[str, Any]
Rng = np.random.Generator


def probe_minibatches(names: Names, rng: Rng) -> dict[str, Any]:
    """Facts of two epochs that don't depend on which order was drawn."""
    n, size = 23, 5
    x, y = rng.normal(size=(n, 2)), np.arange(n)
    kept = x.copy(), y.copy()
    epoch = names["minibatches"](x.copy(), y.copy(), size, np.random.default_rng(6))
    form = attempt(lambda: [np.shape(part) for part in next(iter(epoch))])
    if form != [(size, 2), (size,)]:
        return {"form": str(form)}
    twice = np.random.default_rng(8)
    generators = [np.random.default_rng(7), np.random.default_rng(7), twice, twice]
    epochs = [list(names["minibatches"](x.copy(), y.copy(), size, generator)) for generator in generators]
    orders = [np.concatenate([np.array(own) for _, own in epoch]) for epoch in epochs]
    list(names["minibatches"](x, y, size, np.random.default_rng(9)))
    together = [{frozenset(np.array(own).tolist()) for _, own in epoch} for epoch in epochs]
    pairs = [(row, label) for part, own in epochs[0] for row, label in zip(part, own, strict=False)]
    even = list(names["minibatches"](x[:20], np.ones((20, 3)), size, np.random.default_rng(9)))
    return {
        "form": str(form),
        "sizes": [len(part) for part, _ in epochs[0]],
        "labels": [len(own) for _, own in epochs[0]],
        "no repeats": all(len(set(np.array(own).tolist())) == len(own) for _, own in epochs[0]),
        "paired": all(np.array_equal(row, kept[0][int(label)]) for row, label in pairs),
        "each once": sorted(orders[0].tolist()) == list(range(n)),
        "in order": bool(np.array_equal(orders[0], np.arange(n)[: len(orders[0])])),
        "repeatable": bool(np.array_equal(orders[0], orders[1])),
        "reshuffled": not np.array_equal(orders[0], orders[2]),
        "next epoch": not np.array_equal(orders[2], orders[3]),
        "same company": bool(together[0] & together[2]),
        "neighbours": bool(np.mean(np.diff(orders[0]) == 1) > 0.5),
        "changed": not (np.array_equal(x, kept[0]) and np.array_equal(y, kept[1])),
        "even": [np.shape(own) for _, own in even],
    }


def probe_normalize(names: Names, rng: Rng) -> dict[str, Any]:
    """Own statistics, constant channels, a large eps, and statistics that are given, both or one of them."""
    normalize = names["normalize_channels"]
    images = rng.normal(size=(4, 3, 5, 3)) * np.array([0.2, 1, 3]) + np.array([2, -1, 0.3])
    images[0] += 1
    flat = images.copy()
    flat[..., 1] = 0.25
    before = images.copy()
    mean, std = rng.normal(size=3), rng.uniform(1, 2, size=3)
    calls: dict[str, tuple[Any, dict[str, Any]]] = {
        "own": (images, {}),
        "large eps": (before.copy(), {"eps": 0.7}),
        "given": (before.copy(), {"mean": mean, "std": std}),
        "given, small": (before.copy(), {"mean": mean, "std": std * np.array([1, 0.1, 1]), "eps": 0.3}),
        "mean given": (before.copy(), {"mean": mean}),
        "std given": (before.copy(), {"std": std}),
        "flat": (flat, {}),
        "even": (np.tile([0.1, 0.7, 1.3], (2, 3, 3, 1)), {}),
    }
    seen: dict[str, Any] = {}
    for label, (pictures, given) in calls.items():
        try:
            with np.errstate(all="ignore"):
                seen[label] = [np.array(part, copy=True) for part in normalize(pictures, **given)]
        except (ValueError, TypeError):
            seen[label] = "fails"
    return {**seen, "changed": not np.array_equal(images, before)}


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
            "returned-at-once",
            "`return` ends the function with its first batch; `yield` hands one out, and goes on when the next is asked for.",
            edits=((YIELD, YIELD.replace("yield", "return")),),
            shows="behaviour",
        ),
        Variant(
            "labels-first",
            "Each batch hands out the labels first; the examples come first, then the labels.",
            edits=((YIELD, "yield y[chosen], x[chosen]"),),
            shows="behaviour",
        ),
        Variant(
            "indices-only",
            "Each batch is a list of places; what is wanted are the examples and the labels at these places.",
            edits=((YIELD, "yield chosen"),),
            shows="behaviour",
        ),
        Variant(
            "one-too-short",
            "Each batch lacks its last example: a slice ends *before* its second number.",
            edits=((CHOOSE, "chosen = order[start : start + batch_size - 1]"),),
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
            "sizes-evened",
            "The batches are made equally long; all of them should have batch_size examples, and the last one the rest.",
            edits=(
                (LOOP, "for chosen in np.array_split(order, -(-len(x) // batch_size)):"),
                (CHOOSE + "\n        ", ""),
            ),
            shows="behaviour",
        ),
        Variant(
            "empty-batch-at-the-end",
            "Where the size divides the number of examples, a last batch without any example follows.",
            edits=((LOOP, "for start in range(0, len(x) + 1, batch_size):"),),
            shows="behaviour",
        ),
        Variant(
            "order-drawn-for-each-batch",
            "A new order is drawn for each batch, so that one epoch shows some examples twice and others never: draw "
            "one order, and cut it.",
            edits=((CHOOSE, "chosen = rng.permutation(len(x))[start : start + batch_size]"),),
            shows="behaviour",
        ),
        Variant(
            "first-batch-only",
            "Only the first batch is handed out: a return inside the loop ends it.",
            edits=((YIELD, "return [(x[chosen], y[chosen])]"),),
            shows="behaviour",
        ),
        Variant(
            "generator-copied",
            "The order is drawn from a copy of the generator: the one that was passed in doesn't move on, and the next "
            "epoch has the same order.",
            edits=((DRAW, "import copy\n\n    order = copy.deepcopy(rng).permutation(len(x))"),),
            shows="behaviour",
        ),
        Variant(
            "labels-flattened",
            "Labels of more than one axis lose their shape: index them along the first axis, and leave the rest alone.",
            edits=(("y[chosen]", "y[chosen].ravel()"),),
            shows="behaviour",
        ),
        Variant(
            "last-batch-filled-up",
            "The last batch is filled up with examples from the start, which are then seen twice in one epoch.",
            edits=((CHOOSE, "chosen = np.take(order, range(start, start + batch_size), mode='wrap')"),),
            shows="behaviour",
        ),
        Variant(
            "shuffled-within-batches",
            "Each batch is a stretch of the data, shuffled in itself: the same examples share a batch in every epoch.",
            edits=((CHOOSE, "chosen = start + rng.permutation(min(batch_size, len(x) - start))"),),
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
            "difference-of-squares",
            "The variance is the mean of the squares less the square of the mean: of two nearly equal numbers "
            "only rounding is left, which may be negative, and its root is NaN. Subtract the mean first.",
            edits=(
                (STD, "std = np.sqrt((images**2).mean(axis=(0, 1, 2)) - images.mean(axis=(0, 1, 2)) ** 2)"),
            ),
            shows="value",
        ),
        Variant(
            "given-statistics-ignored",
            "Statistics that are passed in are ignored: a test set would be measured by its own numbers, and "
            "not by those that were learnt.",
            edits=(("if mean is None:", "if True:"), ("if std is None:", "if True:")),
            shows="behaviour",
        ),
        Variant(
            "both-or-neither",
            "Where one of the two statistics is given and the other isn't, the given one is computed anew: ask for each "
            "by itself.",
            edits=(
                ("if mean is None:", "if mean is None or std is None:"),
                ("if std is None:", "if std is None or mean is None:"),
            ),
            shows="behaviour",
        ),
        Variant(
            "std-only-with-the-mean",
            "The deviation is computed only where the mean is, too: with a mean that is given, and no deviation, None is "
            "left.",
            edits=(("if std is None:\n        std", "    std"),),
            shows="behaviour",
        ),
        Variant(
            "truth-of-an-array",
            "`mean or ...` asks whether an array is true, and an array of several numbers has no answer: ask `mean is None`.",
            edits=(("if mean is None:\n        " + MEAN, "mean = mean or images.mean(axis=(0, 1, 2))"),),
            shows="behaviour",
        ),
        Variant(
            "given-not-guarded",
            "A deviation that is given is divided by as it is: the maximum with eps is for it, too.",
            edits=(
                (SCALE, "return (images - mean) / (np.maximum(std, eps) if learnt else std), mean, std"),
                ("if std is None:", "learnt = std is None\n    if std is None:"),
            ),
            shows="value",
        ),
        Variant(
            "one-number-for-all",
            "One mean and one deviation for the whole set: each of the three channels needs its own, so average over the "
            "first three axes.",
            edits=((MEAN, "mean = images.mean()"), (STD, "std = images.std()")),
            shows="value",
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
        Variant(
            "bracket-missing",
            "Only the mean is divided: (images - mean) / ... takes brackets around the difference.",
            edits=(("(images - mean) / np.maximum(std, eps)", "images - mean / np.maximum(std, eps)"),),
            shows="value",
        ),
        Variant(
            "smaller-of-the-two",
            "The division is by the smaller of the two, which is eps nearly always: np.maximum takes the larger.",
            edits=(("np.maximum(std, eps)", "np.minimum(std, eps)"),),
            shows="value",
        ),
        Variant(
            "returned-in-another-order",
            "The deviation is returned before the mean: images, mean, deviation is the order.",
            edits=((SCALE, SCALE.replace("mean, std", "std, mean")),),
            shows="value",
        ),
        Variant(
            "deviation-about-the-given-mean",
            "The deviation is measured from the mean that is given; it is that of the images about their own mean.",
            edits=((STD, "std = np.sqrt(np.mean((images - mean) ** 2, axis=(0, 1, 2)))"),),
            shows="value",
        ),
        Variant(
            "least-and-range",
            "The images are scaled from their least to their largest number; asked for are mean and standard deviation.",
            edits=(
                (MEAN, MEAN.replace("mean(axis", "min(axis")),
                (STD, "std = np.ptp(images, axis=(0, 1, 2))"),
            ),
            shows="value",
        ),
        Variant(
            "mean-size-for-deviation",
            "The deviation is the mean distance from the mean; the standard deviation is the root of the mean square.",
            edits=((STD, "std = np.mean(np.abs(images - images.mean(axis=(0, 1, 2))), axis=(0, 1, 2))"),),
            shows="value",
        ),
        Variant(
            "median",
            "The median is taken; asked for is the mean.",
            edits=((MEAN, "mean = np.median(images, axis=(0, 1, 2))"),),
            shows="value",
        ),
        Variant(
            "only-zero-guarded",
            "Only a deviation of exactly 0 is replaced by eps; the maximum replaces every one that is smaller than eps.",
            edits=(("np.maximum(std, eps)", "np.where(std == 0, eps, std)"),),
            shows="value",
        ),
        Variant(
            "statistics-of-the-result",
            "What is returned are the mean and deviation after normalising, 0 and 1; those of the images are needed for the test set.",
            edits=(
                (
                    SCALE,
                    "images = (images - mean) / np.maximum(std, eps)\n    return images, images.mean(axis=(0, 1, 2)), images.std(axis=(0, 1, 2))",
                ),
            ),
            shows="value",
        ),
        Variant(
            "least-and-range-beside-a-given-mean",
            "The images are scaled from their least to their largest number; asked for are mean and standard deviation.",
            edits=(
                (MEAN, MEAN.replace("mean(axis", "min(axis")),
                (STD, "std = images.max(axis=(0, 1, 2)) - mean"),
            ),
            shows="value",
        ),
        Variant(
            "mean-size-about-the-given-mean",
            "The deviation is the mean distance from the mean; the standard deviation is the root of the mean square.",
            edits=((STD, "std = np.mean(np.abs(images - mean), axis=(0, 1, 2))"),),
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

ONLY_LAST = (
    "The line that moves the parameters stands below the loop: only the last one moves. It belongs inside."
)
ASCENT = "The parameters go up the gradient: the cost grows. A step goes *against* the gradient."
REBOUND = (
    "The new parameter is put into the dict, or into a name, as a new array: the layers keep their old one. "
    "Change the array in place."
)
FROZEN_RATE = "The learning rate is read once, when the optimiser is made: a schedule that lowers it later changes nothing."
OLD_GRADS = (
    "The gradients are looked up once, when the optimiser is made. A module may put new arrays there, and then every "
    "step uses those from the start: ask for `self.module.grads` at each step."
)

SGD = Exercise(
    "sgd",
    probe_optimizer(lambda names, net: names["SGD"](net, 0.1, 0.8)),
    wrong=(
        Variant(
            "last-parameter-only",
            ONLY_LAST,
            edits=((DOWN, "pass\n        " + DOWN),),
            shows="value",
        ),
        Variant(
            "velocity-begins-with-a-gradient",
            "The velocities start with the gradients that were there when the optimiser was made: they should start at zero.",
            edits=((START, START.replace("np.zeros_like(param)", "module.grads[name].copy()")),),
            shows="value",
        ),
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
            "velocity-is-the-gradient",
            "The first velocity is the gradient's own array, not a copy: adding to the one changes the other.",
            edits=(
                (START, "self.velocity = {}"),
                (
                    VELOCITY,
                    "if name not in self.velocity:\n                self.velocity[name] = grads[name]\n"
                    "            else:\n                self.velocity[name] *= self.momentum\n"
                    "                self.velocity[name] += grads[name]",
                ),
            ),
            shows="behaviour",
        ),
        Variant(
            "gradients-cleared",
            "The gradients are set to zero after the step. That is the loop's business: whoever looks at them finds none.",
            edits=((DOWN, DOWN + "\n        self.module.zero_grad()"),),
            shows="behaviour",
        ),
        Variant(
            "one-velocity-for-all",
            "All parameters share one velocity: keep one for each, under its name.",
            edits=(
                (START, "self.velocity = 0.0"),
                (VELOCITY, "self.velocity = self.momentum * self.velocity + grads[name]"),
                (DOWN, "param -= self.lr * self.velocity"),
            ),
            shows="value",
        ),
        Variant(
            "velocity-by-shape",
            "Velocities are kept by shape: two parameters of the same shape share one. Keep them by name.",
            edits=(
                (START, START.replace("name: np", "np.shape(param): np")),
                (
                    VELOCITY,
                    "key = np.shape(param)\n            self.velocity[key] = self.momentum * self.velocity[key] + grads[name]",
                ),
                (DOWN, "param -= self.lr * self.velocity[key]"),
            ),
            shows="value",
        ),
        Variant(
            "velocity-starts-at-the-parameters",
            "The velocities start as copies of the parameters: they should start at zero.",
            edits=((START, START.replace("np.zeros_like(param)", "param.copy()")),),
            shows="value",
        ),
        Variant(
            "velocity-not-faded",
            "The step adds the whole old velocity: it should fade by the momentum first.",
            edits=(
                (
                    VELOCITY + "\n            " + DOWN,
                    "param -= self.lr * (self.velocity[name] + grads[name])\n            " + VELOCITY,
                ),
            ),
            shows="value",
        ),
        Variant(
            "rate-in-the-velocity",
            "The rate is inside the velocity, so that old gradients keep the rate of their time. Here the velocity has no "
            "rate in it, and the step takes the present one.",
            edits=(
                (VELOCITY, VELOCITY.replace("grads[name]", "self.lr * grads[name]")),
                (DOWN, "param -= self.velocity[name]"),
            ),
            shows="value",
        ),
        Variant(
            "momentum-fixed",
            "A momentum of 0.9 is written into the code: use the one that is passed in.",
            edits=((VELOCITY, VELOCITY.replace("self.momentum *", "0.9 *")),),
            shows="value",
        ),
        Variant(
            "first-parameter-only",
            "Only the first parameter moves: a return inside the loop ends it.",
            edits=((DOWN, DOWN + "\n            return"),),
            shows="value",
        ),
        Variant(
            "weights-only",
            "Only parameters called weight move: go through all of them, whatever their names.",
            edits=(
                (VELOCITY, 'if "weight" not in name:\n                continue\n            ' + VELOCITY),
            ),
            shows="value",
        ),
        Variant(
            "velocity-in-the-gradients-array",
            "The velocity is the gradient's own array, to which the old one is added: the next gradient overwrites it. Make a new array.",
            edits=(
                (START, "self.velocity = {}"),
                (
                    VELOCITY,
                    "if name in self.velocity:\n                grads[name] += self.momentum * self.velocity[name]\n            self.velocity[name] = grads[name]",
                ),
            ),
            shows="behaviour",
        ),
        Variant(
            "one-gradient-back",
            "Only the gradient of the step before is added, not its velocity: what was before that is forgotten.",
            edits=(
                (
                    VELOCITY + "\n            " + DOWN,
                    "param -= self.lr * (grads[name] + self.momentum * self.velocity[name])\n            self.velocity[name] = grads[name].copy()",
                ),
            ),
            shows="value",
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
            "params-kept",
            edits=(
                (START, "self.params, self.velocity = module.params, {}"),
                ("self.module.params.items()", "self.params.items()"),
                (
                    VELOCITY,
                    "self.velocity[name] = grads[name] + self.momentum * self.velocity.get(name, 0 * param)",
                ),
            ),
        ),
        Variant(
            "by-name",
            edits=(
                ("for name, param in self.module.params.items():", "for name in self.module.params:"),
                (DOWN, "self.module.params[name] -= self.lr * self.velocity[name]"),
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

BANK = Bank("08-sgd", (MINIBATCHES, NORMALIZE, SGD))
