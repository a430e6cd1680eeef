"""Drawn graphs as a notebook shows them: each has a picture, and a slip in a name says so."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib.pyplot as plt
import pytest
from IPython.core.pylabtools import print_figure

from workbook import draw_graph


@pytest.fixture(autouse=True)
def closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.mark.parametrize("title", [None, "A chain"])
def test_a_notebook_shows_the_picture_of_a_graph(title: str | None) -> None:
    figure = draw_graph(
        {"x": (0, 0), "G": (1, 0), "C": (2, 1)}, [("x", "G"), ("G", "C", "y", "g")], values=["x"], title=title
    )
    picture = print_figure(figure, "png")
    assert picture is not None, "IPython takes the figure for an empty one and shows nothing"
    assert picture.startswith(b"\x89PNG")


def test_an_arrow_to_a_node_that_is_not_there_names_it() -> None:
    with pytest.raises(KeyError, match="C"):
        draw_graph({"x": (0, 0), "G": (1, 0)}, [("G", "C")])


def test_an_edge_may_carry_a_gradient_alone() -> None:
    def arrows(*edge: str | None) -> int:
        return len(draw_graph({"x": (0, 0), "G": (1, 0)}, [("x", "G", *edge)]).artists)  # type: ignore[list-item]

    assert arrows("x", "g") == arrows("x") + arrows(None, "g") == 2
