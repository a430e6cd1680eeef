"""Right modules for the checker's own tests, independent of the course's solutions."""

from __future__ import annotations

import numpy as np

from workbook import Container, Module


class Linear(Module):
    def __init__(self, n, m, rng, scale=1.0):
        super().__init__()
        self.params["weight"] = scale * rng.normal(size=(m, n))
        self.params["bias"] = scale * rng.normal(size=m)
        self.zero_grad()

    def forward(self, x):
        self.x = x
        return x @ self.params["weight"].T + self.params["bias"]

    def backward(self, g):
        self.grads["weight"] += g.T @ self.x
        self.grads["bias"] += g.sum(axis=0)
        return g @ self.params["weight"]


class ReLU(Module):
    at_zero = 0.0

    def forward(self, x):
        self.gate = np.where(x == 0, self.at_zero, x > 0)
        return np.maximum(x, 0)

    def backward(self, g):
        return g * self.gate


class Absolute(Module):
    def forward(self, x):
        self.sign = np.sign(x)
        return np.abs(x)

    def backward(self, g):
        return g * self.sign


class Duplicate(Module):
    def __init__(self, n):
        super().__init__()
        self.n = n

    def forward(self, x):
        return tuple(x.copy() for _ in range(self.n))

    def backward(self, *gs):
        return np.sum(gs, axis=0)


class Add(Module):
    def forward(self, *xs):
        self.k = len(xs)
        return np.sum(xs, axis=0)

    def backward(self, g):
        return tuple(g.copy() for _ in range(self.k))


class Max(Module):
    def forward(self, a, b):
        self.share = (np.sign(a - b) + 1) / 2
        return np.maximum(a, b)

    def backward(self, g):
        return g * self.share, g * (1 - self.share)


class Sigmoid(Module):
    def forward(self, x):
        e = np.exp(-np.abs(x))
        self.y = np.where(x >= 0, 1 / (1 + e), e / (1 + e))
        return self.y

    def backward(self, g):
        return g * self.y * (1 - self.y)


class Tanh(Module):
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, g):
        return g * (1 - self.y**2)


class Softplus(Module):
    def forward(self, x):
        self.x = x
        return np.logaddexp(0, x)

    def backward(self, g):
        return g * np.exp(-np.logaddexp(0, -self.x))


class LogSigmoid(Module):
    def forward(self, x):
        self.x = x
        return -np.logaddexp(0, -x)

    def backward(self, g):
        return g * np.exp(-np.logaddexp(0, self.x))


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class Softmax(Module):
    def forward(self, x):
        self.y = softmax(x)
        return self.y

    def backward(self, g):
        return self.y * (g - (g * self.y).sum(axis=-1, keepdims=True))


class LogSoftmax(Module):
    def forward(self, x):
        shifted = x - x.max(axis=-1, keepdims=True)
        self.y = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
        return self.y

    def backward(self, g):
        return g - np.exp(self.y) * g.sum(axis=-1, keepdims=True)


class Normalised(Module):
    """Less the mean, over the root of the variance: smooth, but steep where nothing varies."""

    def __init__(self, axis, eps=1e-5):
        super().__init__()
        self.axis, self.eps = axis, eps

    def forward(self, x):
        self.scale = 1 / np.sqrt(x.var(axis=self.axis, keepdims=True) + self.eps)
        self.y = (x - x.mean(axis=self.axis, keepdims=True)) * self.scale
        return self.y

    def backward(self, g):
        means = (v.mean(axis=self.axis, keepdims=True) for v in (g, g * self.y))
        return self.scale * (g - next(means) - self.y * next(means))


class Steep(Module):
    """tanh(k x): an inflection at 0, on a scale of 1/k."""

    def __init__(self, k):
        super().__init__()
        self.k = k

    def forward(self, x):
        self.y = np.tanh(self.k * x)
        return self.y

    def backward(self, g):
        return g * self.k * (1 - self.y**2)


class SignedSquare(Module):
    """x·|x|: its slope falls to 0 as the step does, not as its square; no gap between the sides shows it."""

    def forward(self, x):
        self.x = x
        return x * np.abs(x)

    def backward(self, g):
        return 2 * g * np.abs(self.x)


class Huber(Module):
    def forward(self, x):
        self.x = x
        return np.where(np.abs(x) < 1, x * x / 2, np.abs(x) - 0.5)

    def backward(self, g):
        return g * np.clip(self.x, -1, 1)


class NLLLoss(Module):
    def forward(self, logp, target):
        self.shape, self.target = logp.shape, target
        return -logp[np.arange(len(target)), target].mean()

    def backward(self):
        g = np.zeros(self.shape)
        g[np.arange(len(self.target)), self.target] = -1 / len(self.target)
        return g


class CrossEntropyLoss(Module):
    def forward(self, x, target):
        self.p, self.target = softmax(x), target
        top = x.max(axis=-1)
        log_sum = top + np.log(np.exp(x - top[:, None]).sum(axis=-1))
        return (log_sum - x[np.arange(len(x)), target]).mean()

    def backward(self):
        g = self.p.copy()
        g[np.arange(len(g)), self.target] -= 1
        return g / len(g)


class MSELoss(Module):
    def forward(self, x, y):
        self.d = x - y
        return (self.d**2).mean()

    def backward(self):
        g = 2 * self.d / self.d.size
        return g, -g


class Dropout(Module):
    def __init__(self, p, rng):
        super().__init__()
        self.p, self.rng = p, rng

    def forward(self, x):
        self.mask = (self.rng.random(x.shape) >= self.p) / (1 - self.p)
        return x * self.mask

    def backward(self, g):
        return g * self.mask


class Penalty(Module):
    """L1 and L2 of a parameter: no input, a number as output."""

    def __init__(self, w):
        super().__init__()
        self.params["w"] = w
        self.zero_grad()

    def forward(self):
        w = self.params["w"]
        return 0.3 * np.sum(np.abs(w)) + 0.7 * np.sum(w**2)

    def backward(self):
        w = self.params["w"]
        self.grads["w"] += 0.3 * np.sign(w) + 1.4 * w


class Embedding(Module):
    """An integer input has no gradient; backward returns None."""

    def __init__(self, n, d, rng):
        super().__init__()
        self.params["table"] = rng.normal(size=(n, d))
        self.zero_grad()

    def forward(self, i):
        self.i = i
        return self.params["table"][self.i]

    def backward(self, g):
        np.add.at(self.grads["table"], self.i, g)


class MLP(Container):
    def __init__(self, n, h, k, rng, scale=1.0):
        self.parts = [Linear(n, h, rng, scale), ReLU(), Linear(h, k, rng, scale)]
        super().__init__({"first": self.parts[0], "last": self.parts[2]})

    def forward(self, x):
        for part in self.parts:
            x = part.forward(x)
        return x

    def backward(self, g):
        for part in reversed(self.parts):
            g = part.backward(g)
        return g


class Classifier(MLP):
    def __init__(self, n, h, k, rng, scale=1.0):
        super().__init__(n, h, k, rng, scale)
        self.loss = CrossEntropyLoss()

    def forward(self, x, target):
        return self.loss.forward(super().forward(x), target)

    def backward(self):
        return super().backward(self.loss.backward())
