"""Taylor explorer: what is left of a cost beside its linear part, if its gradient is a little off."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbook.widgets.canvas import BLUE, GREY, VERMILLION, Canvas
from workbook.widgets.curves import Array, slope, words
from workbook.widgets.explorer import Explorer, log_slider, slider

AT, DIRECTION = np.array([1.0, 2.0]), np.array([0.6, -0.8])
SPAN, LOW, HIGH = (-0.4, 0.4), 1e-10, 10.0


def cost(t: Any) -> Any:
    """Return half of (3 a² + a b - 4)² at (a, b) = (1, 2) + t (0.6, -0.8), for each t."""
    a, b = (start + t * step for start, step in zip(AT, DIRECTION, strict=True))
    return 0.5 * (3 * a**2 + a * b - 4) ** 2


def remainder(t: Array, per_cent: float) -> Array:
    """Return what is left of the cost's change without t times a slope that is so many per cent too large."""
    found: Array = np.abs(cost(t) - cost(0.0) - t * _wrong(per_cent))
    return found


def local_slope(t: float, per_cent: float) -> float:
    """Return the remainder's slope on two logarithmic axes, between t / 1.1 and 1.1 t."""
    ends = np.array([t / 1.1, t * 1.1])
    rise = np.diff(np.log(np.maximum(remainder(ends, per_cent), 1e-300)))
    return float(rise[0] / np.diff(np.log(ends))[0])


def _wrong(per_cent: float) -> float:
    return float(slope(cost, 0.0)) * (1 + per_cent / 100)


def taylor_explorer(per_cent: float = 1.0, step: float = 0.1) -> Explorer:
    """Show a cost along a line with the tangent that a gradient promises, and the remainder for all steps.

    Args:
        per_cent: by how much the gradient is too large, from -20 to 20; 0 is right.
        step: how far along the line, from 1e-5 to 0.32; the slider knows quarter powers of ten.
    """
    t, steps = np.linspace(*SPAN, 201), np.logspace(-5, -0.5, 181)
    canvas = Canvas(10.2, 3.5, (1, 1.3))
    left, right = canvas.axes
    left.set(
        xlim=SPAN, ylim=(-1.2, 3.2), xlabel="step t (dimensionless)", ylabel="cost", title="the cost along δ"
    )
    left.plot(t, cost(t), color=BLUE, lw=2, label="the cost")
    (tangent,) = left.plot(t, t, "--", color=VERMILLION, lw=1.5, label="cost + t g δ")
    (gap,) = left.plot([], [], "-", color="black", lw=3, label="remainder r(t)")
    left.legend(loc="upper left", fontsize=9, frameon=False)
    right.set(xscale="log", yscale="log", xlim=(8e-6, 0.4), ylim=(LOW, HIGH), xlabel="step t (dimensionless)")
    right.set(ylabel="remainder r(t)", title="the remainder of every step")
    right.plot(steps, remainder(steps, 0.0), ":", color=GREY, lw=2, label="gradient right: slope 2")
    (line,) = right.plot(steps, steps, color=VERMILLION, lw=2, label="this gradient")
    (mark,) = right.plot([], [], "o", color="black", ms=8)
    right.legend(loc="upper left", fontsize=9, frameon=False)
    canvas.moving(tangent, gap, line, mark)

    def update(per_cent: float, step: float) -> str:
        tangent.set_ydata(cost(0.0) + t * _wrong(per_cent))
        gap.set_data([step, step], [cost(step), cost(0.0) + step * _wrong(per_cent)])
        line.set_ydata(np.maximum(remainder(steps, per_cent), LOW / 10))
        left_over = float(remainder(np.array([step]), per_cent)[0])
        mark.set_data([step], [left_over])
        off = f"{abs(per_cent):.1f} % too {'large' if per_cent > 0 else 'small'}" if per_cent else "right"
        return (
            f"The gradient is {off}. At t = {step:.1e} the remainder is {words(left_over)}, and its curve "
            f"has the slope {local_slope(step, per_cent):.2f} there."
        )

    controls = {
        "per_cent": slider("gradient too large by (%)", per_cent, -20, 20, 0.5),
        "step": log_slider("step t", step, -5, -0.5, 0.25, ".1e"),
    }
    alt = (
        "Two panels: a cost along a line, with the straight line that the gradient promises and the gap "
        "between the two; and the gap against the step on logarithmic axes, beside that of the right one."
    )
    return Explorer("Taylor explorer", controls, canvas, update, alt)
