"""Backpropagation explorer: a gradient goes back through a graph wire by wire, in three orders of going."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from matplotlib.patches import FancyArrowPatch

from workbook.widgets.canvas import BLUE, GREY, VERMILLION, Canvas
from workbook.widgets.explorer import Explorer, choice, whole_slider

IN_ORDER, TOTALS, PATHS = "reverse topological order", "depth first, totals", "depth first, path by path"
MOST = 14  # steps: three doublings, path by path
HIGH, ACROSS = 1.3, 2.9  # half of what is seen in height, and how many times as much in width


@dataclass(frozen=True)
class Drawn:
    """A graph of additions: each node is the sum of what it reads.

    Attributes:
        places: name -> (column, row); the graph's input and result are the first and the last.
        wires: (reader, read), in the order in which a reader's gradients are sent.
        backwards: an order in which every node stands before what it reads.
        right: the gradient of the input.
    """

    places: dict[str, tuple[float, float]]
    wires: tuple[tuple[str, str], ...]
    backwards: tuple[str, ...]
    right: int


GRAPHS = {
    "two doublings": Drawn(
        {"a": (0, 0), "b": (2, 0), "c": (4, 0)},
        (("c", "b"), ("c", "b"), ("b", "a"), ("b", "a")),
        ("c", "b"),
        4,
    ),
    "three doublings": Drawn(
        {"a": (0, 0), "b": (1.5, 0), "c": (3, 0), "d": (4.5, 0)},
        (("d", "c"), ("d", "c"), ("c", "b"), ("c", "b"), ("b", "a"), ("b", "a")),
        ("d", "c", "b"),
        8,
    ),
    "two residual blocks": Drawn(
        {"x": (0, 0), "f": (1, 1), "h": (2, 0), "g": (3, 1), "y": (4, 0)},
        (("y", "h"), ("y", "g"), ("g", "h"), ("h", "x"), ("h", "f"), ("f", "x")),
        ("y", "g", "h", "f"),
        4,
    ),
    "a shared value": Drawn(
        {"x": (0, 0), "s": (1.5, 0), "p": (3, 0.7), "q": (3, -0.55), "y": (4.5, 0)},
        (("y", "p"), ("y", "q"), ("p", "s"), ("q", "s"), ("s", "x")),
        ("y", "q", "p", "s"),
        2,
    ),
}


@dataclass(frozen=True)
class Step:
    """One gradient that travels: along which wire, how much, and what is known then."""

    wire: int
    amount: int
    totals: dict[str, int]
    calls: int


def steps(graph: Drawn, order: str) -> list[Step]:
    """Return every gradient that travels, in its order; all local slopes are 1, so amounts are whole."""
    totals = dict.fromkeys(graph.places, 0)
    result = graph.backwards[0]
    totals[result] = 1
    asked = 0

    def send(name: str, amount: int) -> Iterator[Step]:
        nonlocal asked
        asked += any(reader == name for reader, _ in graph.wires)
        calls = asked
        for number, (reader, read) in enumerate(graph.wires):
            if reader == name:
                totals[read] += amount
                yield Step(number, amount, dict(totals), max(calls, asked))
                if order != IN_ORDER:
                    yield from send(read, totals[read] if order == TOTALS else amount)

    if order != IN_ORDER:
        return list(send(result, 1))
    return [step for name in graph.backwards for step in send(name, totals[name])]


def backprop_explorer(graph: str = "two doublings", order: str = IN_ORDER, step: int = 3) -> Explorer:
    """Show a gradient on its way back: what has been sent along each wire, and each value's total so far.

    Args:
        graph: two doublings, three doublings, two residual blocks, or a shared value. Every node adds up what
            it reads, so all local slopes are 1.
        order: reverse topological order; depth first, sending totals on; or depth first, path by path.
        step: how many gradients have travelled, from 0 to 14.

    Raises:
        ValueError: for another graph or order.
    """
    canvas = Canvas(9.6, 9.6 / ACROSS, (1,))
    (ax,) = canvas.axes
    ax.set_axis_off()
    boxes = [ax.text(0, 0, "", ha="center", va="center", fontsize=12, zorder=5) for _ in range(5)]
    labels = [ax.text(0, 0, "", color=VERMILLION, ha="center", va="center", fontsize=12) for _ in range(6)]
    arrows = [
        FancyArrowPatch((0, 0), (1, 1), arrowstyle="-|>", mutation_scale=12, shrinkA=24, shrinkB=24)
        for _ in range(12)
    ]
    for box in boxes:
        box.set_bbox({"boxstyle": "round,pad=0.5", "fc": "#F4F4F4", "ec": "black"})
    for label in labels:
        label.set_bbox({"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none"})
    for arrow in arrows:
        ax.add_patch(arrow)
    verdict = ax.text(0.5, 0.04, "", transform=ax.transAxes, ha="center", va="bottom", fontsize=12)
    canvas.resting(*arrows[::2])
    canvas.moving(*arrows[1::2], *labels, *boxes, verdict)
    shown = {"graph": ""}

    def update(graph: str, order: str, step: int) -> str:
        if shown["graph"] != graph:
            shown["graph"] = graph
            canvas.stir()
        drawn, travelled = GRAPHS[graph], steps(GRAPHS[graph], order)
        now = travelled[:step]
        totals = now[-1].totals if now else dict.fromkeys(drawn.places, 0) | {drawn.backwards[0]: 1}
        middle = max(x for x, _ in drawn.places.values()) / 2
        ax.set(xlim=(middle - HIGH * ACROSS, middle + HIGH * ACROSS), ylim=(-HIGH, HIGH))
        for box in boxes:
            box.set_visible(False)
        for box, (name, place) in zip(boxes, drawn.places.items(), strict=False):
            box.set(text=f"{name}\n{totals[name]}", position=place, visible=True)
        _draw_wires(drawn, now, arrows, labels)
        calls = now[-1].calls if now else 0
        start, done = next(iter(drawn.places)), step >= len(travelled)
        verdict.set_text(_verdict(drawn, start, totals[start], calls, done))
        said = "Nothing has travelled yet."
        if now:
            reader, read = drawn.wires[now[-1].wire]
            said = f"{reader} sends {now[-1].amount} to {read}, whose total is then {totals[read]}."
        count = min(step, len(travelled))
        return f"{graph}, {order}: step {count} of {len(travelled)}. {said} {verdict.get_text()}"

    controls = {
        "graph": choice("graph", graph, list(GRAPHS)),
        "order": choice("order", order, [IN_ORDER, TOTALS, PATHS]),
        "step": whole_slider("step", step, 0, MOST),
    }
    alt = (
        "A graph of additions from its input at the left to its result at the right. Each box has its name "
        "and the gradient that has arrived there; each dashed arrow carries what has been sent along it."
    )
    return Explorer("Backpropagation explorer", controls, canvas, update, alt)


def _verdict(drawn: Drawn, start: str, total: int, calls: int, done: bool) -> str:
    called = f"{calls} call{'s' if calls != 1 else ''} of backward"
    if not done:
        return f"Gradient of {start} so far: {total}; {called}."
    least = len({reader for reader, _ in drawn.wires})
    right = "right" if total == drawn.right else f"wrong: it is {drawn.right}"
    spare = "one for each node" if calls == least else f"{least} would do"
    return f"Done. Gradient of {start}: {total}, {right}; {called}, {spare}."


def _draw_wires(drawn: Drawn, now: list[Step], arrows: list[FancyArrowPatch], labels: list[Any]) -> None:
    """Place a forward and a backward arrow for each wire, and what has been sent along it."""
    for artist in (*arrows, *labels):
        artist.set_visible(False)
    seen: dict[tuple[str, str], int] = {}
    for number, (reader, read) in enumerate(drawn.wires):
        twins = drawn.wires.count((reader, read))
        turn = seen[(reader, read)] = seen.get((reader, read), 0) + 1
        bend = 0.0 if twins == 1 else (0.35 if turn == 1 else -0.35)
        (x0, y0), (x1, y1) = drawn.places[read], drawn.places[reader]
        active = bool(now) and now[-1].wire == number
        forward, backward = arrows[2 * number], arrows[2 * number + 1]
        forward.set_positions((x0, y0), (x1, y1))
        backward.set_positions((x1, y1), (x0, y0))
        forward.set(connectionstyle=f"arc3,rad={-bend}", color=BLUE, lw=1.3, alpha=0.85)
        sent = [step.amount for step in now if step.wire == number]
        backward.set(connectionstyle=f"arc3,rad={bend + 0.08}", linestyle="--", lw=3 if active else 1.6)
        backward.set(color=VERMILLION if sent else GREY, alpha=1.0 if sent else 0.75)
        aside = (bend + 0.08) / 2 + (0.1 if bend >= 0 else -0.12)  # of the wire's length, to its left
        labels[number].set_position(((x0 + x1) / 2 - aside * (y1 - y0), (y0 + y1) / 2 + aside * (x1 - x0)))
        labels[number].set(text=" + ".join(map(str, sent)), visible=bool(sent))
        labels[number].set_fontweight("bold" if active else "normal")
        forward.set_visible(True)
        backward.set_visible(True)
