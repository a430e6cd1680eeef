"""`check_gradients` asks several questions of a handle at once, and says what it says at the desk."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conversation import Conversation

from workbook import GradientError, check_gradients

MODULE = """
import numpy as np


class Square:
    params = grads = {}

    def __init__(self):
        self.room = np.zeros((4, 5))

    def zero_grad(self):
        pass

    def forward(self, x):
        self.x = x
        FORWARD

    def backward(self, g):
        BACKWARD
"""
RIGHT = {"FORWARD": "return x**2", "BACKWARD": "return 2 * self.x * g"}
TWO_ROOMS = "getattr(self, 'rooms', [np.zeros((4, 5)), np.zeros((4, 5))])"
CHECK = "check_gradients(Square(), np.arange(-9.5, 10.5).reshape(4, 5))"


@pytest.mark.parametrize(
    "lines",
    [
        {"BACKWARD": "return self.x * g"},
        {"BACKWARD": "return 2 * self.x * g + (self.x > 9)"},
        {"FORWARD": "self.room[...] = x**2; return self.room"},
        {"FORWARD": "self.room[...] = x**2; return self.room[:, ::-1]"},
        {"FORWARD": "self.room[...] = x**2; return self.room", "BACKWARD": "return self.x * g"},
        {"FORWARD": f"self.rooms = {TWO_ROOMS}[::-1]; self.rooms[0][...] = x**2; return self.rooms[0]"},
        {"FORWARD": "x **= 2; return x"},
        {"FORWARD": "return (x.astype('f') ** 2).astype(float)"},
        {"FORWARD": "return abs(x)", "BACKWARD": "return np.sign(self.x) * g * 1.01"},
        {"FORWARD": "if x[0, 0] < -9.5001: raise ValueError('too far')\n        return x**2"},
    ],
)
def test_what_is_wrong_outside_is_wrong_at_the_desk(talk: Conversation, lines: dict[str, str]) -> None:
    source = MODULE
    for name, line in (RIGHT | lines).items():
        source = source.replace(name, line)
    assert talk.student(source) == []
    assert talk.passes("import numpy as np\nfrom workbook import check_gradients")
    names = dict[str, Any]()
    exec(source, names)
    with pytest.raises((GradientError, ValueError)) as caught:
        check_gradients(names["Square"](), np.arange(-9.5, 10.5).reshape(4, 5))
    assert talk.fails_with(CHECK) == str(caught.value)


def test_what_is_right_outside_is_measured_as_at_the_desk(talk: Conversation) -> None:
    source = MODULE
    for name, line in RIGHT.items():
        source = source.replace(name, line)
    assert talk.student(source) == []
    names = dict[str, Any]()
    exec(source, names)
    report = check_gradients(names["Square"](), np.arange(-9.5, 10.5).reshape(4, 5))
    assert talk.passes("import numpy as np\nfrom workbook import check_gradients")
    assert talk.passes(f"assert repr({CHECK}) == {repr(report)!r}")
