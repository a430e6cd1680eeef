"""Draw a computation graph: values flow along the top of each arrow, gradients back along the bottom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

FORWARD, BACKWARD, BOX = "#0072B2", "#D55E00", "#F4F4F4"  # Okabe-Ito blue and vermillion, light grey
Position = tuple[float, float]
Edge = tuple[str, str] | tuple[str, str, str] | tuple[str, str, str, str]


def draw_graph(
    nodes: Mapping[str, Position],
    edges: Iterable[Edge],
    *,
    values: Iterable[str] = (),
    labels: Mapping[str, str] | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Draw modules as boxes and what flows between them as pairs of arrows.

    Args:
        nodes: name -> (column, row); columns run to the right, rows upwards, one unit apart.
        edges: (from, to[, what flows forward[, what flows backward]]); the texts may hold $mathtext$.
            Without a backward text only the forward arrow is drawn.
        values: names of nodes that are plain values (drawn without a box).
        labels: other texts to show for some nodes.
        title: one line above the drawing.
        ax: where to draw; a new figure of fitting size by default.

    Returns:
        The figure.

    Raises:
        KeyError: if an edge names a node that isn't in `nodes`.
    """
    columns = [x for x, _ in nodes.values()]
    rows = [y for _, y in nodes.values()]
    width, height = max(columns) - min(columns), max(rows) - min(rows)
    if ax is None:
        import matplotlib.pyplot as plt  # here, since most who import `workbook` draw nothing

        _, ax = plt.subplots(figsize=(min(8.5, 2.1 * width + 1.0), 1.3 * height + 1.1), layout="constrained")
    plain = set(values)
    drawn: dict[str, Text] = {}
    for name, (x, y) in nodes.items():
        edge = "none" if name in plain else "black"
        box = {"boxstyle": "round,pad=0.45", "fc": "none" if name in plain else BOX, "ec": edge, "lw": 1.2}
        shown = (labels or {}).get(name, name)
        drawn[name] = ax.text(x, y, shown, ha="center", va="center", fontsize=11, bbox=box, zorder=3)
    for start, end, *texts in edges:
        _arrow(ax, drawn[start], drawn[end], texts[0] if texts else "", FORWARD, "-")
        if len(texts) > 1:
            _arrow(ax, drawn[end], drawn[start], texts[1], BACKWARD, "--")
    ax.set_xlim(min(columns) - 0.45, max(columns) + 0.45)
    ax.set_ylim(min(rows) - 0.55, max(rows) + 0.55)
    ax.set_axis_off()
    if title:
        ax.set_title(title, fontsize=12)
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def _arrow(ax: Axes, start: Text, end: Text, text: str, colour: str, style: str) -> None:
    """Draw one arrow from box to box, a little to the left of their centres' line, and its text."""
    (x0, y0), (x1, y1) = start.get_position(), end.get_position()
    dx, dy = x1 - x0, y1 - y0
    length = (dx**2 + dy**2) ** 0.5
    normal = (-dy / length * 0.06, dx / length * 0.06)
    arrow = {"arrowstyle": "-|>", "color": colour, "ls": style, "lw": 1.6, "shrinkA": 1, "shrinkB": 1}
    ax.annotate(
        "",
        (x1 + normal[0], y1 + normal[1]),
        (x0 + normal[0], y0 + normal[1]),
        arrowprops={**arrow, "patchA": start.get_bbox_patch(), "patchB": end.get_bbox_patch()},
    )
    leave, arrive = (_half_width(box) * abs(dx) / length for box in (start, end))
    along = 0.5 + (leave - arrive) / (2 * length)
    middle = (x0 + along * dx + normal[0] * 2.2, y0 + along * dy + normal[1] * 2.2)
    steep = abs(dy) > 0.6 * abs(dx)
    ax.text(
        *middle,
        text,
        color=colour,
        fontsize=10,
        ha=("right" if normal[0] < 0 else "left") if steep else "center",
        va="center" if steep else ("bottom" if normal[1] > 0 else "top"),
    )


def _half_width(box: Text) -> float:
    """Return about half the width of a node in columns: texts stand over the visible part of an arrow."""
    shown = box.get_text()
    return 0.3 if "$" in shown else 0.1 + 0.04 * len(shown)
