"""A small heat map of where an array is wrong, as SVG: dark is wrong, pale is right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CELLS = 40  # rows and columns that are drawn; a larger array is drawn in blocks
SIDE = 11  # pixels
WRONG, RIGHT = (0xD5, 0x5E, 0x00), (0xEE, 0xEE, 0xEE)  # Okabe-Ito vermilion, and a grey that is much lighter


def svg(heat: NDArray[np.float64]) -> str:
    """Draw how wrong each entry is.

    Args:
        heat: 0 (right) to 1 (wrong), of any shape; axes before the last are drawn as rows.
    """
    rows = _blocks(heat.reshape(-1, heat.shape[-1]) if heat.ndim > 1 else heat.reshape(1, -1))
    height, width = SIDE * rows.shape[0], SIDE * rows.shape[1]
    cells = "".join(
        f'<rect x="{SIDE * j}" y="{SIDE * i}" width="{SIDE - 1}" height="{SIDE - 1}" fill="{_colour(v)}"/>'
        for i, row in enumerate(rows)
        for j, v in enumerate(row)
    )
    wrong = int(np.count_nonzero(heat))
    title = f"Where it is wrong: {wrong} of {heat.size} entries, shape {heat.shape}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{max(width, 320)}" height="{height + 18}" '
        f'role="img" aria-label="{title}"><title>{title}</title>{cells}'
        f'<text x="0" y="{height + 13}" font-size="11" font-family="sans-serif" fill="#666">{title}</text>'
        "</svg>"
    )


def _colour(v: float) -> str:
    share = 0.0 if v <= 0 else 0.35 + 0.65 * min(v, 1.0)  # a small error must still be seen
    mixed = (round(r + share * (w - r)) for w, r in zip(WRONG, RIGHT, strict=True))
    return "#" + "".join(f"{c:02x}" for c in mixed)


def _blocks(grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Reduce to at most CELLS rows and columns; a block is as wrong as its worst entry."""
    for axis in (0, 1):
        if grid.shape[axis] > CELLS:
            edges = np.linspace(0, grid.shape[axis], CELLS, endpoint=False).astype(int)
            grid = np.maximum.reduceat(grid, edges, axis=axis)
    return grid
