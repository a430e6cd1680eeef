"""Drawn graphs as a notebook shows them: each has a picture, and a slip in a name says so."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.pylabtools import print_figure
from matplotlib.patches import ConnectionStyle, FancyArrowPatch

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


@given(
    st.floats(0.0, 2 * np.pi), st.floats(1.0, 4.0), st.text("abcxyz", min_size=1, max_size=12), st.booleans()
)
def test_an_arrow_leaves_and_reaches_its_boxes_where_matplotlib_would_have_it(
    angle: float, distance: float, name: str, plain: bool
) -> None:
    place = distance * np.cos(angle), distance * np.sin(angle)
    figure = draw_graph(
        {"from": (0, 0), "to": place}, [("from", "to")], labels={"to": name}, values=["to"] if plain else []
    )
    print_figure(figure, "png")
    boxes = [text.get_bbox_patch() for text in figure.texts[:2]]
    centres = [tuple(map(float, np.mean(box.get_window_extent(), axis=0))) for box in boxes if box]
    (arrow,) = (artist for artist in figure.artists if isinstance(artist, FancyArrowPatch))
    found, known = (
        style(*centres, patchA=boxes[0], patchB=boxes[1], shrinkA=1.0, shrinkB=1.0).vertices  # type: ignore[operator]
        for style in (arrow.get_connectionstyle(), ConnectionStyle("arc3"))
    )
    plt.close(figure)
    assert found[[0, -1]] == pytest.approx(known[[0, -1]], abs=1.0)  # pixel
