"""A formula that is wrong in a term, a power or a place is said to be; so is a wrong forward."""

from __future__ import annotations

import numpy as np
import pytest
from checks import zoo
from checks.wrong import altered, cross_entropy, with_targets

from workbook import GradientError, check_gradients


def looks(module, *inputs):
    said = set()
    for seed in range(2):
        with pytest.raises(GradientError) as caught:
            check_gradients(module, *inputs, seed=seed)
        said.add(caught.value.looks)
    (one,) = said
    return one


X = np.random.default_rng(5).normal(size=(4, 5))


def row(a):
    return a.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize(
    ("kind", "backward", "words"),
    [
        (zoo.Tanh, lambda s, g: g * (1 - s.y) ** 2, "1 - 2·v + v², with the output as v"),
        (zoo.Tanh, lambda s, g: g * (2 - s.y**2), "2 - v²"),
        (zoo.Tanh, lambda s, g: g * s.y**3, "v³"),
        (zoo.Sigmoid, lambda s, g: g * s.y * (1 + s.y), "v + v²"),
        (
            zoo.Tanh,
            lambda s, g: s.y * (1 - s.y**2),
            "the output is multiplied in where the incoming gradient",
        ),
        (zoo.Tanh, lambda s, g: np.sin(s.y), "doesn't depend on the incoming gradient"),
        (zoo.Tanh, lambda s, g: g**2 * s.y, "comes in squared"),
        (zoo.Softmax, lambda s, g: s.y * (g - row(g * s.y) / 3), "the term with the sum counts 0.3333 times"),
        (zoo.Softmax, lambda s, g: 2 * s.y * g - s.y * row(g * s.y), "without the sum counts twice"),
        (zoo.LogSoftmax, lambda s, g: g - 2 * np.exp(s.y) * row(g), "with the sum counts twice"),
        (zoo.Duplicate, lambda s, *g: g[0] + 2 * g[1] - g[2], "1 once, 2 twice and 3 -1 times"),
    ],
)
def test_what_is_wrong_in_the_formula_is_said(kind, backward, words):
    module = altered(kind, backward)
    assert words in looks(module(3) if kind is zoo.Duplicate else module(), X)


def test_a_wrong_entry_at_the_target_is_placed():
    module, *inputs = with_targets(cross_entropy(lambda p, h, n, k, t: np.where(h, 1.0, p) / n))(
        np.random.default_rng(0)
    )
    assert "right but those at the target classes" in looks(module, *inputs)
    module, *inputs = with_targets(cross_entropy(lambda p, h, n, k, t: np.where(h, p - 1, p + 1) / n))(
        np.random.default_rng(0)
    )
    assert "at the target classes are right" in looks(module, *inputs)


@pytest.mark.parametrize(("kind", "name"), [(zoo.Softmax, "softmax"), (zoo.LogSoftmax, "log-softmax")])
def test_a_forward_that_is_wrong_is_looked_at_first(kind, name):
    def forward(self, x):
        self.y = 1.5 * kind.forward(self, x) + 0.1
        return self.y

    text = looks(altered(kind, kind.backward, forward=forward)(), X)
    assert f"what a {name} needs" in text
    assert "Look at forward first" in text


def test_a_cost_that_is_no_square_is_not_told_to_be_one():
    def forward(self, x, y):
        self.d = x - y
        return (np.abs(self.d) ** 3).mean()

    assert "the inputs' difference" in looks(
        altered(zoo.MSELoss, zoo.MSELoss.backward, forward=forward)(), X, X[::-1] + 2
    )


def test_the_factors_that_belong_together_are_told_apart():
    rng = np.random.default_rng(0)
    pair = rng.normal(size=(2, 4, 5))
    bare = altered(zoo.MSELoss, lambda s: (s.d, -s.d))
    assert "the division by it is missing, and a factor 2" in looks(bare(), *pair)
    turned = altered(zoo.MSELoss, lambda s: (2 * s.d * s.d.size, -2 * s.d * s.d.size))
    assert "multiplied by it where it has to be divided" in looks(turned(), *pair)
    halved = altered(zoo.MSELoss, lambda s: (s.d / s.d.size, -s.d / s.d.size))
    assert looks(halved(), *pair) == "every entry is 1/2 of what it should be; a factor 2 is missing."


def test_a_forward_that_reacts_by_rounding_alone_does_not_react():
    def forward(self, x):
        self.y = x - np.log(np.exp(x))
        return self.y

    assert "doesn't react" in looks(altered(zoo.Tanh, zoo.Tanh.backward, forward=forward)(), X)
