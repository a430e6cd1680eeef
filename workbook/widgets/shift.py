"""Shift explorer: one number added to all logits, and what three ways of computing softmax make of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbook.widgets.canvas import BLUE, GREEN, GREY, VERMILLION, Canvas
from workbook.widgets.curves import words
from workbook.widgets.explorer import Explorer, slider

CLASSES = ["A", "B", "C"]
REACH, WIDEST = 1000.0, 400.0
EDGE = 400.0  # decimal exponents that are drawn; float64 holds -323 to 308


def shift_explorer(shift: float = 0.0, gap: float = 2.0) -> Explorer:
    """Show the exponentials of three logits, as they are and less their maximum, and what follows from them.

    The logits are shift, shift - gap and shift - 2 gap, of the classes A, B and C.

    Args:
        shift: added to all logits, from -1000 to 1000.
        gap: between one logit and the next, from 0 to 400.
    """
    canvas = Canvas(8.6, 4.4, (1, 1))
    left, right = canvas.axes
    places = np.arange(3)
    left.set(ylim=(-EDGE, EDGE), ylabel="power of ten", title="size of the exponentials")
    for low, high, becomes in ((308, EDGE, "inf"), (-EDGE, -323, "0")):
        left.axhspan(low, high, color=GREY, alpha=0.2, lw=0)
        left.text(2.55, (low + high) / 2, becomes, ha="right", va="center")
    right.set_title("log-probabilities")
    right.set_ylabel("log-probability", labelpad=24)  # room for longer tick labels later
    for ax in canvas.axes:
        ax.set(xticks=places, xticklabels=CLASSES, xlim=(-0.6, 2.6), xlabel="class")
        canvas.moving(ax.axhline(0, color=GREY, lw=0.8))
    ways = [
        ("log of the plain softmax", VERMILLION, "X", -0.22),
        ("log of the shifted softmax", BLUE, "s", 0.0),
        ("log-softmax", GREEN, "o", 0.22),
    ]
    sizes = [
        left.plot([], [], way[2], color=way[1], ms=8, ls="", label=label)[0]
        for way, label in zip(
            ways, ("exp of the logits", "exp of the logits less their maximum"), strict=False
        )
    ]
    (beyond,) = left.plot([], [], "o", color="black", mfc="none", ms=15, ls="", label="lost")
    drawn = [
        right.plot([], [], mark, color=colour, ms=9, ls="", label=name)[0] for name, colour, mark, _ in ways
    ]
    for ax in canvas.axes:
        ax.legend(loc="upper left", bbox_to_anchor=(0, -0.2), fontsize=9, frameon=False)
    canvas.moving(right.yaxis, *sizes, beyond, *drawn)

    def update(shift: float, gap: float) -> str:
        logits = shift - gap * places
        exponents = np.array([logits, logits - logits.max()]) / np.log(10)
        lost = (exponents > 308.25) | (exponents < -323.3)
        for line, row, way in zip(sizes, exponents, ways, strict=False):
            line.set_data(places + way[3], np.clip(row, -360, 360))
        where = np.array([places + way[3] for way in ways[:2]])
        beyond.set_data(where[lost], np.clip(exponents[lost], -360, 360))
        found = _three_ways(logits)
        depth = max(4.0, 2 * gap)
        right.set_ylim(-1.25 * depth, 0.2 * depth)
        for line, row, way in zip(drawn, found, ways, strict=True):
            line.set_data((places + way[3])[np.isfinite(row)], row[np.isfinite(row)])
        said = ", ".join(f"{name} {_said(row)}" for (name, *_), row in zip(ways, found, strict=True))
        return f"Logits {_said(logits)}. For the classes A, B, C: {said}."

    controls = {
        "shift": slider("shift of all logits", shift, -REACH, REACH, 10),
        "gap": slider("gap between logits", gap, 0, WIDEST, 1),
    }
    alt = (
        "Two panels over the classes A, B and C: the sizes of the exponentials, as powers of ten, of the "
        "logits as they are and less their maximum; and the log-probabilities that three formulas give."
    )
    return Explorer("Shift explorer", controls, canvas, update, alt)


def _three_ways(logits: Any) -> list[Any]:
    """Return what the logarithm of two forms of softmax gives, and what is right, by pairs of classes."""
    with np.errstate(all="ignore"):
        plain = np.exp(logits) / np.exp(logits).sum()
        shares = np.exp(logits - logits.max())
        exact = -np.array([_log_sum(logits - own) for own in logits])
        return [np.log(plain), np.log(shares / shares.sum()), exact]


def _log_sum(differences: Any) -> float:
    return float(np.logaddexp.reduce(differences))


def _said(row: Any) -> str:
    """Return numbers in brackets; those above a thousand to the last digit."""
    parts = [
        "nan" if np.isnan(v) else "-inf" if np.isinf(v) else f"{v:.0f}" if abs(v) >= 1000 else words(float(v))
        for v in row
    ]
    return "(" + ", ".join(parts) + ")"
