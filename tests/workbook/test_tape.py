"""A recorded program is drawn from its result alone: who reads whom, values forward, gradients back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from workbook.tape import draw_tape

NUMBERS = count()


@dataclass(eq=False)
class Note:
    """A tensor as the course's notebook defines it, with a gradient that is simply there."""

    value: Any
    op: str = ""
    sources: tuple[tuple[Note, float], ...] = ()
    number: int = field(default_factory=lambda: next(NUMBERS))
    grad: Any = 1.0

    def send(self, gradient: Any) -> Iterator[tuple[Note, Any]]:
        for source, factor in self.sources:
            yield source, factor * gradient


@pytest.fixture(autouse=True)
def closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


def program() -> tuple[Note, Note, Note]:
    """c = (x · y + x)², and a number that has no name."""
    x, y = Note(2.0), Note(3.0)
    product = Note(6.0, "×", ((x, 3.0), (y, 2.0)), grad=16.0)
    total = Note(8.0, "+", ((product, 1.0), (x, 1.0)), grad=16.0)
    square = Note(64.0, "×", ((total, 8.0), (total, 8.0)))
    return x, y, Note(32.0, "×", ((square, 0.5), (Note(0.5), 64.0)))


def texts(figure: Any) -> list[str]:
    return [text.get_text() for text in figure.texts]


def test_values_go_forward_and_gradients_come_back() -> None:
    x, y, c = program()
    c.grad, c.sources[0][0].grad = 2.0, 1.0
    seen = texts(draw_tape(c, x=x, y=y))
    assert {"x", "y", "×", "+", "× 0.5", "C"} <= set(seen), (
        "named tensors, operations, a number beside its reader"
    )
    assert {"2", "3", "6", "8, twice", "64", "32"} <= set(seen)
    assert {"48", "32", "16", "8 + 8", "1"} <= set(seen)


def test_before_the_walk_back_there_is_nothing_to_draw_of_it() -> None:
    x, y, c = program()
    assert "8 + 8" not in texts(draw_tape(c, x=x, y=y, gradients=False))


def test_an_array_is_shown_by_its_shape() -> None:
    w = Note(np.zeros((3, 5)), grad=np.ones((3, 5)))
    assert texts(draw_tape(Note(np.zeros(5), "sum", ((w, 1.0),), grad=np.ones(5)), w=w)).count("3×5") == 1


def test_no_two_boxes_overlap_and_every_reader_stands_to_the_right() -> None:
    start = [Note(float(k)) for k in range(3)]
    made = list(start)
    rng = np.random.default_rng(0)
    for _ in range(9):
        a, b = rng.integers(len(made), size=2)
        made.append(Note(0.0, "+", ((made[a], 1.0), (made[b], 1.0)), grad=0.0))
    last = Note(0.0, "+", tuple((note, 1.0) for note in made[3:]), grad=0.0)
    figure = draw_tape(last, **{f"x{k}": note for k, note in enumerate(start)})
    figure.canvas.draw()
    boxes = [text.get_position() for text in figure.texts if text.get_text() == "+"]
    for i, (x0, y0) in enumerate(boxes):
        assert all(abs(x0 - x1) > 1 or abs(y0 - y1) > 0.9 for x1, y1 in boxes[:i])


def test_a_tensor_that_nothing_made_is_drawn_as_well() -> None:
    assert texts(draw_tape(Note(5.0), gradients=False)).count("5") >= 1
