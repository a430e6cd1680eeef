"""Draw a computation graph: values flow along the top of each arrow, gradients back along the bottom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import atan, degrees
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch
    from matplotlib.path import Path
    from matplotlib.text import Text
    from matplotlib.transforms import Transform

FORWARD, BACKWARD, BOX = "#0072B2", "#D55E00", "#F4F4F4"  # Okabe-Ito blue and vermillion, light grey
TITLE = 0.35  # inches that a title takes
STEPS = 1000  # along an arrow from centre to centre: a fraction of a pixel each
Position = tuple[float, float]
Edge = tuple[str, str] | tuple[str, str, str] | tuple[str, str, str | None, str]


def draw_graph(
    nodes: Mapping[str, Position],
    edges: Iterable[Edge],
    *,
    values: Iterable[str] = (),
    labels: Mapping[str, str] | None = None,
    title: str | None = None,
) -> Figure:
    """Draw modules as boxes and what flows between them as pairs of arrows.

    Args:
        nodes: name -> (column, row); columns run to the right, rows upwards, one unit apart.
        edges: (from, to[, what flows forward[, what flows backward]]); the texts may hold $mathtext$.
            Without a backward text only the forward arrow is drawn, with None as the forward text only
            the backward one.
        values: names of nodes that are plain values (drawn without a box).
        labels: other texts to show for some nodes.
        title: one line above the drawing.

    Returns:
        A new figure of fitting size.

    Raises:
        KeyError: if an edge names a node that isn't in `nodes`.
    """
    import matplotlib.pyplot as plt  # here, since most who import `workbook` draw nothing
    from matplotlib.lines import Line2D
    from matplotlib.transforms import Affine2D

    left, right = min(x for x, _ in nodes.values()) - 0.45, max(x for x, _ in nodes.values()) + 0.45
    bottom, top = min(y for _, y in nodes.values()) - 0.55, max(y for _, y in nodes.values()) + 0.55
    height = 1.3 * (top - bottom) - 0.33
    above = TITLE if title else 0.0
    # Without axes, whose ticks and spines take ten times as long to make as all that is seen here.
    figure = plt.figure(figsize=(min(8.5, 2.1 * (right - left) - 0.89), height + above))
    figure.lines.append(Line2D([], []))  # IPython shows no figure that has neither axes nor lines
    scale = (
        Affine2D()
        .translate(-left, -bottom)
        .scale(1 / (right - left), height / (height + above) / (top - bottom))
    )
    placed = scale + figure.transFigure
    plain = set(values)
    drawn: dict[str, Text] = {}
    for name, (x, y) in nodes.items():
        edge = "none" if name in plain else "black"
        box = {"boxstyle": "round,pad=0.45", "fc": "none" if name in plain else BOX, "ec": edge, "lw": 1.2}
        shown = (labels or {}).get(name, name)
        drawn[name] = figure.text(
            x, y, shown, transform=placed, ha="center", va="center", fontsize=11, bbox=box, zorder=3
        )
    for start, end, *texts in edges:
        forward = texts[0] if texts else ""
        if forward is not None:
            _arrow(figure, placed, drawn[start], drawn[end], forward, FORWARD, "-")
        if len(texts) > 1 and texts[1] is not None:
            _arrow(figure, placed, drawn[end], drawn[start], texts[1], BACKWARD, "--")
    if title:
        figure.suptitle(title, fontsize=12, y=1 - 0.08 / (height + above), va="top")
    return figure


def _arrow(
    figure: Figure, placed: Transform, start: Text, end: Text, text: str, colour: str, style: str
) -> None:
    """Draw one arrow from box to box, a little to the left of their centres' line, and its text."""
    from matplotlib.patches import FancyArrowPatch

    (x0, y0), (x1, y1) = start.get_position(), end.get_position()
    dx, dy = x1 - x0, y1 - y0
    length = (dx**2 + dy**2) ** 0.5
    normal = (-dy / length * 0.06, dx / length * 0.06)
    arrow = FancyArrowPatch(
        (x0 + normal[0], y0 + normal[1]),
        (x1 + normal[0], y1 + normal[1]),
        transform=placed,
        patchA=start.get_bbox_patch(),
        patchB=end.get_bbox_patch(),
        connectionstyle=_from_edge_to_edge,  # type: ignore[arg-type]  # any callable will do
        arrowstyle="-|>",
        mutation_scale=10,
        shrinkA=1,
        shrinkB=1,
        color=colour,
        linestyle=style,
        linewidth=1.6,
        zorder=4,  # after the boxes, which get their sizes when they are drawn
    )
    figure.add_artist(arrow)
    leave, arrive = (_half_width(box) * abs(dx) / length for box in (start, end))
    along = 0.5 + (leave - arrive) / (2 * length)
    middle = (x0 + along * dx + normal[0] * 2.2, y0 + along * dy + normal[1] * 2.2)
    steep = abs(dy) > 0.6 * abs(dx)
    figure.text(
        *middle,
        text,
        transform=placed,
        color=colour,
        fontsize=10,
        ha=("right" if normal[0] < 0 else "left") if steep else "center",
        va="center" if steep else ("bottom" if normal[1] > 0 else "top"),
        rotation=0 if steep else degrees(atan(dy / dx)),
        rotation_mode="anchor",
        transform_rotates_text=True,
    )


def _from_edge_to_edge(
    start: Position, end: Position, *, patchA: Patch, patchB: Patch, shrinkA: float, shrinkB: float
) -> Path:
    """Return the straight line between two boxes, in pixels: a connection style for `FancyArrowPatch`.

    Matplotlib's own ask the boxes for their outlines at each step of a search, which takes two thirds of the
    time that a graph takes to draw.
    """
    import numpy as np
    from matplotlib.colors import to_rgba
    from matplotlib.path import Path

    places = np.linspace(start, end, STEPS + 1)
    within: list[Any] = []
    for patch in (patchA, patchB):
        outline = patch.get_transform().transform_path(patch.get_path())
        edge = patch.get_linewidth() if to_rgba(patch.get_edgecolor())[3] else 0.0
        within.append(outline.contains_points(places, radius=edge))
    free = np.flatnonzero(~(within[0] | within[1]))
    first, last = (free[0], free[-1]) if free.size else (0, STEPS)
    direction = (places[-1] - places[0]) / np.hypot(*(places[-1] - places[0]))
    return Path([places[first] + shrinkA * direction, places[last] - shrinkB * direction])


def _half_width(box: Text) -> float:
    """Return about half the width of a node in columns: texts stand over the visible part of an arrow."""
    shown = box.get_text()
    return 0.3 if "$" in shown else 0.1 + 0.04 * len(shown)
