"""Step-size explorer: the error of a numerical derivative, too coarse on one side, too fine on the other."""

from __future__ import annotations

import numpy as np

from workbook.widgets.canvas import BLUE, GREY, VERMILLION, Canvas
from workbook.widgets.curves import CURVES, Array, Curve, slope, words
from workbook.widgets.explorer import Explorer, choice, log_slider, slider

FUNCTIONS: dict[str, Curve] = {
    "sin": np.sin,
    "exp": np.exp,
    "cube": lambda x: x**3,
    "sigmoid": CURVES["sigmoid"],
}
SPAN, FLOOR = (-3.0, 3.0), 1e-16


def step_size_explorer(function: str = "sin", point: float = 1.0, step: float = 10**-0.25) -> Explorer:
    """Show a secant of a function, and the error of one-sided and central differences for all step sizes.

    Args:
        function: sin, exp, cube or sigmoid.
        point: where the derivative is wanted, from -2 to 2.
        step: the step h, from 1e-15 to 1; the slider knows quarter powers of ten, and 0.56 is one.

    Raises:
        ValueError: for another function.
    """
    x, steps = np.linspace(*SPAN, 301), np.logspace(-15, 0, 241)
    canvas = Canvas(10.2, 3.5, (1, 1.5))
    left, right = canvas.axes
    left.set(xlim=SPAN, xlabel="x (dimensionless)", ylabel="value")
    right.set(xscale="log", yscale="log", xlim=(5e-16, 2), ylim=(FLOOR, 30), xlabel="step h (dimensionless)")
    right.set(ylabel="absolute error of the slope", title="error against step size")
    (curve_line,) = left.plot(x, x, color=BLUE, lw=2)
    (secant,) = left.plot([], [], "o-", color="black", ms=5, lw=1.5)
    (one_line,) = right.plot(steps, steps, color=VERMILLION, lw=1.5, ls="--", label="one-sided")
    (two_line,) = right.plot(steps, steps, color=BLUE, lw=1.5, label="central")
    (on_one,) = right.plot([], [], "s", color=VERMILLION, ms=8, mec="black")
    (on_two,) = right.plot([], [], "o", color=BLUE, ms=8, mec="black")
    rule = right.axvline(1e-5, color=GREY, lw=1, ls=":")
    right.legend(loc="lower left", fontsize=9, frameon=False)
    canvas.moving(left.yaxis, left.title, curve_line)
    canvas.moving(secant, one_line, two_line, on_one, on_two, rule)
    shown = {"function": ""}

    def update(function: str, point: float, step: float) -> str:
        f = FUNCTIONS[function]
        if shown["function"] != function:
            shown["function"] = function
            curve_line.set_ydata(f(x))
            room = 0.1 * np.ptp(f(x))
            left.set(ylim=(f(x).min() - room, f(x).max() + room), title=f"{function} and its central secant")
        true = float(slope(f, point))

        def one(h: Array) -> Array:
            return np.asarray((f(point + h) - f(point)) / h)

        def two(h: Array) -> Array:
            return np.asarray((f(point + h) - f(point - h)) / (2 * h))

        errors = [np.maximum(abs(way(steps) - true), FLOOR) for way in (one, two)]
        one_line.set_ydata(errors[0])
        two_line.set_ydata(errors[1])
        h = np.array([step])
        now = [float(abs(way(h) - true)[0]) for way in (one, two)]
        on_one.set_data(h, [max(now[0], FLOOR)])
        on_two.set_data(h, [max(now[1], FLOOR)])
        rule.set_xdata([step, step])
        ends = point + np.array([-step, step])
        secant.set_data(ends, f(ends))
        return (
            f"Slope of {function} at x = {point:.1f}, step {step:.1e}: the one-sided difference is off by "
            f"{words(now[0])}, the central one by {words(now[1])}. The true slope is {true:.10f}."
        )

    controls = {
        "function": choice("function", function, list(FUNCTIONS)),
        "point": slider("x", point, -2, 2, 0.1),
        "step": log_slider("step h", step, -15, 0, 0.25, ".1e"),
    }
    alt = (
        "Two panels: the function with the secant through x - h and x + h; and, on logarithmic axes, the "
        "U-shaped error curves of one-sided and central differences against the step size."
    )
    return Explorer("Step-size explorer", controls, canvas, update, alt)
