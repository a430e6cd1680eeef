"""Picking explorer: which entries two ways of indexing take from a table of log-probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.patches import Rectangle

from workbook.widgets.canvas import GREY, ORANGE, Canvas
from workbook.widgets.explorer import Explorer, choice, whole_slider

LOG_Y = np.log([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.25, 0.25, 0.5], [0.8, 0.15, 0.05]])
TARGETS = np.array([2, 0, 1, 1])
BATCH, CLASSES = LOG_Y.shape
PAIRS, COLUMNS = "log_y[np.arange(4), t]", "log_y[:, t]"


def picking_explorer(index: str = PAIRS, example: int = 1, target: int = 2) -> Explorer:
    """Show what an indexing expression picks from log-probabilities of 4 examples and 3 classes.

    Args:
        index: one of the two expressions, "log_y[np.arange(4), t]" or "log_y[:, t]".
        example: whose part of the result is followed, from 0 to 3.
        target: the right class of example 0, from 0 to 2; the others have 0, 1 and 1.
    """
    canvas = Canvas(8.4, 3.0, (CLASSES, 1.2, BATCH))
    table, targets, result = canvas.axes
    _grid(table, (BATCH, CLASSES), "log_y (4 × 3)", "class", "example")
    _grid(targets, (BATCH, 1), "t (4)", "", "")
    _grid(result, (BATCH, BATCH), "what is picked", "", "")
    for (i, j), value in np.ndenumerate(LOG_Y):
        table.text(j, i, f"{value:.2f}", ha="center", va="center", fontsize=11)
    numbers = [targets.text(0, i, "", ha="center", va="center", fontsize=11) for i in range(BATCH)]
    entries = [
        [result.text(j, i, "", ha="center", va="center", fontsize=11) for j in range(BATCH)]
        for i in range(BATCH)
    ]
    picked, wanted = ([_frame() for _ in range(BATCH)] for _ in range(2))
    row = Rectangle((-0.5, 0), BATCH, 1, color=ORANGE, alpha=0.25)
    for ax, patches in ((table, picked), (result, [row, *wanted])):
        for patch in patches:
            ax.add_patch(patch)
    canvas.moving(row, *picked, *wanted, *numbers, *(text for line in entries for text in line))

    def update(index: str, example: int, target: int) -> str:
        t = np.array([target, *TARGETS[1:]])
        for text, number in zip(numbers, t, strict=True):
            text.set_text(str(number))
        pairs = index == PAIRS
        values = LOG_Y[np.arange(BATCH), t][:, None] if pairs else LOG_Y[:, t]
        for i, line in enumerate(entries):
            for j, text in enumerate(line):
                text.set_text(f"{values[i, j]:.2f}" if j < values.shape[1] else "")
            wanted[i].set_xy(((0 if pairs else i) - 0.5, i - 0.5))
        row.set_xy((-0.5, example - 0.5))
        row.set_width(1 if pairs else BATCH)
        for frame, column in zip(picked, [t[example]] * BATCH if pairs else t, strict=True):
            frame.set_xy((column - 0.5, example - 0.5))
        said = ", ".join(f"{value:.2f}" for value in values[example])
        if pairs:
            what = f"the pair ({example}, {t[example]}) picks {said}, its own target's entry"
        else:
            what = (
                f"columns {', '.join(map(str, t))} of row {example} give {said}; only one is its own target's"
            )
        return (
            f"{index} has the shape {'(4,)' if pairs else '(4, 4)'}. Example {example}: {what}. "
            f"The mean of all that is picked is {values.mean():.3f}."
        )

    alt = (
        "A table of log-probabilities with framed entries of one example, the targets beside it, and the "
        "array that the indexing expression gives, where the entries that were meant are framed."
    )
    controls = {
        "index": choice("index", index, [PAIRS, COLUMNS]),
        "example": whole_slider("example", example, 0, BATCH - 1),
        "target": whole_slider("target of example 0", target, 0, CLASSES - 1),
    }
    return Explorer("Picking explorer", controls, canvas, update, alt)


def _frame() -> Rectangle:
    return Rectangle((0, 0), 1, 1, fill=False, lw=3, edgecolor="black")


def _grid(ax: Any, shape: tuple[int, int], title: str, across: str, down: str) -> None:
    """Rule an empty table."""
    rows, columns = shape
    ax.set(
        xlim=(-0.55, columns - 0.45), ylim=(rows - 0.45, -0.55), aspect="equal", xlabel=across, ylabel=down
    )
    for i in range(rows):
        for j in range(columns):
            ax.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, fill=False, lw=0.8, edgecolor=GREY))
    ax.set_title(title, fontsize=11)
    ax.set(xticks=range(columns) if across else [], yticks=range(rows) if down else [])
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
