"""Scale explorer: a kink's place decides whether a network treats small and large signals alike."""

from __future__ import annotations

import numpy as np

from workbook.widgets.canvas import BLUE, GREY, VERMILLION, Canvas
from workbook.widgets.curves import Array, words
from workbook.widgets.explorer import Explorer, log_slider, slider

LAYERS, WIDTH, EXAMPLES, FLOOR, TOP = 20, 64, 40, 1e-4, 1e4


def layer_sizes(kink: float, scale: float, weights: Array, batch: Array) -> Array:
    """Return the mean square after 0 to 20 layers of Linear and max(0, x - kink), divided by the input's."""
    signal = scale * batch
    sizes = [np.mean(signal**2)]
    for weight in weights:
        signal = np.maximum(0, signal @ weight.T - kink)
        sizes.append(np.mean(signal**2))
    kept: Array = np.array(sizes) / sizes[0]
    return kept


def scale_explorer(kink: float = 0.3, scale: float = 10**0.9) -> Explorer:
    """Show f(a x) / a beside f(x) for f(x) = max(0, x - kink), and what 20 Kaiming layers do to each size.

    Args:
        kink: where f has its kink, from -1 to 1; ReLU has it at 0.
        scale: a, from 0.1 to 10.
    """
    rng = np.random.default_rng(5)
    weights = rng.normal(0, np.sqrt(2 / WIDTH), size=(LAYERS, WIDTH, WIDTH))
    batch = rng.normal(size=(EXAMPLES, WIDTH))
    x, layers = np.linspace(-3, 3, 301), np.arange(LAYERS + 1)
    canvas = Canvas(9.6, 3.7, (1, 1.15))
    left, right = canvas.axes
    left.set(xlim=(-3, 3), ylim=(-0.3, 4), xlabel="x (dimensionless)", title="one unit: f(ax) / a")
    (plain,) = left.plot(x, x, "-", color=GREY, lw=3.5, alpha=0.7, label="a = 1")
    (scaled,) = left.plot(x, x, "--", color=VERMILLION, lw=2, label="your a")
    left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=2, fontsize=9, frameon=False)
    right.set(yscale="log", xlim=(0, LAYERS), ylim=(FLOOR, TOP), xticks=range(0, LAYERS + 1, 5))
    right.set(xlabel="layer", ylabel="mean square, of the input's", title="20 layers with Kaiming's weights")
    (unit,) = right.plot(layers, layers + 1.0, "-", color=GREY, lw=3.5, alpha=0.7, label="inputs of size 1")
    (sized,) = right.plot(layers, layers + 1.0, "o--", color=BLUE, ms=4, lw=1.5, label="inputs of size a")
    right.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=2, fontsize=9, frameon=False)
    canvas.moving(plain, scaled, unit, sized)

    def update(kink: float, scale: float) -> str:
        plain.set_ydata(np.maximum(0, x - kink))
        scaled.set_ydata(np.maximum(0, scale * x - kink) / scale)
        ends = []
        for line, size in ((unit, 1.0), (sized, scale)):
            left_over = layer_sizes(kink, size, weights, batch)
            line.set_ydata(np.clip(left_over, FLOOR / 10, TOP * 10))
            ends.append(float(left_over[-1]))
        return (
            f"Kink at {kink:.2f}: after {LAYERS} layers inputs of size 1 keep {words(ends[0])} of their mean "
            f"square, inputs of size {scale:.2g} keep {words(ends[1])}. {_verdict(kink, scale)}"
        )

    controls = {
        "kink": slider("place of the kink", kink, -1.0, 1.0, 0.05, digits=".2f"),
        "scale": log_slider("size a of the input", scale, -1, 1, 0.05, ".2f"),
    }
    alt = (
        "Two panels: f(a x) divided by a beside f(x); and the mean square of a signal of size 1 and of size "
        "a after each of 20 layers. With the kink at zero the two curves of each panel coincide."
    )
    return Explorer("Scale explorer", controls, canvas, update, alt)


def _verdict(kink: float, scale: float) -> str:
    if abs(kink) < 1e-9:
        return "With the kink at zero the two are the same whatever a is: scale equivariant."
    if abs(scale - 1) < 1e-9:
        return "At a = 1 there is nothing to compare: move a."
    return "The function has a favourite size, and the network treats small and large inputs differently."
