"""Saturation explorer: a function, a point on it, and what a chain of layers makes of the slope there."""

from __future__ import annotations

import numpy as np

from workbook.widgets.canvas import BLUE, GREEN, GREY, VERMILLION, Canvas
from workbook.widgets.curves import CURVES, slope, words
from workbook.widgets.explorer import Explorer, choice, slider, whole_slider

FUNCTIONS = ["sigmoid", "tanh", "ReLU", "softplus", "log-sigmoid"]
REACH, DEEPEST, FLOOR = 12.0, 20, 1e-32


def saturation_explorer(function: str = "sigmoid", point: float = 2.0, layers: int = 10) -> Explorer:
    """Show a function with its tangent at one point, its slope, and that slope multiplied layer by layer.

    Args:
        function: sigmoid, tanh, ReLU, softplus or log-sigmoid.
        point: where to stand, from -12 to 12.
        layers: how many layers the gradient has to cross, from 1 to 20.

    Raises:
        ValueError: for another function; the message lists those there are.
    """
    s = np.linspace(-REACH, REACH, 481)
    canvas = Canvas(10.2, 3.6, (1, 1, 1.15))
    left, middle, right = canvas.axes
    for ax in (left, middle):
        ax.set(xlim=(-REACH, REACH), xlabel="input s (dimensionless)")
        canvas.moving(ax.axhline(0, color=GREY, lw=0.6))
    left.set_ylabel("value")
    middle.set(ylabel="slope", ylim=(-0.06, 1.12))
    right.set(yscale="log", ylim=(FLOOR, 30), xlim=(-0.5, DEEPEST + 0.5), xlabel="layers crossed")
    right.set(ylabel="gradient left, of 1", title="after that many such layers", xticks=range(0, 21, 5))
    right.set_yticks([1e0, 1e-8, 1e-16, 1e-24, 1e-32], minor=False)
    (value_line,) = left.plot(s, s, color=BLUE, lw=2)
    (slope_line,) = middle.plot(s, s, color=VERMILLION, lw=2)
    (tangent,) = left.plot([], [], color=GREEN, lw=2, ls="--")
    (on_value,) = left.plot([], [], "o", color="black", ms=8)
    (on_slope,) = middle.plot([], [], "o", color="black", ms=8)
    counts = np.arange(DEEPEST + 1)
    (best,) = right.plot(counts, counts + 1.0, color=GREY, lw=1.5, ls=":", label="steepest point")
    (here,) = right.plot([], [], "o-", color=VERMILLION, ms=5, lw=1, label="this point")
    (gone,) = right.plot([], [], "v", color="black", ms=7, label="below the axis")
    right.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3, fontsize=9, columnspacing=1, frameon=False
    )
    canvas.moving(left.yaxis, left.title, middle.title)
    canvas.moving(value_line, slope_line, best, tangent, on_value, on_slope, here, gone)
    shown = {"function": ""}

    def choose(function: str) -> float:
        curve = CURVES[function]
        values, steepness = curve(s), slope(curve, s)
        steepest = float(np.max(steepness))
        if shown["function"] != function:
            shown["function"] = function
            value_line.set_ydata(values)
            slope_line.set_ydata(steepness)
            room = 0.12 * (values.max() - values.min())
            left.set(ylim=(values.min() - room, values.max() + room), title=function)
            middle.set_title(f"slope of {function}")
            best.set_ydata(steepest**counts)
        return steepest

    def update(function: str, point: float, layers: int) -> str:
        steepest = choose(function)
        curve = CURVES[function]
        value, steepness = float(curve(point)), float(slope(curve, point))
        around = point + np.array([-2.5, 2.5])
        tangent.set_data(around, value + steepness * (around - point))
        on_value.set_data([point], [value])
        on_slope.set_data([point], [steepness])
        crossed = counts[: layers + 1]
        left_over = steepness**crossed
        low = left_over < FLOOR
        here.set_data(crossed[~low], left_over[~low])
        gone.set_data(crossed[low], np.full(low.sum(), FLOOR * 4))
        kink = " (at the kink; from 0 to 1 all are right)" if function == "ReLU" and point == 0 else ""
        return (
            f"{function} at s = {point:.1f}: value {words(value)}, slope {words(steepness)}{kink}. "
            f"{layers} such layers in a row leave {words(left_over[-1])} of a gradient of 1; "
            f"at the function's steepest point they would leave {words(steepest**layers)}."
        )

    controls = {
        "function": choice("function", function, FUNCTIONS),
        "point": slider("input s", point, -REACH, REACH, 0.1),
        "layers": whole_slider("layers", layers, 1, DEEPEST),
    }
    alt = (
        "Three panels: the function with its tangent at the chosen input; its slope; and, on a logarithmic "
        "axis, what is left of a gradient after each layer."
    )
    return Explorer("Saturation explorer", controls, canvas, update, alt)
