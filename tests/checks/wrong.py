"""Wrong gradients, each with the cause that its message should name ("" where any will do)."""

from __future__ import annotations

import numpy as np
from checks import zoo


def altered(right, backward, **methods):
    """A subclass of a right module with another `backward`."""
    return type(right.__name__, (right,), {"backward": backward, **methods})


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def keep(self, x):
    self.x, self.y = x, sigmoid(x)
    return self.y


def keep_once(self, x):
    self.first = getattr(self, "first", sigmoid(x))
    return sigmoid(x)


def keep_once_back(self, g):
    return g * self.first * (1 - self.first)


def queue(self, x):
    self.kept = [*getattr(self, "kept", []), sigmoid(x)]
    return self.kept[-1]


def oldest_back(self, g):
    y = self.kept.pop(0)
    return g * y * (1 - y)


def first_back(self, g):
    return g * self.kept[0] * (1 - self.kept[0])


def used(kind, rng):
    """A module that has seen another batch before."""
    module = kind()
    module(rng.normal(size=(4, 5)))
    return module


def linear(weight=None, bias=None, x=None):
    def backward(self, g):
        self.grads["weight"] += (weight or (lambda s, g: g.T @ s.x))(self, g)
        self.grads["bias"] = self.grads["bias"] + (bias or (lambda s, g: g.sum(axis=0)))(self, g)
        return (x or (lambda s, g: g @ s.params["weight"]))(self, g)

    return altered(zoo.Linear, backward)


def cross_entropy(gradient):
    def backward(self):
        n, k = self.p.shape
        return gradient(self.p, np.eye(k)[self.target], n, k, self.target)

    return altered(zoo.CrossEntropyLoss, backward)


def square_linear(kind, rng):
    return kind(4, 4, rng), rng.normal(size=(3, 4))


def on(kind, *shape, inputs=1):
    return lambda rng: (kind(), *(rng.normal(size=shape) for _ in range(inputs)))


def with_targets(kind):
    return lambda rng: (kind(), rng.normal(size=(4, 5)), rng.integers(0, 5, size=4))


def dropout(backward):
    kind = altered(zoo.Dropout, backward)
    return lambda rng: (lambda: kind(0.3, np.random.default_rng(5)), rng.normal(size=(6, 5)))


GRADIENTS = {
    "linear: weight transposed": (
        "transpose",
        lambda rng: square_linear(linear(weight=lambda s, g: s.x.T @ g), rng),
    ),
    "linear: input untransposed": (
        "transpose",
        lambda rng: square_linear(linear(x=lambda s, g: g @ s.params["weight"].T), rng),
    ),
    "linear: bias not summed": ("batch-sum", lambda rng: square_linear(linear(bias=lambda s, g: g), rng)),
    "linear: bias averaged": (
        "factor",
        lambda rng: square_linear(linear(bias=lambda s, g: g.mean(axis=0)), rng),
    ),
    "linear: weight over batch": (
        "factor",
        lambda rng: square_linear(linear(weight=lambda s, g: g.T @ s.x / len(g)), rng),
    ),
    "linear: last example only": (
        "batch-sum",
        lambda rng: square_linear(linear(weight=lambda s, g: np.outer(g[-1], s.x[-1])), rng),
    ),
    "linear: input gradient forgotten": (
        "zero",
        lambda rng: square_linear(linear(x=lambda s, g: np.zeros_like(s.x)), rng),
    ),
    "linear: weight negated": (
        "sign",
        lambda rng: square_linear(linear(weight=lambda s, g: -g.T @ s.x), rng),
    ),
    "linear: upstream ignored": (
        "upstream",
        lambda rng: square_linear(linear(weight=lambda s, g: np.ones_like(g).T @ s.x), rng),
    ),
    "relu: mask from upstream": ("mask", on(altered(zoo.ReLU, lambda s, g: g * (g > 0)), 4, 3)),
    "relu: mask alone": ("upstream", on(altered(zoo.ReLU, lambda s, g: s.gate * 1.0), 4, 3)),
    "relu: leaky": ("mask", on(altered(zoo.ReLU, lambda s, g: np.where(s.gate, g, 0.01 * g)), 4, 3)),
    "relu: no mask": ("mask", on(altered(zoo.ReLU, lambda s, g: g.copy()), 4, 3)),
    "duplicate: last branch": (
        "branch",
        lambda rng: (altered(zoo.Duplicate, lambda s, *g: g[-1].copy())(3), rng.normal(size=(4, 5))),
    ),
    "duplicate: averaged": (
        "factor",
        lambda rng: (altered(zoo.Duplicate, lambda s, *g: np.mean(g, axis=0))(3), rng.normal(size=(4, 5))),
    ),
    "add: halved": ("factor", on(altered(zoo.Add, lambda s, g: (g / 2, g / 2)), 4, 5, inputs=2)),
    "add: first only": ("zero", on(altered(zoo.Add, lambda s, g: (g.copy(), 0 * g)), 4, 5, inputs=2)),
    "max: swapped": (
        "mask",
        on(altered(zoo.Max, lambda s, g: (g * (1 - s.share), g * s.share)), 4, 5, inputs=2),
    ),
    "max: both": ("mask", on(altered(zoo.Max, lambda s, g: (g.copy(), g.copy())), 4, 5, inputs=2)),
    "sigmoid: the first forward's": (
        "stale",
        lambda rng: (
            used(altered(zoo.Sigmoid, keep_once_back, forward=keep_once), rng),
            rng.normal(size=(4, 5)),
        ),
    ),
    "sigmoid: the first of a list": (
        "repeated",
        on(altered(zoo.Sigmoid, first_back, forward=queue), 4, 5),
    ),
    "sigmoid: oldest first": (
        "repeated",
        lambda rng: (used(altered(zoo.Sigmoid, oldest_back, forward=queue), rng), rng.normal(size=(4, 5))),
    ),
    "sigmoid: differences between entries": (
        "neighbours",
        on(altered(zoo.Sigmoid, lambda s, g: g * np.gradient(s.y, axis=0)), 4, 5),
    ),
    "sigmoid: upstream summed": (
        "summed",
        on(altered(zoo.Sigmoid, lambda s, g: g.sum(axis=0) * s.y * (1 - s.y)), 4, 5),
    ),
    "sigmoid: matrix product": (
        "formula",
        on(altered(zoo.Sigmoid, lambda s, g: g @ (s.y * (1 - s.y)).T), 4, 5),
    ),
    "sigmoid: slope kept above 0": (
        "mask",
        lambda rng: (
            altered(zoo.Sigmoid, lambda s, g: g * np.maximum(s.y * (1 - s.y), 1e-6))(),
            np.array([-900.0, 0.3, 1.0, -0.7]),
        ),
    ),
    "sigmoid: of the input": (
        "formula",
        on(
            altered(zoo.Sigmoid, lambda s, g: g * s.x * (1 - s.x), forward=keep),
            4,
            5,
        ),
    ),
    "sigmoid: of the output": (
        "formula",
        on(altered(zoo.Sigmoid, lambda s, g: g * sigmoid(s.y) * (1 - sigmoid(s.y))), 4, 5),
    ),
    "sigmoid: upstream ignored": ("upstream", on(altered(zoo.Sigmoid, lambda s, g: s.y * (1 - s.y)), 4, 5)),
    "tanh: 1 - y": ("formula", on(altered(zoo.Tanh, lambda s, g: g * (1 - s.y)), 4, 5)),
    "softmax: diagonal": ("diagonal", on(altered(zoo.Softmax, lambda s, g: g * s.y * (1 - s.y)), 4, 5)),
    "softmax: off-diagonal sign": (
        "off-diagonal",
        on(
            altered(
                zoo.Softmax,
                lambda s, g: g * s.y * (1 - s.y) + s.y * ((g * s.y).sum(-1, keepdims=True) - g * s.y),
            ),
            4,
            5,
        ),
    ),
    "softmax: sum over the batch": (
        "axis",
        on(altered(zoo.Softmax, lambda s, g: s.y * (g - (g * s.y).sum(0, keepdims=True))), 4, 5),
    ),
    "log-softmax: sum missing": ("axis", on(altered(zoo.LogSoftmax, lambda s, g: g - np.exp(s.y)), 4, 5)),
    "log-softmax: sum over the batch": (
        "axis",
        on(altered(zoo.LogSoftmax, lambda s, g: g - np.exp(s.y) * g.sum(0, keepdims=True)), 4, 5),
    ),
    "log-softmax: logs as probabilities": (
        "axis",
        on(altered(zoo.LogSoftmax, lambda s, g: g - s.y * g.sum(-1, keepdims=True)), 4, 5),
    ),
    "cross-entropy: not divided": ("factor", with_targets(cross_entropy(lambda p, h, n, k, t: p - h))),
    "cross-entropy: over n·k": ("factor", with_targets(cross_entropy(lambda p, h, n, k, t: (p - h) / n / k))),
    "cross-entropy: divided twice": (
        "factor",
        with_targets(cross_entropy(lambda p, h, n, k, t: (p - h) / n / n)),
    ),
    "cross-entropy: softmax twice": (
        "targets",
        with_targets(cross_entropy(lambda p, h, n, k, t: (zoo.softmax(p) - h) / n)),
    ),
    "cross-entropy: sign": ("sign", with_targets(cross_entropy(lambda p, h, n, k, t: (h - p) / n))),
    "cross-entropy: columns of all targets": (
        "targets",
        with_targets(cross_entropy(lambda p, h, n, k, t: (p - h.any(axis=0)) / n)),
    ),
    "cross-entropy: targets unused": ("targets", with_targets(cross_entropy(lambda p, h, n, k, t: p / n))),
    "mse: no 2": (
        "factor",
        on(altered(zoo.MSELoss, lambda s: (s.d / s.d.size, -s.d / s.d.size)), 4, 5, inputs=2),
    ),
    "mse: second input's sign": (
        "sign",
        on(altered(zoo.MSELoss, lambda s: (2 * s.d / s.d.size, 2 * s.d / s.d.size)), 4, 5, inputs=2),
    ),
    "dropout: new mask": (
        "",
        dropout(lambda s, g: g * (s.rng.random(g.shape) >= s.p) / (1 - s.p)),
    ),
    "dropout: unscaled": ("factor", dropout(lambda s, g: g * (s.mask > 0))),
    "dropout: scaled twice": ("factor", dropout(lambda s, g: g * s.mask / (1 - s.p))),
    "dropout: no mask": ("mask", dropout(lambda s, g: g / (1 - s.p))),
}
