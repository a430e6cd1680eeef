"""A number that happens to be a length of the example isn't taken for it, nor a loss for another."""

from __future__ import annotations

import numpy as np
import pytest
from checks import zoo
from checks.wrong import altered, linear, with_targets

from workbook import GradientError, check_gradients


def message(module, *inputs, seed=0):
    with pytest.raises(GradientError) as caught:
        check_gradients(module, *inputs, seed=seed)
    return " ".join(str(caught.value).split())


@pytest.mark.parametrize(("batch", "width"), [(4, 5), (5, 4), (4, 4), (2, 8), (8, 2)])
def test_a_constant_is_not_taken_for_a_length(batch, width):
    """tanh(x) = 2 sigmoid(2x) - 1, whose slope is 4 s (1 - s): without the 4 it is a quarter."""
    x = np.random.default_rng(0).normal(size=(batch, width))
    text = message(altered(zoo.Tanh, lambda s, g: g * (1 - s.y**2) / 4)(), x)
    assert "1/4 of what it should be; a constant factor 4 is missing" in text
    assert "size" not in text
    assert "number of" not in text
    text = message(altered(zoo.Tanh, lambda s, g: g * (1 - s.y**2) / 2)(), x)
    assert "a factor 2 is missing" in text


@pytest.mark.parametrize("batch", [2, 3, 4, 5])
def test_the_batch_size_is_named_where_it_is_that(batch):
    rng = np.random.default_rng(0)
    text = message(linear(bias=lambda s, g: g.mean(axis=0))(batch, 3, rng), rng.normal(size=(batch, batch)))
    assert f"{batch} is the batch size" in text
    text = message(
        altered(zoo.MSELoss, lambda s: (2 * s.d / len(s.d), -2 * s.d / len(s.d)))(),
        *rng.normal(size=(2, batch, batch)),
    )
    assert "number of columns" in text


def test_a_factor_that_depends_on_the_numbers_is_said_to():
    text = message(
        altered(zoo.Tanh, lambda s, g: g * (1 - s.y**2) * np.linalg.norm(s.y))(),
        np.random.default_rng(0).normal(size=(4, 5)),
    )
    assert "by another factor for other inputs" in text


class Likelihood(zoo.NLLLoss):
    """Minus the mean of exp of the log-probability at the target: no logarithm of anything."""

    def forward(self, logp, target):
        return super().forward(np.exp(logp), target)


def test_the_gradient_of_nll_under_another_forward_is_not_called_a_softmax_that_is_missing():
    rng = np.random.default_rng(0)
    text = message(Likelihood(), -rng.uniform(1, 3, size=(4, 5)), np.array([0, 4, 1, 1]))
    assert "softmax" not in text
    assert "forward computes something else" in text


def test_the_gradient_of_nll_where_cross_entropy_belongs_is():
    def backward(self):
        g = np.zeros(self.p.shape)
        g[np.arange(len(g)), self.target] = -1 / len(g)
        return g

    module, *inputs = with_targets(altered(zoo.CrossEntropyLoss, backward))(np.random.default_rng(0))
    assert "the way through the softmax is missing" in message(module, *inputs)


def test_a_coincidence_of_signs_is_seen_through():
    """The sum of these signs is 1, and so is every entry of the wrong gradient."""

    class Lasso(zoo.Penalty):
        def forward(self):
            return np.sum(np.abs(self.params["w"]))

        def backward(self):
            self.grads["w"] += 1.0

    assert "signs are wrong" in message(
        Lasso(np.array([[1.0, -2.0, 3.0], [4.0, -1.5, 0.5], [-2.5, -0.3, 0.7]]))
    )


def test_parameters_are_what_they_were_after_a_second_look():
    rng = np.random.default_rng(0)
    module = linear(bias=lambda s, g: g.mean(axis=0))(5, 3, rng)
    before = {name: param.copy() for name, param in module.params.items()}
    message(module, rng.normal(size=(4, 5)))
    for name, param in module.params.items():
        np.testing.assert_array_equal(param, before[name])
