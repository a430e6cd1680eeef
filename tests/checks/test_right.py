"""Right gradients pass: every shape and kind of module, at kinks and elsewhere, with few forward calls."""

from __future__ import annotations

import numpy as np
import pytest
from checks import zoo
from hypothesis import given, settings
from hypothesis import strategies as st

from workbook import check_gradients

SHAPES = [(), (1,), (7,), (1, 4), (4, 1), (0, 3), (2, 3, 4), (2, 3, 2, 2)]
ENTRYWISE = [zoo.ReLU, zoo.Absolute, zoo.Sigmoid, zoo.Tanh, zoo.Softplus, zoo.LogSigmoid]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("kind", ENTRYWISE)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_any_shape(kind, shape, rng):
    check_gradients(kind(), np.array(rng.normal(size=shape)))


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("weights", [1e-3, 1.0, 1e3])
def test_any_scale(scale, weights, rng):
    check_gradients(zoo.Linear(5, 3, rng, weights), scale * rng.normal(size=(4, 5)))
    check_gradients(zoo.LogSoftmax(), scale * rng.normal(size=(4, 5)))
    check_gradients(zoo.MLP(5, 6, 3, rng, weights), scale * rng.normal(size=(4, 5)))


def test_a_module_may_refuse_other_inputs_than_these(rng):
    class Sorted(ENTRYWISE[0]):
        def forward(self, x):
            if np.any(np.diff(x.ravel()) <= 0):
                raise ValueError("not in order")
            return super().forward(x)

    check_gradients(Sorted(), np.arange(6.0).reshape(2, 3))


def test_several_inputs_and_outputs(rng):
    x = rng.normal(size=(4, 5))
    check_gradients(zoo.Duplicate(3), x)
    check_gradients(zoo.Duplicate(1), x)
    check_gradients(zoo.Add(), x, rng.normal(size=(4, 5)), rng.normal(size=(4, 5)))
    check_gradients(zoo.Add(), x, x)


def test_losses_take_no_upstream_gradient(rng):
    targets = np.array([1, 0, 4, 1])
    check_gradients(zoo.CrossEntropyLoss(), rng.normal(size=(4, 5)), targets)
    check_gradients(zoo.NLLLoss(), -rng.uniform(1, 3, size=(4, 5)), targets)
    check_gradients(zoo.MSELoss(), rng.normal(size=(4, 5)), rng.normal(size=(4, 5)))
    check_gradients(zoo.Classifier(3, 6, 5, rng), rng.normal(size=(4, 3)), targets)


def test_parameters_alone(rng):
    check_gradients(zoo.Penalty(rng.normal(size=(3, 4))))
    check_gradients(zoo.Embedding(6, 3, rng), np.array([0, 5, 5, 2]))


def test_a_function_that_makes_it_anew_seeds_a_random_module(rng):
    check_gradients(lambda: zoo.Dropout(0.5, np.random.default_rng(3)), rng.normal(size=(6, 5)))


@pytest.mark.parametrize("at_zero", [0.0, 0.3, 1.0])
def test_every_subgradient_of_relu_at_zero_passes(at_zero):
    module = zoo.ReLU()
    module.at_zero = at_zero
    check_gradients(module, np.array([[0.0, -1.0, 2.0], [0.0, 0.0, 3.0]]))


@pytest.mark.parametrize("distance", [1e-3, 1e-5, 1e-7, 1e-9, 1e-12, 0.0])
def test_next_to_a_kink_there_is_no_false_alarm(distance, rng):
    x = np.array([[distance, -distance, 1.0], [0.5, 2 * distance, -1.0]])
    check_gradients(zoo.ReLU(), x)
    check_gradients(zoo.Absolute(), x)
    check_gradients(zoo.Max(), x, np.zeros_like(x))


def test_ties_and_zeros_only(rng):
    x = rng.normal(size=(5, 4))
    check_gradients(zoo.Max(), x, x)
    check_gradients(zoo.ReLU(), np.zeros((30, 40)))
    check_gradients(zoo.Penalty(np.zeros((3, 4))))
    check_gradients(zoo.Penalty(np.array([[0.0, 1.0], [0.0, -2.0]])))


@pytest.mark.parametrize(
    ("module", "inputs"),
    [
        (zoo.Linear(300, 200, np.random.default_rng(0)), [np.random.default_rng(1).normal(size=(50, 300))]),
        (zoo.ReLU(), [np.random.default_rng(1).normal(size=(300, 300))]),
        (zoo.ReLU(), [np.round(np.random.default_rng(1).normal(size=(30, 30)))]),
        (zoo.Max(), [np.zeros((20, 20)), np.zeros((20, 20))]),
        (zoo.Penalty(np.round(np.random.default_rng(1).normal(size=(30, 30)))), []),
        (zoo.MLP(30, 40, 10, np.random.default_rng(0)), [np.zeros((5, 30))]),
        (zoo.Classifier(30, 40, 10, np.random.default_rng(0)), [np.zeros((5, 30)), np.arange(5)]),
    ],
)
def test_at_most_forty_forward_calls(module, inputs):
    assert check_gradients(module, *inputs).forwards <= 40


def test_the_report_says_in_words_what_agreed(rng):
    report = check_gradients(zoo.Linear(5, 3, rng), rng.normal(size=(4, 5)))
    assert repr(report).startswith("Linear: backward agrees with forward, for the input, weight and bias (38")


def test_parameters_and_inputs_are_left_as_they_were(rng):
    module, x = zoo.Linear(5, 3, rng), rng.normal(size=(4, 5))
    weight, before, x_before = module.params["weight"], module.params["weight"].copy(), x.copy()
    check_gradients(module, x)
    assert module.params["weight"] is weight
    np.testing.assert_array_equal(weight, before)
    np.testing.assert_array_equal(x, x_before)


def test_a_module_may_hold_its_parameter_under_another_name(rng):
    class Alias(zoo.Linear):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            self.W = self.params["weight"]

        def forward(self, x):
            self.x = x
            return x @ self.W.T + self.params["bias"]

    check_gradients(Alias(5, 3, rng), rng.normal(size=(4, 5)))


@pytest.mark.parametrize("k", [1e2, 1e3, 1e4, 1e5, 1e6])
@pytest.mark.parametrize("seed", range(3))
def test_a_steep_inflection_raises_no_false_alarm(k, seed):
    x = np.random.default_rng(seed).normal(size=(6, 4))
    x[2] = 0.0
    check_gradients(zoo.Steep(k), x, seed=seed)


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from([0, 1]), st.sampled_from([1e-8, 1e-5, 1e-3]), st.floats(-5, 5))
def test_normalising_what_does_not_vary_raises_no_false_alarm(seed, axis, eps, constant):
    x = np.random.default_rng(seed).normal(size=(6, 4))
    x[:, 1] = constant
    x[2] = constant
    check_gradients(zoo.Normalised(axis, eps), x, seed=seed)


class FlatLoss(zoo.MSELoss):
    def forward(self, x, y):
        return np.array([super().forward(x, y)])


def test_a_loss_may_return_an_array_of_one_number(rng):
    check_gradients(FlatLoss(), rng.normal(size=(4, 5)), rng.normal(size=(4, 5)))


def test_the_report_says_what_was_not_checked(rng):
    whole = np.arange(12).reshape(3, 4)
    assert "nothing was checked: the input (int64)" in repr(check_gradients(zoo.Sigmoid(), whole))
    assert "nothing was checked: the input (int)" in repr(check_gradients(zoo.Sigmoid(), 3))
    report = check_gradients(zoo.Linear(4, 3, rng), whole)
    assert report.unchecked == ("the input (int64)",)
    assert "not checked" in repr(report)
    assert "input 2 (int64)" in repr(
        check_gradients(zoo.CrossEntropyLoss(), rng.normal(size=(2, 5)), [1, 4] * np.ones(2, int))
    )
    assert check_gradients(zoo.ReLU(), rng.normal(size=3)).unchecked == ()


@pytest.mark.parametrize("kind", [zoo.SignedSquare, zoo.Huber, zoo.Softplus])
@pytest.mark.parametrize("seed", range(5))
def test_a_slope_that_has_a_kink_itself_raises_no_false_alarm(kind, seed):
    x = np.random.default_rng(seed).normal(size=(6, 4))
    x[2], x[:, 1], x[3, 3] = 0.0, 1.0, -1.0
    check_gradients(kind(), x, seed=seed)
