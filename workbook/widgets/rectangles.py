"""Rectangles explorer: each example of a batch contributes one rectangle to a Linear's weight gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.patches import Rectangle

from workbook.widgets.canvas import GREY, Canvas
from workbook.widgets.explorer import Explorer, whole_slider

# four examples, three outputs, five inputs: no two sizes are the same
G = np.array([[2, -1, 0], [-1, 1, 2], [0, -2, 1], [1, 0, -1]])
X = np.array([[1, 0, -1, 2, 1], [0, 2, 1, -1, 1], [1, -1, 0, 1, -2], [-2, 1, 2, 0, 1]])
BATCH, OUTPUTS, INPUTS = len(G), G.shape[1], X.shape[1]
STRONGEST = 8  # of the colours


def rectangles_explorer(example: int = 2) -> Explorer:
    """Show the outer product of one example's gradient and input, and the sum over the examples so far.

    The batch has 4 examples of a Linear module with 5 inputs and 3 outputs.

    Args:
        example: which one is added now, from 1 to 4.
    """
    canvas = Canvas(9.2, 2.5, (OUTPUTS, INPUTS, INPUTS, INPUTS))
    upstream, inputs, product, total = canvas.axes
    _matrix(upstream, G, "gradient G (4 × 3)", "output", "example")
    _matrix(inputs, X, "input X (4 × 5)", "input", "example")
    frames = [Rectangle((-0.5, 0), n, 1, fill=False, lw=3) for n in (OUTPUTS, INPUTS)]
    for ax, frame in zip((upstream, inputs), frames, strict=True):
        ax.add_patch(frame)
    panels = [
        _matrix(ax, np.zeros((OUTPUTS, INPUTS)), title, "input", "output")
        for ax, title in ((product, "its rectangle (3 × 5)"), (total, "sum so far (3 × 5)"))
    ]
    canvas.moving(*frames, *(artist for image, texts in panels for artist in (image, *texts)))

    def update(example: int) -> str:
        row = example - 1
        for frame in frames:
            frame.set_y(row - 0.5)
        rectangle, so_far = np.outer(G[row], X[row]), G[:example].T @ X[:example]
        for (image, texts), values in zip(panels, (rectangle, so_far), strict=True):
            image.set_data(values)
            for text, value in zip(texts, values.ravel(), strict=True):
                text.set_text(f"{value:.0f}")
                text.set_color("white" if abs(value) > 0.6 * STRONGEST else "black")
        whole = " This is GᵀX: the whole gradient of the weight." if example == BATCH else ""
        added = f"Example {example}: column {_said(G[row])} times row {_said(X[row])}"
        return (
            f"{added} is a rectangle of 3 × 5 numbers; the first row of the sum is {_said(so_far[0])}.{whole}"
        )

    alt = (
        "Four tables of coloured numbers: the gradient at the outputs, with the row of one example framed; "
        "the inputs, with the same row framed; the product of the two rows, three by five; and the sum of "
        "these products over the examples so far."
    )
    return Explorer(
        "Rectangles explorer", {"example": whole_slider("example", example, 1, BATCH)}, canvas, update, alt
    )


def _matrix(ax: Any, values: Any, title: str, across: str, down: str) -> tuple[Any, list[Any]]:
    """Draw a table of numbers; return its colours and its texts, row by row."""
    rows, columns = values.shape
    image = ax.imshow(values, cmap="PuOr", vmin=-STRONGEST, vmax=STRONGEST)
    texts = [
        ax.text(j, i, f"{values[i, j]:.0f}", ha="center", va="center", fontsize=11)
        for i in range(rows)
        for j in range(columns)
    ]
    ax.set_title(title, fontsize=11)
    ax.set(xticks=range(columns), xticklabels=range(1, columns + 1), xlabel=across)
    ax.set(yticks=range(rows), yticklabels=range(1, rows + 1), ylabel=down)
    ax.spines[:].set_visible(True)
    ax.spines[:].set_color(GREY)
    ax.tick_params(length=0)
    return image, texts


def _said(row: Any) -> str:
    return "(" + ", ".join(f"{value:.0f}" for value in row) + ")"
