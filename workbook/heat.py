"""A small heat map of where an array is wrong, as SVG for light and dark pages: full is wrong, pale right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CELLS = 40  # rows and columns that are drawn; a larger array is drawn in blocks
SIDE, LEFT, TOP = 11, 34, 18  # pixels
WRONG = "#D55E00"  # Okabe-Ito vermilion; what is right is a breath of the text's own colour


def svg(heat: NDArray[np.float64]) -> str:
    """Draw how wrong each entry is, with axes and a legend.

    The text has the colour of the page's text, so the drawing belongs into HTML.

    Args:
        heat: 0 (right) to 1 (wrong), of any shape; axes before the last are drawn as rows.
    """
    grid = heat.reshape(-1, heat.shape[-1]) if heat.ndim > 1 else heat.reshape(1, -1)
    rows = _blocks(grid)
    height, width = SIDE * rows.shape[0], SIDE * rows.shape[1]
    cells = "".join(
        f'<rect x="{LEFT + SIDE * j}" y="{TOP + SIDE * i}" {_look(v)}/>'
        for i, row in enumerate(rows)
        for j, v in enumerate(row)
    )
    wrong = int(np.count_nonzero(heat))
    title = f"Where it is wrong: {wrong} of {heat.size} entries, shape {heat.shape}"
    texts = [
        (LEFT, TOP - 6, f"column 0 … {grid.shape[1] - 1}" if heat.ndim > 1 else f"0 … {heat.size - 1}", "")
    ]
    if heat.ndim > 1:
        texts += [(LEFT - 4, TOP + 9, "row 0", "end")]
        texts += [(LEFT - 4, TOP + height - 2, str(grid.shape[0] - 1), "end")] if grid.shape[0] > 1 else []
    right, at = LEFT + width + 14, TOP + 9
    legend = f'<rect x="{right}" y="{TOP}" {_look(1.0)}/><rect x="{right}" y="{TOP + 15}" {_look(0.0)}/>'
    texts += [(right + 15, at, "wrong", ""), (right + 15, at + 15, "right", "")]
    words = "".join(f'<text x="{x}" y="{y}" text-anchor="{a or "start"}">{t}</text>' for x, y, t, a in texts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{right + 60}" height="{TOP + max(height, 28) + 4}" '
        f'font-size="11" font-family="sans-serif" fill="currentColor" role="img" aria-label="{title}">'
        f"<title>{title}</title>{cells}{legend}{words}</svg>"
    )


def _look(v: float) -> str:
    size = f'width="{SIDE - 1}" height="{SIDE - 1}"'
    if v <= 0:
        return f'{size} fill-opacity="0.2"'
    return f'{size} fill="{WRONG}" fill-opacity="{0.45 + 0.55 * min(v, 1.0):.2f}"'  # a small error is seen


def _blocks(grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Reduce to at most CELLS rows and columns; a block is as wrong as its worst entry."""
    for axis in (0, 1):
        if grid.shape[axis] > CELLS:
            edges = np.linspace(0, grid.shape[axis], CELLS, endpoint=False).astype(int)
            grid = np.maximum.reduceat(grid, edges, axis=axis)
    return grid
