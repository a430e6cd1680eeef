"""A module made of modules: which way a gradient went wrong is named, and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest
from checks import zoo

from workbook import Container, GradientError, check_gradients
from workbook.checks.errors import Found


class Residual(Container):
    """first, then second beside a way around it: y = second(h) + h, h = first(x)."""

    def __init__(self, way_back, rng):
        self.first, self.second = zoo.Linear(5, 6, rng), zoo.Linear(6, 6, rng)
        super().__init__({"first": self.first, "second": self.second})
        self.way_back = way_back

    def forward(self, x):
        h = self.first.forward(x)
        return self.second.forward(h) + h

    def backward(self, g):
        return self.first.backward(self.way_back(self.second.backward(g), g))


class Chain(zoo.MLP):
    """first, ReLU, last; what each is sent on the way back is the test's."""

    def __init__(self, back, rng):
        super().__init__(5, 6, 6, rng)
        self.back = back

    def backward(self, g):
        return self.back(*self.parts, g)


def failure(module, batch, seed):
    with pytest.raises(GradientError) as caught:
        check_gradients(module, np.random.default_rng(seed).normal(size=(batch, 5)), seed=seed)
    return caught.value


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("way_back", "words"),
    [
        (lambda through, g: through, "only the path through second counts"),
        (lambda through, g: g, "only what comes another way counts"),
        (lambda through, g: through + 2 * g, "the path through second once and what comes another way twice"),
        (lambda through, g: 0.3 * through + g, "the path through second 0.3 times"),
        (lambda through, g: 0.5 * through + g, "Does a module read it more than once?"),
    ],
)
def test_every_path_counts_once(way_back, words, seed):
    error = failure(Residual(way_back, np.random.default_rng(seed)), 4, seed)
    assert error.cause == "branch"
    assert words in " ".join(str(error).split())
    assert len(str(error).split("\n")) <= 12


def test_the_sum_over_all_paths_passes():
    module = Residual(lambda through, g: through + g, np.random.default_rng(0))
    check_gradients(module, np.random.default_rng(1).normal(size=(4, 5)))


@pytest.mark.parametrize("seed", range(5))
def test_a_relu_that_is_left_out_on_the_way_back_is_named(seed):
    module = Chain(lambda first, relu, last, g: first.backward(last.backward(g)), np.random.default_rng(seed))
    error = failure(module, 4, seed)
    assert error.cause == "mask"
    assert "first's output" in str(error)
    assert "left" in str(error)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("batch", [4, 9])
def test_a_part_that_is_sent_the_whole_modules_gradient_is_named(batch, seed):
    def back(first, relu, last, g):
        last.backward(g)
        return first.backward(g)

    error = failure(Chain(back, np.random.default_rng(seed)), batch, seed)
    assert error.cause == "chain"
    assert "part first" in str(error)


def test_an_array_taken_for_a_tuple_is_named():
    def back(first, relu, last, g):
        (sent, *_) = first.backward(relu.backward(last.backward(g)))
        return np.broadcast_to(sent, (len(g), 5)).copy()

    error = failure(Chain(back, np.random.default_rng(0)), 4, 0)
    assert error.cause == "row"
    assert "as if it were a tuple" in " ".join(str(error).split())


def test_what_cannot_be_told_apart_is_not_named():
    """With more examples than inputs, what reached the first part can't be told from its gradients.

    That the gradient lacks something which depends on the input, ReLU's mask, can be seen all the same.
    """
    module = Chain(lambda first, relu, last, g: first.backward(last.backward(g)), np.random.default_rng(0))
    error = failure(module, 9, 0)
    assert error.cause == "stale"
    assert error.found is Found.SYMPTOM
    assert "depends on the input is left out" in " ".join(str(error).split())
