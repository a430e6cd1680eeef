"""What stops `backward` in the student's own line is said to be the mistake that it is."""

from __future__ import annotations

import numpy as np
import pytest
from checks import zoo

from workbook import GradientError, check_gradients

WEIGHT = 'self.grads["weight"] += g.T @ self.x'
BIAS = 'self.grads["bias"] += g.sum(axis=0)'
BACK = 'g @ self.params["weight"]'
RETURN = f"        return {BACK}"

STOPPED = [
    ({WEIGHT: 'self.grads["weight"] += self.x.T @ g'}, "transpose", "it is transposed"),
    ({WEIGHT: WEIGHT.replace("g.T", "g")}, "transpose", "g is used the wrong way round"),
    ({WEIGHT: WEIGHT.replace("@", "*")}, "transpose", "matrix product (@) is needed"),
    ({WEIGHT: 'self.grads["weight"] += np.dot(self.x, g.T)'}, "transpose", "wrong order"),
    ({WEIGHT: 'self.grads["weight"] += self.x.T @ g / len(g)'}, "transpose", "besides: every entry is 1/4"),
    ({WEIGHT: 'self.grads["weight"] += np.outer(g, self.x)'}, "formula", "np.outer"),
    ({WEIGHT: 'self.grads["weight"] += g.T @ self.y'}, "formula", "the output"),
    ({WEIGHT: f'self.grads["weight"] += {BACK}'}, "swapped", "gradient of the input"),
    ({WEIGHT: WEIGHT.replace("weight", "weights")}, "name", 'asks for "weights"'),
    ({BIAS: 'self.grads["bias"] += g'}, "batch-sum", "isn't summed over the batch"),
    ({BIAS: BIAS.replace("axis=0", "axis=0, keepdims=True")}, "keepdims", "axis of length 1"),
    ({BIAS: BIAS.replace("axis=0", "axis=1")}, "axis", "the examples are summed, axis 0"),
    ({BIAS: BIAS.replace("axis=0", "")}, "summed", "a sum too many"),
    ({BACK: BACK + ".T"}, "transpose", 'self.params["weight"].T is used the wrong way round'),
    ({BACK: 'g.dot(self.params["weight"].T)'}, "transpose", "the wrong way round"),
]


class Remembering(zoo.Linear):
    def forward(self, x):
        self.y = super().forward(x)
        return self.y


def linear(edits, shown, remembering=Remembering):
    """A Linear with some of its lines replaced, made as a notebook's cell is."""
    lines = [
        "class Linear(Base):",
        "    def backward(self, g):",
        *(" " * 8 + s for s in (WEIGHT, BIAS)),
        RETURN,
    ]
    text = "\n".join(lines)
    for old, new in edits.items():
        assert old in text
        text = text.replace(old, new)
    names = {"Base": remembering, "np": np}
    exec(compile(text, shown(text), "exec"), names)
    return names["Linear"](5, 3, np.random.default_rng(0))


@pytest.mark.parametrize(("edits", "cause", "words"), STOPPED)
def test_what_stopped_is_named(edits, cause, words, shown):
    for seed in range(3):
        module = linear(edits, shown)
        grads = module.grads
        with pytest.raises(GradientError) as caught:
            check_gradients(module, np.random.default_rng(seed).normal(size=(4, 5)), seed=seed)
        error = caught.value
        assert error.cause == cause, str(error)
        assert words in str(error).replace("\n    ", " ")
        assert len(str(error).split("\n")) <= 12
        assert module.grads is grads
        assert all(type(array) is np.ndarray for array in grads.values())


def test_the_line_that_stopped_is_shown(shown):
    with pytest.raises(
        GradientError, match=r"stopped in this line:\n    self\.grads\[.weight.\] \+= self\.x\.T @ g"
    ):
        check_gradients(linear(STOPPED[0][0], shown), np.ones((4, 5)))


def test_an_error_of_another_kind_stays_as_it_is(shown):
    module = linear({BACK: "np.zeros((2, 3)).reshape(5)"}, shown)
    with pytest.raises(ValueError, match="reshape"):
        check_gradients(module, np.ones((4, 5)))


def test_a_part_of_a_network_is_looked_into(shown):
    class Network(zoo.MLP):
        def __init__(self):
            super().__init__(5, 3, 2, np.random.default_rng(0))
            self.parts[0] = self.children["first"] = linear({BIAS: 'self.grads["bias"] += g'}, shown)

    with pytest.raises(GradientError) as caught:
        check_gradients(Network(), np.random.default_rng(1).normal(size=(4, 5)))
    assert caught.value.cause == "batch-sum"
    assert "first.bias" in str(caught.value)
