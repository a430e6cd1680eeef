"""Softmax explorer: logits in; probabilities, log-probabilities, and the gradient that each loss sends."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbook.widgets.canvas import BLUE, GREEN, GREY, VERMILLION, Canvas
from workbook.widgets.curves import slopes, words
from workbook.widgets.explorer import Explorer, choice, slider

CLASSES = ["A", "B", "C"]
REACH = 10.0


def _probabilities(logits: Any) -> Any:
    exponentials = np.exp(logits)
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def softmax_explorer(logits: tuple[float, float, float] = (4.0, 0.0, -2.0), target: str = "B") -> Explorer:
    """Show softmax beside log-softmax for three logits, and both losses' gradients at the logits.

    The losses are the cross-entropy, -log p[target], and the mean squared error of the probabilities, the
    mean of (p - y)² over the classes, y being 1 for the target and 0 else. Their gradients are measured, not
    derived.

    Args:
        logits: one for each of the classes A, B, C, from -10 to 10.
        target: the right class, A, B or C.

    Raises:
        ValueError: for another class.
    """
    canvas = Canvas(10.2, 3.3, (1, 1, 1.7))
    left, middle, right = canvas.axes
    places = np.arange(3)
    left.set(ylim=(0, 1.2), ylabel="probability", title="softmax")
    middle.set(ylim=(-23, 2.5), ylabel="log-probability", title="log-softmax")
    right.set(ylim=(-1.5, 1.9), ylabel="gradient at the logit", title="what each loss sends back")
    for ax in canvas.axes:
        ax.set(xticks=places, xticklabels=CLASSES, xlim=(-0.6, 2.6), xlabel="class")
        ax.axhline(0, color=GREY, lw=0.8)
    narrow: dict[str, Any] = {"edgecolor": "black", "linewidth": 0.8}
    bars = [
        left.bar(places, 1.0, 0.6, color=BLUE, **narrow),
        middle.bar(places, 1.0, 0.6, color=GREEN, hatch="..", **narrow),
        right.bar(places - 0.2, 1.0, 0.38, color=VERMILLION, label="cross-entropy", **narrow),
        right.bar(places + 0.2, 1.0, 0.38, color="white", hatch="///", label="mean squared error", **narrow),
    ]
    right.legend(loc="upper right", fontsize=9, ncols=2, frameon=False)
    labels = [
        [ax.text(x, 0, "", ha="center", fontsize=size) for x in places + shift]
        for ax, shift, size in ((left, 0, 10), (middle, 0, 10), (right, -0.2, 8.5), (right, 0.2, 8.5))
    ]
    marks = [ax.text(0, 0, "target", ha="center", va="bottom", fontsize=9) for ax in (left, middle)]
    for group, texts in zip(bars, labels, strict=True):
        canvas.moving(*group, *texts)
    canvas.moving(*marks)

    def put(which: int, heights: Any, digits: str) -> None:
        gap = (0.02, 0.4, 0.04, 0.04)[which]
        for bar, text, height in zip(bars[which], labels[which], heights, strict=True):
            bar.set_height(height)
            up = height >= 0 and which != 1
            text.set_text(
                digits.format(abs(height) * np.sign(height.round(1))) if digits else words(height, 2)
            )
            text.set_y(height + (gap if up else -gap))
            text.set_verticalalignment("bottom" if up else "top")

    def update(a: float, b: float, c: float, target: str) -> str:
        z, wanted = np.array([a, b, c]), CLASSES.index(target)
        probabilities = _probabilities(z)
        cross = slopes(lambda z: -np.log(_probabilities(z)[..., wanted]), z)
        square = slopes(lambda z: ((_probabilities(z) - np.eye(3)[wanted]) ** 2).mean(axis=-1), z)
        put(0, probabilities, "")
        put(1, np.log(probabilities), "{:.1f}")
        put(2, cross, "")
        put(3, square, "")
        for mark, height in zip(marks, (1.09, 0.4), strict=True):
            mark.set_position((wanted, height))
        return (
            f"Target {target}: probability {words(probabilities[wanted])}, log-probability "
            f"{np.log(probabilities[wanted]):.1f}. Gradient at its logit: {words(cross[wanted])} from the "
            f"cross-entropy, {words(square[wanted])} from the mean squared error of the probabilities."
        )

    controls = {
        name.lower(): slider(f"logit {name}", logit, -REACH, REACH, 0.5)
        for name, logit in zip(CLASSES, logits, strict=True)
    }
    controls["target"] = choice("target", target, CLASSES)
    alt = (
        "Three bar charts over the classes A, B and C: softmax probabilities, log-softmax, and the gradients "
        "at the logits from the cross-entropy and from the mean squared error."
    )
    return Explorer("Softmax and log-softmax explorer", controls, canvas, update, alt)
