"""What students write for 12-digits: the network, the loop and what surrounds it, the recipe, the matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Bank, Exercise, Variant

Names = Mapping[str, Any]
Rng = np.random.Generator


def _seeds(rng: Rng, count: int) -> list[Rng]:
    return [np.random.default_rng(int(seed)) for seed in rng.integers(1, 10**6, size=count)]


def _network(names: Names, rng: Rng, p: float) -> Any:
    """A small network that is not made by the student's `build_mlp`."""
    first, second, drop = _seeds(rng, 3)
    return names["Sequential"](
        names["Linear"](4, 6, first),
        names["ReLU"](),
        names["Dropout"](p, drop),
        names["Linear"](6, 3, second),
    )


def _examples(rng: Rng, count: int) -> tuple[Any, Any]:
    return rng.normal(size=(count, 4)), rng.integers(3, size=count)


def _arrays(module: Any) -> list[Any]:
    return [np.array(module.params[name], copy=True) for name in sorted(module.params)]


def probe_build(names: Names, rng: Rng) -> dict[str, Any]:
    """Facts that don't depend on the numbers that happen to be drawn."""
    sizes = (40, 60, 30)
    mlp = names["build_mlp"](sizes, 0.3, _seeds(rng, 1)[0])
    x = rng.normal(size=(50, 40))
    passes = [np.array(mlp(x), copy=True) for _ in range(8)]
    mlp.eval()
    arrays = {name: np.array(param) for name, param in mlp.params.items()}
    weights = [array for name, array in arrays.items() if name.endswith("weight")]
    plain = x @ weights[0].T
    single = names["build_mlp"]((6, 3), 0.5, _seeds(rng, 1)[0])
    expected = np.maximum(plain, 0) @ weights[-1].T
    spread = float(np.mean(np.std(passes, axis=0)) / np.std(expected))
    deep = names["build_mlp"]((5, 40, 40, 3), 0.5, _seeds(rng, 1)[0])
    for name in [name for name in deep.params if name.endswith("weight")][:2]:
        deep.params[name][...] = 0  # both hidden layers are 0, unless the second's bias says otherwise
    for name in [name for name in deep.params if name.endswith("bias")][1:2]:
        deep.params[name][...] = 1
    twins = [names["build_mlp"]((5, 40, 3), 0.5, seed) for seed in _seeds(rng, 2)]
    for name in list(twins[0].params):
        twins[1].params[name][...] = np.array(twins[0].params[name])
    return {
        "shapes": [list(weight.shape) for weight in weights],
        "scale": [float(np.round(np.std(w) / np.sqrt(2 / w.shape[1]), 1)) for w in weights],
        "biases": any(np.any(array) for name, array in arrays.items() if name.endswith("bias")),
        "formula": bool(np.allclose(mlp(x), expected)),
        "linear": bool(np.allclose(mlp(x), plain @ weights[-1].T)),
        "never negative": bool(np.min(mlp(x)) >= 0),
        "zeros in training": float(np.round(np.mean(passes[0] == 0), 1)),
        "noise": "none" if spread < 1e-9 else "little" if spread < 0.6 else "much",
        "second dropout": not np.array_equal(deep(x[:, :5]), np.array(deep(x[:, :5]), copy=True)),
        "same coins": np.array_equal(twins[0](x[:, :5]), np.array(twins[1](x[:, :5]))),
        "drops pixels": not np.array_equal(single(x[:, :6]), np.array(single(x[:, :6]), copy=True)),
    }


def probe_epoch(names: Names, rng: Rng) -> dict[str, Any]:
    """Two epochs that start in evaluation mode; the last batch is a small one."""
    x, y = _examples(rng, 10)
    model = _network(names, rng, 0.3)
    optimizer = names["SGD"](model, 0.2)
    model.eval()
    losses = [
        names["train_epoch"](model, names["CrossEntropyLoss"](), optimizer, x, y, 4, order, 0.1)
        for order in _seeds(rng, 2)
    ]
    return {
        "losses": losses,
        "params": _arrays(model),
        "training": bool(model.training),
        "gradients left": any(np.any(model.grads[name]) for name in model.grads),
    }


def probe_evaluate(names: Names, rng: Rng) -> dict[str, Any]:
    """Called in training mode and in evaluation mode."""
    x, y = _examples(rng, 12)
    seen: dict[str, Any] = {}
    for mode in ("train", "eval"):
        model = _network(names, rng, 0.5)
        getattr(model, mode)()
        model.zero_grad()
        seen[mode] = list(names["evaluate"](model, names["CrossEntropyLoss"](), x, y))
        seen[f"after {mode}"] = bool(model.training)
        seen[f"gradients {mode}"] = any(np.any(model.grads[name]) for name in model.grads)
    return seen


def probe_fit(names: Names, rng: Rng) -> dict[str, Any]:
    """Three epochs with a schedule that halves the rate on its way."""
    train, test = _examples(rng, 10), _examples(rng, 7)
    model = _network(names, rng, 0.3)
    optimizer = names["SGD"](model, 0.2)
    schedule = names["CosineLR"](optimizer, 4)
    loss, order = names["CrossEntropyLoss"](), _seeds(rng, 1)[0]
    history = names["fit"](model, loss, optimizer, schedule, train, test, 3, 4, order, 0.1)
    return {"history": {name: list(values) for name, values in history.items()}, "params": _arrays(model)}


def probe_digits(names: Names, rng: Rng) -> dict[str, Any]:
    """Two epochs on forty made-up images."""
    train, test = (
        (rng.integers(17, size=(count, 64)).astype(float), rng.integers(10, size=count)) for count in (40, 9)
    )
    model, history = names["train_digits"](train, test, 2, _seeds(rng, 1)[0])
    model.eval()
    return {
        "history": {name: list(values) for name, values in history.items()},
        "logits": np.array(model(test[0])),
    }


def probe_confusion(names: Names, rng: Rng) -> dict[str, Any]:
    """Class 4 doesn't occur; the other classes do, again and again."""
    targets, predictions = rng.integers(4, size=60), rng.integers(4, size=60)
    return {"matrix": np.array(names["confusion_matrix"](targets, predictions, 5), copy=True)}


TRIPLE = "modules += [linear, ReLU(), Dropout(p, rng)]"
ENDING = "return Sequential(*modules[:-2])"
FIRST = 'linear.params["weight"][...] = kaiming_normal((n_out, n_in), rng)'

BUILD = Exercise(
    "build",
    probe_build,
    wrong=(
        Variant(
            "relu-after-the-logits",
            "A ReLU follows the last Linear: a logit has to be able to be negative.",
            edits=((ENDING, "return Sequential(*modules[:-1])"),),
            shows="value",
        ),
        Variant(
            "dropout-after-the-logits",
            "Dropout follows the last Linear: it would delete answers, not features.",
            edits=((ENDING, "return Sequential(*modules[:-2], modules[-1])"),),
            shows="behaviour",
        ),
        Variant(
            "no-dropout",
            "There is no Dropout between the layers: p has no effect.",
            edits=((TRIPLE, "modules += [linear, ReLU()]"), (ENDING, "return Sequential(*modules[:-1])")),
            shows="behaviour",
        ),
        Variant(
            "dropout-once",
            "Only the first hidden layer has a Dropout: one follows every Linear but the last.",
            edits=(
                (TRIPLE, "modules += [linear, ReLU()] + ([] if modules else [Dropout(p, rng)])"),
                (ENDING, "return Sequential(*modules[: -1 if len(sizes) > 2 else -2])"),
            ),
            shows="behaviour",
        ),
        Variant(
            "no-relu",
            "There is no ReLU between the layers: Linear after Linear is one Linear.",
            edits=(
                (TRIPLE, "modules += [linear, Dropout(p, rng)]"),
                (ENDING, "return Sequential(*modules[:-1])"),
            ),
            shows="value",
        ),
        Variant(
            "default-weights",
            "The weights are those of Linear's constructor: kaiming_normal isn't used.",
            edits=((FIRST, "pass"),),
            shows="value",
        ),
        Variant(
            "outputs-counted",
            "The weights' size comes from the number of outputs. kaiming_normal takes (out_features, in_features).",
            edits=((FIRST, FIRST.replace("(n_out, n_in), rng)", "(n_in, n_out), rng).T")),),
            shows="value",
        ),
        Variant(
            "random-biases",
            "The biases keep the random numbers of Linear's constructor: they should start at zero.",
            edits=(('linear.params["bias"][...] = 0', "pass"),),
            shows="value",
        ),
        Variant(
            "keeps-with-p",
            "p is handed on as 1 - p: it is the probability to drop, as in Dropout itself.",
            edits=(("Dropout(p, rng)", "Dropout(min(1 - p, 0.95), rng)"),),
            shows="behaviour",
        ),
        Variant(
            "drops-pixels",
            "Dropout stands before each Linear, so it deletes pixels. It belongs between the layers.",
            edits=(
                (TRIPLE, "modules += [Dropout(p, rng), linear, ReLU()]"),
                (ENDING, "return Sequential(*modules[:-1])"),
            ),
            shows="behaviour",
        ),
        Variant(
            "dropout-of-its-own",
            "Every network tosses the same coins: Dropout gets a generator made here. Hand rng on to it.",
            edits=(("Dropout(p, rng)", "Dropout(p, np.random.default_rng(0))"),),
            shows="behaviour",
        ),
    ),
    right=(
        Variant("dropout-before-relu", edits=((TRIPLE, "modules += [linear, Dropout(p, rng), ReLU()]"),)),
        Variant(
            "last-by-index",
            source="""
def build_mlp(sizes, p, rng):
    modules = []
    for k in range(len(sizes) - 1):
        if k > 0:
            modules.append(ReLU())
            modules.append(Dropout(p, rng))
        linear = Linear(sizes[k], sizes[k + 1], rng)
        linear.params["weight"] = kaiming_normal((sizes[k + 1], sizes[k]), rng)
        linear.params["bias"] = np.zeros(sizes[k + 1])
        modules.append(linear)
    return Sequential(*modules)
""",
        ),
    ),
)

CLEAR = "        model.zero_grad()\n"
SUM = "total += len(x_batch) * loss(model(x_batch), y_batch)"
BATCHES = "minibatches(x, y, batch_size, rng)"
DECAY = "decay_weights(model, 2 * optimizer.lr * alpha)"
STEP = "optimizer.step()"

EPOCH = Exercise(
    "epoch",
    probe_epoch,
    wrong=(
        Variant(
            "gradients-not-cleared",
            "The gradients are never cleared: each step still carries all batches before it.",
            edits=((CLEAR, ""),),
            shows="behaviour",
        ),
        Variant(
            "cleared-once",
            "The gradients are cleared once an epoch: each batch needs a clean start, or the gradients pile up.",
            edits=((CLEAR, ""), ("    model.train()\n", "    model.train()\n    model.zero_grad()\n")),
            shows="behaviour",
        ),
        Variant(
            "not-shuffled",
            "The examples come in the order of the file. Shuffle them, or a batch may hold one class only.",
            edits=(
                (
                    BATCHES,
                    "((x[k : k + batch_size], y[k : k + batch_size]) for k in range(0, len(x), batch_size))",
                ),
            ),
            shows="behaviour",
        ),
        Variant(
            "same-order",
            "The order is the same in each epoch: it is drawn from a generator made here, not from rng.",
            edits=((BATCHES, "minibatches(x, y, batch_size, np.random.default_rng(0))"),),
            shows="behaviour",
        ),
        Variant(
            "last-batch-dropped",
            "The last, smaller batch is left out: some examples are missed in every epoch.",
            edits=((CLEAR, "        if len(x_batch) < batch_size:\n            continue\n" + CLEAR),),
            shows="behaviour",
        ),
        Variant(
            "mode-not-set",
            "The model's mode isn't set: after an evaluation, dropout stays asleep. Call model.train() first.",
            edits=(("    model.train()\n", ""),),
            shows="behaviour",
        ),
        Variant(
            "mean-of-means",
            "The batches' means are averaged as if all batches were equally large: the last one is smaller.",
            edits=(
                (SUM, "total += loss(model(x_batch), y_batch)"),
                ("return total / len(x)", "return total / -(-len(x) // batch_size)"),
            ),
            shows="value",
        ),
        Variant(
            "last-loss",
            "The last batch's loss is returned, not the mean over the epoch.",
            edits=((SUM, "total = len(x) * loss(model(x_batch), y_batch)"),),
            shows="value",
        ),
        Variant(
            "no-step",
            "The optimiser never steps: the gradients are computed and thrown away.",
            edits=((STEP, "pass"),),
            shows="behaviour",
        ),
        Variant(
            "no-gradients",
            "The gradients are zero when the optimiser steps: backward is missing, or they are cleared after it.",
            edits=((CLEAR, ""), (DECAY, "model.zero_grad()\n        " + DECAY)),
            shows="behaviour",
        ),
        Variant(
            "decay-missing",
            "alpha is ignored: the weights don't decay.",
            edits=((DECAY, "pass"),),
            shows="behaviour",
        ),
        Variant(
            "decay-without-rate",
            "The weights decay by the share alpha itself; it should be 2ηα, with the optimiser's current rate η.",
            edits=((DECAY, "decay_weights(model, alpha)"),),
            shows="value",
        ),
        Variant(
            "decay-halved",
            "The weights decay by the share ηα. The derivative of α times the square brings a 2: it is 2ηα.",
            edits=((DECAY, DECAY.replace("2 * ", "")),),
            shows="value",
        ),
        Variant(
            "decay-first",
            "The decay comes before the forward pass: the gradient is that of weights which have shrunk already.",
            edits=((DECAY, "pass"), (CLEAR, CLEAR + "        " + DECAY + "\n")),
            shows="value",
        ),
        Variant(
            "biases-decayed",
            "The biases decay too: only weights do.",
            edits=(
                (DECAY, "for p in model.params.values():\n            p *= 1 - 2 * optimizer.lr * alpha"),
            ),
            shows="value",
        ),
        Variant(
            "decay-after-step",
            "The decay comes after the step, so that it shrinks the step too. Decay first, then step.",
            edits=((DECAY, "pass"), (STEP, STEP + "\n        " + DECAY)),
            shows="value",
        ),
        Variant(
            "labels-left-behind",
            "The images are shuffled and the labels are not: every image gets somebody else's label.",
            edits=((SUM, "total += len(x_batch) * loss(model(x_batch), y[: len(x_batch)])"),),
            shows="behaviour",
        ),
        Variant(
            "forward-twice",
            "forward runs twice on each batch, and backward belongs to the second run: with dropout that is another mask than the loss has seen.",
            edits=(
                (
                    "model.backward(loss.backward())",
                    "model(x_batch)\n        model.backward(loss.backward())",
                ),
            ),
            shows="behaviour",
        ),
        Variant(
            "one-step-an-epoch",
            "optimizer.step() stands outside the loop: one step an epoch instead of one for each batch.",
            edits=(("        optimizer.step()\n    return", "    optimizer.step()\n    return"),),
            shows="behaviour",
        ),
        Variant(
            "loss-after-the-step",
            "The loss is measured after the step, by a second forward pass: report the one that backward started from.",
            edits=(
                (SUM, "loss(model(x_batch), y_batch)"),
                ("optimizer.step()", "optimizer.step()\n        " + SUM),
            ),
            shows="behaviour",
        ),
        Variant(
            "losses-summed",
            "This is the sum over the examples: divide by their number.",
            edits=(("return total / len(x)", "return total"),),
            shows="value",
        ),
    ),
    right=(
        Variant(
            "weighted-average",
            source="""
def train_epoch(model, loss, optimizer, x, y, batch_size, rng, alpha=0.0):
    losses, sizes = [], []
    model.train()
    for inputs, targets in minibatches(x, y, batch_size, rng):
        logits = model.forward(inputs)
        losses.append(loss.forward(logits, targets))
        sizes.append(len(targets))
        model.zero_grad()
        model.backward(loss.backward())
        if alpha:
            decay_weights(model, 2 * alpha * optimizer.lr)
        optimizer.step()
    return float(np.average(losses, weights=sizes))
""",
        ),
        Variant(
            "own-permutation",
            source="""
def train_epoch(model, loss, optimizer, x, y, batch_size, rng, alpha=0.0):
    model.train()
    order = rng.permutation(len(x))
    total = 0.0
    for start in range(0, len(x), batch_size):
        chosen = order[start : start + batch_size]
        model.zero_grad()
        total += loss(model(x[chosen]), y[chosen]) * len(chosen) / len(x)
        model.backward(loss.backward())
        decay_weights(model, 2 * optimizer.lr * alpha)
        optimizer.step()
    return total
""",
        ),
    ),
)

ANSWER = "return mean_loss, np.mean(np.argmax(logits, axis=1) == y)"

EVALUATE = Exercise(
    "evaluate",
    probe_evaluate,
    wrong=(
        Variant(
            "in-training-mode",
            "The model is judged in training mode, and dropout deletes a part of every answer: call model.eval(), "
            "which reaches every module inside.",
            edits=(("    model.eval()\n", ""),),
            shows="behaviour",
        ),
        Variant(
            "mode-not-restored",
            "The model stays in evaluation mode: whoever trains on finds dropout asleep.",
            edits=(("if was_training:", "if False:"),),
            shows="behaviour",
        ),
        Variant(
            "always-back-to-training",
            "The model is in training mode afterwards, even if it wasn't before.",
            edits=(("if was_training:", "if True:"),),
            shows="behaviour",
        ),
        Variant(
            "error-rate",
            "This is the share of wrong answers; the accuracy is the share of right ones.",
            edits=((ANSWER, ANSWER.replace("==", "!=")),),
            shows="value",
        ),
        Variant(
            "percent",
            "The accuracy is in percent; asked for is a number from 0 to 1.",
            edits=((ANSWER, ANSWER.replace("np.mean(", "100 * np.mean(")),),
            shows="value",
        ),
        Variant(
            "smallest-logit",
            "The smallest logit is taken as the answer: argmin for argmax.",
            edits=((ANSWER, ANSWER.replace("argmax", "argmin")),),
            shows="value",
        ),
        Variant(
            "loss-summed",
            "The loss is multiplied by the number of examples: it is a mean already, and stays one.",
            edits=(("mean_loss = loss(logits, y)", "mean_loss = loss(logits, y) * len(y)"),),
            shows="value",
        ),
        Variant(
            "softmax-before-the-loss",
            "A softmax stands between the network and the loss, which contains one: hand the logits themselves to the loss.",
            edits=(
                (
                    "mean_loss = loss(logits, y)",
                    "odds = np.exp(logits)\n    mean_loss = loss(odds / odds.sum(axis=1, keepdims=True), y)",
                ),
            ),
            shows="value",
        ),
        Variant(
            "swapped",
            "The two results are in the wrong order: first the mean loss, then the accuracy.",
            edits=((ANSWER, "return np.mean(np.argmax(logits, axis=1) == y), mean_loss"),),
            shows="value",
        ),
        Variant(
            "goes-backward",
            "It calls backward, so the test examples leave gradients behind. Looking must not teach.",
            edits=(("    if was_training:", "    model.backward(loss.backward())\n    if was_training:"),),
            shows="behaviour",
        ),
        Variant(
            "count",
            "This is the number of right answers; the accuracy is their share.",
            edits=(("np.mean(np.argmax", "np.sum(np.argmax"),),
            shows="value",
        ),
        Variant(
            "largest-value",
            "The largest logit itself is compared with the class number: compare its place, np.argmax.",
            edits=(("np.argmax(logits", "np.max(logits"),),
            shows="value",
        ),
    ),
    right=(
        Variant(
            "mode-by-name",
            source="""
def evaluate(model, loss, x, y):
    back = model.train if model.training else model.eval
    model.eval()
    logits = model.forward(x)
    back()
    correct = logits.argmax(axis=-1) == np.asarray(y)
    return float(loss.forward(logits, y)), correct.sum() / len(y)
""",
        ),
        Variant(
            "try-finally",
            source="""
def evaluate(model, loss, x, y):
    training = model.training
    model.eval()
    try:
        logits = model(x)
    finally:
        if training:
            model.train()
    hits = 0
    for row, target in zip(logits, y):
        hits += int(np.argmax(row) == target)
    return loss(logits, y), hits / len(y)
""",
        ),
    ),
)

SCHEDULE = "        schedule.step()\n"
EPOCH_CALL = "train_epoch(model, loss, optimizer, *train, batch_size, rng, alpha)"
LOOK = "evaluate(model, loss, *test)"

FIT = Exercise(
    "fit",
    probe_fit,
    wrong=(
        Variant(
            "schedule-per-batch",
            "The schedule steps once for each batch; it counts epochs.",
            edits=(
                (
                    SCHEDULE,
                    "        for _ in range(0, len(train[0]), batch_size):\n            schedule.step()\n",
                ),
            ),
            shows="behaviour",
        ),
        Variant(
            "schedule-never",
            "The schedule never steps: the rate stays what it was.",
            edits=((SCHEDULE, ""),),
            shows="behaviour",
        ),
        Variant(
            "schedule-first",
            "The schedule steps before the epoch: the first epoch already runs at the second rate.",
            edits=(
                (SCHEDULE, ""),
                ("        train_loss =", "        schedule.step()\n        train_loss ="),
            ),
            shows="behaviour",
        ),
        Variant(
            "looks-before-the-epoch",
            "The test examples are looked at before each epoch, by a network that hasn't had it yet: look after training.",
            edits=(
                ("        test_loss, test_accuracy = " + LOOK + "\n", ""),
                (
                    "        train_loss =",
                    "        test_loss, test_accuracy = " + LOOK + "\n        train_loss =",
                ),
            ),
            shows="value",
        ),
        Variant(
            "evaluated-on-training",
            "The model is judged on the examples that it has practised.",
            edits=((LOOK, "evaluate(model, loss, *train)"),),
            shows="value",
        ),
        Variant(
            "trained-on-test",
            "The model is trained on the test examples: what it then knows of them is no surprise.",
            edits=((EPOCH_CALL, EPOCH_CALL.replace("*train", "*test")),),
            shows="behaviour",
        ),
        Variant(
            "alpha-lost",
            "alpha isn't handed on to train_epoch: the weights don't decay.",
            edits=((EPOCH_CALL, EPOCH_CALL.replace(", alpha", "")),),
            shows="behaviour",
        ),
        Variant(
            "same-order-each-epoch",
            "Each epoch gets a generator made anew from one seed, so all have the same order: hand on rng itself.",
            edits=((EPOCH_CALL, EPOCH_CALL.replace("rng", "np.random.default_rng(0)")),),
            shows="behaviour",
        ),
        Variant(
            "one-epoch-short",
            "There is one epoch too few.",
            edits=(("range(epochs)", "range(epochs - 1)"),),
            shows="behaviour",
        ),
        Variant(
            "loss-and-accuracy-swapped",
            "The test loss and the test accuracy have changed places.",
            edits=(("test_loss, test_accuracy = ", "test_accuracy, test_loss = "),),
            shows="value",
        ),
    ),
    right=(
        Variant(
            "looks-before-the-schedule",
            source="""
def fit(model, loss, optimizer, schedule, train, test, epochs, batch_size, rng, alpha=0.0):
    names = ("train_loss", "test_loss", "test_accuracy")
    rows = []
    for _ in range(epochs):
        before = train_epoch(model, loss, optimizer, train[0], train[1], batch_size, rng, alpha=alpha)
        rows.append((before, *evaluate(model, loss, test[0], test[1])))
        schedule.step()
    return {name: [row[k] for row in rows] for k, name in enumerate(names)}
""",
        ),
        Variant(
            "while-loop",
            source="""
def fit(model, loss, optimizer, schedule, train, test, epochs, batch_size, rng, alpha=0.0):
    x, y = train
    history = dict(train_loss=[], test_loss=[], test_accuracy=[])
    while len(history["train_loss"]) < epochs:
        history["train_loss"].append(train_epoch(model, loss, optimizer, x, y, batch_size, rng, alpha))
        seen = evaluate(model, loss, *test)
        history["test_loss"].append(seen[0])
        history["test_accuracy"].append(seen[1])
        schedule.step()
    return history
""",
        ),
    ),
)

FRONT = "Standardise(x.mean(), x.std())"
CALL = "train, test, epochs, 32, rng, alpha=1e-4)"

DIGITS = Exercise(
    "digits",
    probe_digits,
    wrong=(
        Variant(
            "statistics-of-the-test-set",
            "Mean and standard deviation come from the test images: nothing may be learnt from them, not even that.",
            edits=(("x = train[0]", "x = test[0]"),),
            shows="behaviour",
        ),
        Variant(
            "statistics-of-all",
            "Mean and standard deviation come from training and test images together: use the training ones alone.",
            edits=(("x = train[0]", "x = np.concatenate([train[0], test[0]])"),),
            shows="behaviour",
        ),
        Variant(
            "raw-pixels",
            "The grey values go in as they are. At this rate their size alone kills the first layer.",
            edits=((FRONT, "Standardise(0.0, 1.0)"),),
            shows="behaviour",
        ),
        Variant(
            "trained-on-test",
            "The network is trained on the test images: its accuracy there says nothing any more.",
            edits=((CALL, CALL.replace("train, test", "test, test")),),
            shows="behaviour",
        ),
        Variant(
            "epochs-ignored",
            "The number of epochs is fixed; it is an argument.",
            edits=((CALL, CALL.replace("epochs", "1")),),
            shows="behaviour",
        ),
        Variant(
            "untrained-returned",
            "The network that is returned isn't the one that was trained.",
            edits=(
                (
                    "return model, history",
                    "return Sequential(" + FRONT + ", build_mlp((64, 128, 10), 0.3, rng)), history",
                ),
            ),
            shows="behaviour",
        ),
        Variant(
            "own-generator",
            "All chance comes from a generator made inside: every run is the same run. Draw from rng.",
            edits=(("x = train[0]", "x = train[0]\n    rng = np.random.default_rng(0)"),),
            shows="behaviour",
        ),
        Variant(
            "schedule-of-one-epoch",
            "The schedule is over after the first epoch: from then on the rate is 0 and nothing is learnt.",
            edits=(("CosineLR(optimizer, epochs)", "CosineLR(optimizer, 1)"),),
            shows="behaviour",
        ),
        Variant(
            "rate-too-large",
            "The learning rate is far too large: the loss explodes instead of falling.",
            edits=(("lr=0.05", "lr=50.0"),),
            shows="behaviour",
        ),
        Variant(
            "history-of-the-training-set",
            "fit gets the training images twice: the history's test numbers are those of images that the network has practised.",
            edits=(("train, test, epochs, 32", "train, train, epochs, 32"),),
            shows="behaviour",
        ),
        Variant(
            "optimizer-of-another-network",
            "The optimiser holds another network's parameters: the one that is returned never moves.",
            edits=(("optimizer = SGD(model,", "optimizer = SGD(build_mlp((64, 128, 10), 0.3, rng),"),),
            shows="behaviour",
        ),
    ),
    right=(
        Variant("wider", edits=(("(64, 128, 10), 0.3", "(64, 160, 10), 0.25"),)),
        Variant(
            "pixel-by-pixel",
            edits=((FRONT, "Standardise(x.mean(axis=0), np.maximum(x.std(axis=0), 2.0))"),),
        ),
    ),
)

COUNT = "matrix[target, prediction] += 1"
BODY = f"""    for target, prediction in zip(targets, predictions):
        {COUNT}
"""

CONFUSION = Exercise(
    "confusion",
    probe_confusion,
    wrong=(
        Variant(
            "transposed",
            "Rows and columns are swapped: row i is what the image is, column j what it was taken for.",
            edits=((COUNT, "matrix[prediction, target] += 1"),),
            shows="value",
        ),
        Variant(
            "counted-once",
            "A pair that occurs twice is counted once: M[rows, columns] += 1 adds to each place only once.",
            edits=((BODY, "    matrix[targets, predictions] += 1\n"),),
            shows="value",
        ),
        Variant(
            "shares",
            "The rows are divided by their sums; asked for are counts.",
            edits=(("return matrix", "return matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)"),),
            shows="value",
        ),
        Variant(
            "only-mistakes",
            "The right answers are missing from the diagonal.",
            edits=((COUNT, "matrix[target, prediction] += target != prediction"),),
            shows="value",
        ),
        Variant(
            "only-right-ones",
            "Only right answers are counted: the mistakes are what the matrix is for.",
            edits=((COUNT, "matrix[target, prediction] += target == prediction"),),
            shows="value",
        ),
        Variant(
            "classes-that-occur",
            "The matrix is as large as the classes that occur; it must have the size that was asked for.",
            edits=(
                (
                    "np.zeros((classes, classes), dtype=int)",
                    "np.zeros((max(targets) + 1, max(predictions) + 1), dtype=int)",
                ),
            ),
            shows="value",
        ),
        Variant(
            "symmetric",
            "Each mistake is counted in both directions: taking an 8 for a 9 isn't taking a 9 for an 8.",
            edits=((COUNT, COUNT + "\n        matrix[prediction, target] += target != prediction"),),
            shows="value",
        ),
        Variant(
            "histogram",
            "np.histogram2d spreads its bins over the numbers that occur, not over the classes: counts land in wrong places.",
            source="""
def confusion_matrix(targets, predictions, classes):
    return np.histogram2d(targets, predictions, bins=classes)[0].astype(int)
""",
            shows="value",
        ),
    ),
    right=(
        Variant("add-at", edits=((BODY, "    np.add.at(matrix, (targets, predictions), 1)\n"),)),
        Variant(
            "by-comparison",
            source="""
def confusion_matrix(targets, predictions, classes):
    names = np.arange(classes)
    is_class = np.asarray(targets)[:, None] == names
    taken_for = np.asarray(predictions)[:, None] == names
    return is_class.T.astype(int) @ taken_for.astype(int)
""",
        ),
    ),
)

BANK = Bank("12-digits", (BUILD, EPOCH, EVALUATE, FIT, DIGITS, CONFUSION))
