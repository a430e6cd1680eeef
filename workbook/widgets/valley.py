"""Valley explorer: momentum in a narrow valley, and how much of the error a step leaves along each axis."""

from __future__ import annotations

import numpy as np

from workbook.widgets.canvas import BLUE, GREY, VERMILLION, Canvas
from workbook.widgets.curves import Array, words
from workbook.widgets.explorer import Explorer, slider

CURVATURES, START, STEPS = np.array([1.0, 50.0]), np.array([-4.0, 0.6]), 40
WIDE, HIGH = (-4.6, 3.0), (-1.6, 1.6)


def walk(rate: float, momentum: float, steps: int = STEPS) -> Array:
    """Return the path of gradient descent with momentum on half the sum of h w squared, (steps + 1, 2)."""
    path, velocity = [START], np.zeros(2)
    for _ in range(steps):
        velocity = momentum * velocity + CURVATURES * path[-1]
        path.append(path[-1] - rate * velocity)
    return np.array(path)


def factors(rate: float, momentum: Array, curvature: float) -> Array:
    """Return the larger root's magnitude, by which the error along one axis is multiplied a step.

    The roots of z² - (1 + μ - ηh) z + μ: see B. Polyak, Some methods of speeding up the convergence of
    iteration methods (1964).
    """
    middle = (1 + momentum - rate * curvature) / 2
    inside = np.asarray(middle**2 - momentum, dtype=complex)
    found: Array = np.abs(np.abs(middle) + np.sqrt(inside))
    return found


def valley_explorer(rate: float = 0.034, momentum: float = 0.8) -> Explorer:
    """Show a walk down a valley with curvatures 1 and 50, and the error that a step leaves on each axis.

    Args:
        rate: the learning rate, from 0.002 to 0.08.
        momentum: from 0 to 0.98.
    """
    canvas = Canvas(10.2, 3.8, (1.25, 1))
    left, right = canvas.axes
    across, along = np.meshgrid(np.linspace(*WIDE, 160), np.linspace(*HIGH, 100))
    height = 0.5 * (CURVATURES[0] * across**2 + CURVATURES[1] * along**2)
    left.contour(across, along, height, levels=[0.5, 2, 5, 10, 20, 40], colors=GREY, linewidths=0.5)
    left.set(xlim=WIDE, ylim=HIGH, xlabel="$w_1$, curvature 1", ylabel="$w_2$, curvature 50")
    left.set_title(f"{STEPS} steps")
    (path_line,) = left.plot([], [], "o-", color=BLUE, ms=3.5, lw=1)
    left.plot(*START, "s", color="black", ms=7)
    left.plot(0, 0, "x", color="black", ms=9, mew=2)
    swept = np.linspace(0, 0.99, 200)
    right.set(xlim=(0, 1), ylim=(0, 1.6), xlabel=r"momentum $\mu$", ylabel="error left by a step (factor)")
    right.set_title("what a step leaves, at this rate")
    right.axhline(1, color="black", lw=1)
    right.plot(swept, np.sqrt(swept), color=GREY, lw=1, ls=":", label=r"$\sqrt{\mu}$")
    lines = [
        right.plot(swept, swept, color=color, lw=2, ls=style, label=f"along $w_{k}$")[0]
        for k, color, style in ((1, BLUE, "-"), (2, VERMILLION, "--"))
    ]
    right.legend(loc="lower right", fontsize=9, frameon=False)
    (marks,) = right.plot([], [], "o", color="black", ms=7)
    rule = right.axvline(0, color=GREY, lw=1)
    canvas.moving(path_line, *lines, rule, marks)

    def update(rate: float, momentum: float) -> str:
        path = walk(rate, momentum)
        path_line.set_data(*np.clip(path, -50, 50).T)
        for line, curvature in zip(lines, CURVATURES, strict=True):
            line.set_ydata(factors(rate, swept, curvature))
        now = [float(factors(rate, np.array(momentum), curvature)) for curvature in CURVATURES]
        marks.set_data([momentum, momentum], now)
        rule.set_xdata([momentum, momentum])
        end = float(np.hypot(*path[-1]))
        return (
            f"Rate {rate:.3f}, momentum {momentum:.2f}: a step leaves {now[0]:.3f} of the error along w1, "
            f"{now[1]:.3f} along w2; {_verdict(rate, momentum, max(now))} "
            f"After {STEPS} steps the distance to the bottom has gone from {np.hypot(*START):.2f} "
            f"to {words(end)}."
        )

    controls = {
        "rate": slider("learning rate η", rate, 0.002, 0.08, 0.002, digits=".3f"),
        "momentum": slider("momentum μ", momentum, 0.0, 0.98, 0.02, digits=".2f"),
    }
    alt = (
        "Two panels: a walk over the contour lines of a narrow valley, from a square to a cross at its "
        "bottom; and the factor that a step leaves of the error along each axis, against the momentum. Each "
        "curve falls to a kink, the critical damping, and then follows the square root of the momentum."
    )
    return Explorer("Valley explorer", controls, canvas, update, alt)


def _verdict(rate: float, momentum: float, worst: float) -> str:
    if worst >= 1:
        return "where that isn't below 1 the walk never arrives."
    middle = (1 + momentum - rate * CURVATURES) / 2
    swings, jumps = middle**2 < momentum, middle < 0
    kinds = np.where(swings, "swings", np.where(jumps, "changes sides at every step", "creeps down one side"))
    critical = (1 - np.sqrt(rate * CURVATURES[0])) ** 2
    return (
        f"it {kinds[0]} along w1, and {kinds[1]} along w2. Critical damping of w1 would be at momentum "
        f"{critical:.2f}."
    )
