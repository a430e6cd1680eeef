"""A right module passes, a wrong one fails with a sentence about it."""

import numpy as np
import pytest

from workbook import GradientError, Module, check_gradients


class Double(Module):
    def forward(self, x):
        return 2 * x

    def backward(self, grad_output):
        return 2 * grad_output


class Halved(Double):
    def backward(self, grad_output):
        return grad_output


def test_right_module_is_reported_in_words():
    assert "backward agrees with forward" in repr(check_gradients(Double(), np.ones((2, 3))))


def test_wrong_module_names_expected_and_got():
    with pytest.raises(GradientError, match="expected .* got"):
        check_gradients(Halved(), np.ones((2, 3)))
