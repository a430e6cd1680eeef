"""Tape explorer: a program that loops and decides, the tape it leaves, and a gradient on its way back."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from workbook.widgets.canvas import BLUE, GREY, VERMILLION, Canvas
from workbook.widgets.curves import words
from workbook.widgets.explorer import Explorer, slider, whole_slider

LOW, HIGH, MOST = 0.1, 3.5, 5  # starts, and the most tensors on a tape


@dataclass(frozen=True)
class Taped:
    """What a run of `while x < 10: x = x * x if x > 2 else x + 1.5` leaves.

    Attributes:
        values: of the tensors, oldest first; the first is the start.
        operations: what made each tensor but the first, "+ 1.5" or "x · x".
        gradients: of the last tensor with respect to each.
    """

    values: tuple[float, ...]
    operations: tuple[str, ...]
    gradients: tuple[float, ...]


def run(start: float) -> Taped:
    """Run the program, and multiply the slopes of its steps from the end."""
    values, operations, slopes = [start], [], []
    while values[-1] < 10:
        x = values[-1]
        squares = x > 2
        values.append(x * x if squares else x + 1.5)
        operations.append("x · x" if squares else "+ 1.5")
        slopes.append(2 * x if squares else 1.0)
    gradients = np.cumprod([1.0, *reversed(slopes)])[::-1]
    return Taped(tuple(values), tuple(operations), tuple(map(float, gradients)))


def tape_explorer(start: float = 1.0, asked: int = 2) -> Explorer:
    """Show what a program makes of every start, with the slope of one, and the tape that this start leaves.

    Args:
        start: where the program starts, from 0.1 to 3.5.
        asked: how many tensors have sent their gradient on, from 0 to 4.
    """
    canvas = Canvas(10.6, 3.2, (1, 2.0))
    left, right = canvas.axes
    starts = np.arange(LOW, HIGH, 0.004)
    tapes = [run(x) for x in starts]
    ends = np.array([taped.values[-1] for taped in tapes])
    paths = [taped.operations for taped in tapes]
    ends[1:][[before != now for before, now in pairwise(paths)]] = np.nan  # a jump
    left.set(
        xlim=(0, HIGH + 0.1), ylim=(0, 160), xlabel="start x (dimensionless)", ylabel="what comes out, C"
    )
    left.set_title("for every start")
    left.plot(starts, ends, color=BLUE, lw=2)
    (tangent,) = left.plot([], [], "--", color=VERMILLION, lw=2)
    (mark,) = left.plot([], [], "o", color="black", ms=8)
    right.set_axis_off()
    right.set(xlim=(-0.6, MOST - 0.4), ylim=(-1, 1), title="the tape of this start")
    boxes = [right.text(k, 0, "", ha="center", va="center", fontsize=10, zorder=5) for k in range(MOST)]
    forward = [right.text(k + 0.5, 0.42, "", ha="center", color=BLUE, fontsize=10) for k in range(MOST - 1)]
    back = [
        right.text(k + 0.5, -0.5, "", ha="center", color=VERMILLION, fontsize=10) for k in range(MOST - 1)
    ]
    arrows = []
    for k in range(MOST - 1):
        for y, tail, head, colour, style in (
            (0.12, k + 0.38, k + 0.62, BLUE, "-"),
            (-0.12, k + 0.62, k + 0.38, VERMILLION, "--"),
        ):
            (line,) = right.plot([tail, head], [y, y], style, color=colour, lw=1.6)
            (tip,) = right.plot([head], [y], ">" if head > tail else "<", color=colour, ms=6)
            arrows += [line, tip]
    for box in boxes:
        box.set_bbox({"boxstyle": "round,pad=0.4", "fc": "#F4F4F4", "ec": "black"})
    canvas.moving(tangent, mark, *arrows, *forward, *back, *boxes)

    def update(start: float, asked: int) -> str:
        taped = run(start)
        steps, there = len(taped.operations), min(asked, len(taped.operations))
        end, gradient = taped.values[-1], taped.gradients[0]
        around = start + np.array([-0.3, 0.3])
        tangent.set_data(around, end + gradient * (around - start))
        mark.set_data([start], [end])
        for k, box in enumerate(boxes):
            known = k >= steps - there
            box.set_visible(k <= steps)
            if k <= steps:
                sent = words(taped.gradients[k]) if known else "?"
                box.set_text(f"{words(taped.values[k])}\ngrad {sent}")
        for k in range(MOST - 1):
            sends = steps - there <= k < steps
            forward[k].set(text=taped.operations[k] if k < steps else "", visible=k < steps)
            back[k].set(text=_owed(taped, k) if sends else "", visible=sends)
            for artist in arrows[4 * k : 4 * k + 2]:
                artist.set_visible(k < steps)
            for artist in arrows[4 * k + 2 : 4 * k + 4]:
                artist.set(visible=k < steps, color=VERMILLION if sends else GREY)
        made = ", ".join(taped.operations)
        came = words(taped.gradients[steps - there])
        at = (
            f"has come back to x: {came}"
            if there == steps
            else f"has come back {there} of {steps} steps: {came}"
        )
        return (
            f"From x = {start:.2f} the program did {made}, and ends at C = {words(end)}. The gradient {at}."
        )

    controls = {
        "start": slider("start x", start, LOW, HIGH, 0.05, digits=".2f"),
        "asked": whole_slider("steps back", asked, 0, MOST - 1),
    }
    alt = (
        "Two panels: what the program makes of every start, a curve in pieces with jumps between them, and "
        "the tangent at the chosen start; and the tape of that start, a chain of values, with the gradients "
        "that have come back along it."
    )
    return Explorer("Tape explorer", controls, canvas, update, alt)


def _owed(taped: Taped, k: int) -> str:
    """Return what the tensor after the k-th sends back to it: once for each time that it read it."""
    upstream, value = taped.gradients[k + 1], taped.values[k]
    if taped.operations[k] == "x · x":
        return f"{words(upstream * value)}\n+ {words(upstream * value)}"
    return words(upstream)
