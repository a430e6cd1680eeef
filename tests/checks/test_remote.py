"""The same check on a handle that copies everything in and out, as an object in another process does."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from checks import zoo
from checks.wrong import GRADIENTS

from workbook import GradientError, check_gradients


class RemoteDict:
    """Reads are copies; an assignment is carried out as a write into the array that is there."""

    def __init__(self, owner, attribute):
        self._owner, self._attribute = owner, attribute

    def keys(self):
        return list(getattr(self._owner, self._attribute))

    def __getitem__(self, name):
        return copy.deepcopy(getattr(self._owner, self._attribute)[name])

    def __setitem__(self, name, value):
        getattr(self._owner, self._attribute)[name][...] = value


class Remote:
    def __init__(self, module):
        self._module = module

    @property
    def params(self):
        return RemoteDict(self._module, "params")

    @property
    def grads(self):
        return RemoteDict(self._module, "grads")

    def forward(self, *arguments):
        return copy.deepcopy(self._module.forward(*copy.deepcopy(arguments)))

    def backward(self, *arguments):
        return copy.deepcopy(self._module.backward(*copy.deepcopy(arguments)))

    def zero_grad(self):
        self._module.zero_grad()


def test_right_modules_pass():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 5))
    check_gradients(Remote(zoo.Linear(5, 3, rng)), x)
    check_gradients(Remote(zoo.MLP(5, 6, 3, rng)), x)
    check_gradients(Remote(zoo.Max()), x, x)
    check_gradients(Remote(zoo.CrossEntropyLoss()), x, np.array([0, 1, 4, 4]))
    check_gradients(Remote(zoo.Penalty(x)))
    check_gradients(lambda: Remote(zoo.Dropout(0.5, np.random.default_rng(1))), x)


def test_parameters_are_restored():
    module = zoo.Linear(5, 3, np.random.default_rng(0))
    before = copy.deepcopy(module.params)
    check_gradients(Remote(module), np.ones((4, 5)))
    np.testing.assert_array_equal(module.params["weight"], before["weight"])
    np.testing.assert_array_equal(module.params["bias"], before["bias"])


@pytest.mark.parametrize("name", [name for name in GRADIENTS if not name.startswith("dropout")])
def test_wrong_modules_fail_with_the_same_cause(name):
    cause, make = GRADIENTS[name]
    module, *inputs = make(np.random.default_rng(0))
    with pytest.raises(GradientError) as caught:
        check_gradients(Remote(module), *inputs)
    assert caught.value.cause == cause
