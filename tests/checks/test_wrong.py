"""Wrong gradients fail, whatever the numbers, and the message names the mistake."""

from __future__ import annotations

import numpy as np
import pytest
from checks import zoo
from checks.wrong import GRADIENTS, altered

from workbook import GradientError, Module, check_gradients


def failure(module, *inputs, seed=0):
    with pytest.raises(GradientError) as caught:
        check_gradients(module, *inputs, seed=seed)
    return caught.value


@pytest.mark.parametrize("name", GRADIENTS)
def test_a_usual_mistake_is_named(name):
    cause, make = GRADIENTS[name]
    for seed in range(5):
        error = failure(*make(np.random.default_rng(seed)), seed=seed)
        assert error.cause == cause or not cause, str(error)
        assert len(str(error).split("\n")) <= 12
        assert max(map(len, str(error).split("\n"))) <= 110


def test_the_message_says_which_gradient_how_wrong_and_what_it_looks_like():
    _, make = GRADIENTS["linear: bias averaged"]
    message = str(failure(*make(np.random.default_rng(0))))
    for part in (
        'grads["bias"]',
        "(4,)",
        "worst entry [",
        "expected",
        "got",
        "3 times too small",
        "batch size",
    ):
        assert part in message


def test_a_factor_is_named_by_what_it_is_here():
    rng = np.random.default_rng(0)

    def halved(self, g):
        return 0.5 * g

    assert "a factor 2 is missing" in str(failure(altered(zoo.ReLU, halved)(), 1 + rng.random((4, 5))))


@pytest.mark.parametrize("seed", range(20))
def test_one_wrong_entry_among_many_is_found(seed):
    rng = np.random.default_rng(seed)

    def backward(self, g):
        out = zoo.LogSoftmax.backward(self, g)
        out[3, 7] *= 1.001
        return out

    error = failure(altered(zoo.LogSoftmax, backward)(), rng.normal(size=(40, 50)), seed=seed)
    assert error.cause == "places"
    assert "[3, 7]" in str(error)


def test_rows_and_columns_are_named():
    def backward(self, g):
        out = zoo.Tanh.backward(self, g)
        out[2] = 7.0
        return out

    error = failure(altered(zoo.Tanh, backward)(), np.random.default_rng(0).normal(size=(6, 5)))
    assert "row 2" in str(error)


def test_no_cause_is_invented():
    def backward(self, g):
        return np.sin(17 * g) * self.y

    error = failure(altered(zoo.Tanh, backward)(), np.random.default_rng(0).normal(size=(6, 5)))
    assert error.cause in ("", "nonlinear")


def test_a_parameter_that_forward_ignores_is_named():
    class Copied(zoo.Linear):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            self.copy = self.params["weight"].copy()

        def forward(self, x):
            self.x = x
            return x @ self.copy.T + self.params["bias"]

    error = failure(Copied(4, 3, np.random.default_rng(0)), np.ones((2, 4)))
    assert error.cause == "unused"


def test_a_path_that_is_missing_is_named():
    class TwoPaths(zoo.MLP):
        def __init__(self, rng):
            super().__init__(4, 3, 3, rng)
            self.side = zoo.Linear(4, 3, rng)
            self.children["side"] = self.side

        def forward(self, x):
            return super().forward(x) + self.side.forward(x)

        def backward(self, g):
            self.side.backward(g)
            return super().backward(g)

    error = failure(TwoPaths(np.random.default_rng(0)), np.random.default_rng(1).normal(size=(5, 4)))
    assert error.cause == "branch"
    assert "first" in str(error)


@pytest.mark.parametrize(("first", "second"), [(1.0, 1.0), (0.0, 0.0), (0.7, 0.7), (1.5, -0.6)])
def test_shares_at_a_tie_that_do_not_add_up_fail(first, second):
    class Tied(zoo.Max):
        def forward(self, a, b):
            self.shares = np.where(a == b, first, a > b), np.where(a == b, second, b > a)
            return np.maximum(a, b)

        def backward(self, g):
            return g * self.shares[0], g * self.shares[1]

    a = np.array([[1.0, 2.0, -3.0], [0.0, -1.0, 5.0]])
    b = np.array([[1.0, -2.0, 4.0], [0.0, -1.0, 6.0]])
    for seed in range(10):
        assert failure(Tied(), a, b, seed=seed).cause in ("tie", "kink")
    check_gradients(Tied(), a, b + 10)


@pytest.mark.parametrize("at_zero", [-0.1, 1.1, 2.0])
def test_no_subgradient_fails_at_zero(at_zero):
    module = zoo.ReLU()
    module.at_zero = at_zero
    failure(module, np.array([[0.0, -1.0, 2.0], [0.0, 1.0, 3.0]]))


def test_a_wrong_entry_beside_kinks_is_not_hidden_by_them():
    class Off(zoo.Penalty):
        def backward(self):
            super().backward()
            self.grads["w"][0, 1] *= 1.01

    failure(Off(np.array([[0.0, 1.0, 0.0], [0.0, -2.0, 0.0]])))


def test_scalar_output_with_an_upstream_gradient():
    class Mean(Module):
        def forward(self, x):
            self.shape = x.shape
            return x.mean()

        def backward(self, g):
            return np.full(self.shape, g)

    assert failure(Mean(), np.ones((3, 4))).cause == "factor"


@pytest.mark.parametrize("k", [1e2, 1e3, 1e4, 1e5])
def test_a_wrong_entry_at_a_steep_inflection_is_found(k):
    def backward(self, g):
        out = zoo.Steep.backward(self, g)
        out[2, 1] *= 1.001
        return out

    for seed in range(5):
        x = np.random.default_rng(seed).normal(size=(6, 4)) / k
        x[2] = 0.0
        assert "[2, 1]" in str(failure(altered(zoo.Steep, backward)(k), x, seed=seed))


def test_a_slope_of_two_at_the_kink_of_a_norm_is_not_a_forward_that_does_not_react():
    class Norm(Module):
        def forward(self, x):
            self.x = x
            return np.sqrt(np.sum(x * x))

        def backward(self):
            return np.full_like(self.x, 2.0)

    assert failure(Norm(), np.zeros(4)).cause == "kink"
    assert failure(altered(zoo.Absolute, lambda s, g: 2 * g)(), np.zeros((2, 3))).cause == "kink"


def coarse(x):
    return x.astype(np.float32).astype(float)


@pytest.mark.parametrize(
    "forward",
    [
        lambda self, x: zoo.Tanh.forward(self, coarse(x)),
        lambda self, x: coarse(zoo.Tanh.forward(self, x)),
        lambda self, x: np.round(zoo.Tanh.forward(self, x), 6),
    ],
)
def test_float32_inside_forward_is_said(forward):
    for seed in range(5):
        x = np.random.default_rng(seed).normal(size=(4, 5))
        assert (
            failure(altered(zoo.Tanh, zoo.Tanh.backward, forward=forward)(), x, seed=seed).cause == "float32"
        )


def test_a_loss_whose_mean_leaves_an_axis_is_not_told_to_take_a_gradient():
    class Rows(zoo.MSELoss):
        def forward(self, x, y):
            super().forward(x, y)
            return (self.d**2).mean(axis=1)

    rng = np.random.default_rng(0)
    error = failure(Rows(), rng.normal(size=(4, 5)), rng.normal(size=(4, 5)))
    assert error.cause == "loss-shape"
    assert "must return one number" in str(error)


@pytest.mark.parametrize(
    ("backward", "words"),
    [
        (lambda s, g: coarse(g * (1 - s.y**2)), "one of float32's"),
        (lambda s, g: g * (1 - s.y**2) + 1e-6 * g, "epsilon"),
        (lambda s, g: np.round(g * (1 - s.y**2), 5), "a rounding"),
    ],
)
def test_a_gradient_that_is_nearly_right_everywhere_is_not_blamed_on_one_entry(backward, words):
    for seed in range(3):
        error = failure(
            altered(zoo.Tanh, backward)(), np.random.default_rng(seed).normal(size=(4, 5)), seed=seed
        )
        assert error.cause == "imprecise", str(error)
        assert words in error.looks
