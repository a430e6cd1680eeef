"""A line of the student's that stops `backward` is explained across the wall as it is at the desk."""

from __future__ import annotations

import linecache
from typing import Any

import numpy as np
import pytest
from conversation import Conversation

from workbook import GradientError, check_gradients

LINEAR = """
import numpy as np


class Linear:
    def __init__(self, n, m):
        weight = np.arange(1.0, n * m + 1).reshape(m, n) ** 0.5
        self.params = {"weight": weight, "bias": np.arange(1.0, m + 1)}
        self.zero_grad()

    def zero_grad(self):
        self.grads = {name: np.zeros(param.shape) for name, param in self.params.items()}

    def forward(self, x):
        self.x = x
        return x @ self.params["weight"].T + self.params["bias"]

    def backward(self, g):
        WEIGHT
        BIAS
        return BACK
"""
RIGHT = {
    "WEIGHT": 'self.grads["weight"] += g.T @ self.x',
    "BIAS": 'self.grads["bias"] += g.sum(axis=0)',
    "BACK": 'g @ self.params["weight"]',
}
CHECK = """
from workbook import check_gradients

check_gradients(Linear(5, 3), np.arange(20.0).reshape(4, 5) ** 0.3)
"""


def linear(**lines: str) -> str:
    source = LINEAR
    for name, line in (RIGHT | lines).items():
        source = source.replace(name, line)
    return source


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ({"WEIGHT": 'self.grads["weight"] += self.x.T @ g'}, "it is transposed."),
        ({"WEIGHT": 'self.grads["weight"] += self.x.T @ g / len(g)'}, "And besides: every entry is 1/4"),
        ({"BIAS": 'self.grads["bias"] += g'}, "isn't summed over the batch"),
        ({"BIAS": 'self.grads["bias"] += g.sum(axis=1)'}, "the examples are summed, axis 0"),
        ({"BACK": 'g @ self.params["weight"].T'}, "used the wrong way round"),
        ({"WEIGHT": 'self.grads["weights"] += g.T @ self.x'}, 'asks for "weights"'),
    ],
)
def test_numbers_are_looked_at_as_well_as_shapes(
    talk: Conversation, lines: dict[str, str], words: str
) -> None:
    talk.student(linear(**lines))
    assert talk.passes("import numpy as np")
    said = talk.fails_with(CHECK)
    assert words in said.replace("\n    ", " ")
    source, names = linear(**lines), dict[str, Any]()
    linecache.cache["<here>"] = len(source), None, source.splitlines(keepends=True), "<here>"
    exec(compile(source, "<here>", "exec"), names)
    with pytest.raises(GradientError) as caught:
        check_gradients(names["Linear"](5, 3), np.arange(20.0).reshape(4, 5) ** 0.3)
    assert said == str(caught.value), "at the desk it says the same"


@pytest.mark.parametrize(
    "answer", ["return 3", "return ('line', 1, 2)", "return [object()]", "raise KeyError(1)"]
)
def test_an_examinee_that_tells_nonsense_costs_the_explanation(talk: Conversation, answer: str) -> None:
    """What a student's process says of an error is no more than material for a sentence."""
    talk.student(linear(WEIGHT='self.grads["weight"] += self.x.T @ g'))
    talk.student(
        f"from workbook.inside import Inside\ndef told(self, *, error):\n    {answer}\nInside.detail = told"
    )
    assert talk.passes("import numpy as np")
    assert "could not be broadcast" in talk.fails_with(CHECK)
