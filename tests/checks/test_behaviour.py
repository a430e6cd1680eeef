"""Besides being right: add up, leave arguments alone, return arrays of one's own, give one answer."""

from __future__ import annotations

import numpy as np
import pytest
from checks import zoo
from checks.wrong import altered

from workbook import GradientError, Module, check_gradients

X = np.random.default_rng(0).normal(size=(4, 5))


def overwrite(self, g):
    self.grads["weight"] = g.T @ self.x
    self.grads["bias"] = g.sum(axis=0)
    return g @ self.params["weight"]


def destroy_input(self, x):
    x[x < 0] = 0
    self.gate = x > 0
    return x.copy()


def destroy_upstream(self, g):
    g *= self.gate
    return g.copy()


def destroy_upstream_later(self, g):
    sent = g * self.gate
    if getattr(self, "asked", False):
        g *= 0.0
    self.asked = True
    return sent


def destroy_saved(self):
    self.p[np.arange(len(self.p)), self.target] -= 1
    return self.p / len(self.p)


def update(self, g):
    self.params["weight"] -= 0.1
    return zoo.Linear.backward(self, g)


def remember(self, g):
    self.total = getattr(self, "total", 0) + g * self.gate
    return self.total


def into_one_buffer(self, x):
    self.gate = x > 0
    self.buffer = getattr(self, "buffer", np.empty_like(x))
    return np.maximum(x, 0, out=self.buffer)


def gradient_into_one_buffer(self, g):
    self.buffer = getattr(self, "buffer", np.empty_like(g))
    return np.multiply(g, self.gate, out=self.buffer)


def pass_on(self, x):
    self.x = x
    return x if np.all(x > 0) else np.maximum(x, 0)


def mask_of_what_was_passed_on(self, g):
    return g * (self.x > 0)


def keep_on_the_class(self, x):
    type(self).gate = x > 0
    return x * self.gate


def keep_as_a_global(self, x):
    global GATE
    GATE = x > 0
    return x * GATE


def gate_of_all(self, g):
    return g * GATE


def count_on_the_class(self, x):
    type(self).count = getattr(type(self), "count", 0) + 1
    self.gate = x > 0
    return x * self.gate


def clear_first(self, x):
    self.zero_grad()
    return zoo.Linear.forward(self, x)


def linear(backward, **more):
    return altered(zoo.Linear, backward, **more)(5, 3, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("module", "inputs", "cause"),
    [
        (linear(overwrite), [X], "overwritten"),
        (linear(update), [X], "param-changed"),
        (altered(zoo.ReLU, zoo.ReLU.backward, forward=destroy_input)(), [X], "argument-changed"),
        (altered(zoo.ReLU, destroy_upstream)(), [X], "argument-changed"),
        (altered(zoo.ReLU, destroy_upstream_later)(), [X], "argument-changed"),
        (altered(zoo.CrossEntropyLoss, destroy_saved)(), [X, np.array([0, 1, 1, 4])], "second-backward"),
        (altered(zoo.ReLU, remember)(), [X], "second-backward"),
        (altered(zoo.Add, lambda s, g: (g,) * s.k)(), [X, X + 1], "shared-array"),
        (altered(zoo.Duplicate, zoo.Duplicate.backward, forward=lambda s, x: (x, x))(2), [X], "shared-array"),
        (altered(zoo.ReLU, zoo.ReLU.backward, forward=into_one_buffer)(), [X], "reused-array"),
        (altered(zoo.ReLU, gradient_into_one_buffer)(), [X], "reused-array"),
        (altered(zoo.ReLU, mask_of_what_was_passed_on, forward=pass_on)(), [abs(X)], "input-passed-on"),
        (altered(zoo.ReLU, zoo.ReLU.backward, forward=keep_on_the_class)(), [X], "shared-state"),
        (altered(zoo.ReLU, gate_of_all, forward=keep_as_a_global)(), [X], "shared-state"),
        (linear(zoo.Linear.backward, forward=clear_first), [X], "grads-changed"),
        (zoo.Dropout(0.5, np.random.default_rng(0)), [X], "two-answers"),
    ],
)
def test_a_breach_is_named(module, inputs, cause):
    with pytest.raises(GradientError) as caught:
        check_gradients(module, *inputs)
    assert caught.value.cause == cause, str(caught.value)
    assert len(str(caught.value).split("\n")) <= 12


def test_a_property_keeps_its_value_with_the_module():
    class Kept(zoo.ReLU):
        gate = property(lambda self: self.kept[0], lambda self, value: setattr(self, "kept", [value]))

    check_gradients(Kept(), X)


def test_a_module_that_is_made_anew_need_not_know_the_last_ones_gradients():
    check_gradients(lambda: zoo.Linear(5, 3, np.random.default_rng(1)), X)


def test_what_the_class_counts_is_no_breach():
    check_gradients(altered(zoo.ReLU, zoo.ReLU.backward, forward=count_on_the_class)(), X)


def test_an_input_passed_on_and_a_parameter_returned_are_right_where_nothing_depends_on_them():
    class Identity(Module):
        def forward(self, x):
            return x

        def backward(self, g):
            return g.copy()

    class Parameter(Module):
        def __init__(self):
            super().__init__()
            self.params["value"] = X.copy()
            self.zero_grad()

        def forward(self):
            return self.params["value"]

        def backward(self, g):
            self.grads["value"] += g

    check_gradients(Identity(), X)
    check_gradients(Parameter())


def test_nan_and_infinity_are_named_with_their_place():
    class Log(Module):
        def forward(self, x):
            with np.errstate(all="ignore"):
                return np.log(x)

        def backward(self, g):
            return g

    with pytest.raises(GradientError, match=r"-inf, first at entry \[0, 1\]"):
        check_gradients(Log(), np.array([[1.0, 0.0], [2.0, 3.0]]))
    nan = altered(zoo.ReLU, lambda s, g: g * np.nan)
    with pytest.raises(GradientError, match=r"contains nan, first at entry \[0, 0\]"):
        check_gradients(nan(), X)


def nothing(self, x):
    return None


class Bare:
    def forward(self, x):
        return x

    def backward(self, g):
        return g


class TakesOne(zoo.Duplicate):
    def backward(self, gradients):
        return gradients[0] + gradients[1]


class OtherKeys(zoo.Linear):
    def zero_grad(self):
        self.grads = {"weights": np.zeros(3)}

    def backward(self, g):
        return g @ self.params["weight"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: check_gradients(5, X), "takes a module"),
        (lambda: check_gradients(zoo.ReLU, X), "not a class"),
        (lambda: check_gradients(np.tanh, X), "takes a module"),
        (lambda: check_gradients(lambda x: 2 * x, X), "takes a module"),
        (
            lambda: check_gradients(TakesOne(2), X),
            r"backward\(self, \*grad_outputs\)",
        ),
        (lambda: check_gradients(Bare(), X), "has no `params`"),
        (lambda: check_gradients(OtherKeys(5, 3, np.random.default_rng(0)), X), "the same keys"),
        (lambda: check_gradients(altered(zoo.ReLU, lambda s, g: None)(), X), "backward returned None"),
        (lambda: check_gradients(altered(zoo.Add, lambda s, g: g)(), X, X), "1 gradient for 2 inputs"),
        (lambda: check_gradients(zoo.ReLU(), [[1.0, 2.0]]), "is a list"),
        (lambda: check_gradients(zoo.ReLU(), X.astype(object)), "Python objects"),
        (lambda: check_gradients(zoo.ReLU(), X.astype(complex)), "complex"),
        (lambda: check_gradients(zoo.ReLU(), X.astype(int)), r"the input \(int64\): pass floats"),
        (lambda: check_gradients(zoo.ReLU(), X.astype(np.float32)), "float32"),
        (lambda: check_gradients(zoo.ReLU(), X.astype(">f8")), "the other way round"),
        (lambda: check_gradients(zoo.ReLU(), X.astype(np.longdouble)), "finer than float64"),
        (lambda: check_gradients(zoo.ReLU(), np.array([1.0, np.nan])), "contains nan"),
        (
            lambda: check_gradients(altered(zoo.ReLU, None, forward=nothing)(), X),
            "forward returned None",
        ),
        (
            lambda: check_gradients(altered(zoo.ReLU, None, forward=lambda s, x: x.astype(np.float32))(), X),
            "float32",
        ),
        (lambda: check_gradients(altered(zoo.ReLU, lambda s, g: g.sum())(), X), "wrong shape"),
        (lambda: check_gradients(altered(zoo.ReLU, lambda s, g: g.astype(np.float32))(), X), "float32"),
    ],
)
def test_bad_input_gets_one_clear_sentence(call, words):
    with pytest.raises(GradientError, match=words) as caught:
        call()
    assert len(str(caught.value).split("\n")) <= 3


def test_what_is_not_attempted_stays_not_attempted():
    with pytest.raises(NotImplementedError):
        check_gradients(Module(), X)
