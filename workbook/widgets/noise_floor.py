"""Noise-floor explorer: a large rate arrives soon and can't settle; when should it fall, and how far?"""

from __future__ import annotations

import numpy as np

from workbook.widgets.canvas import BLUE, GREY, VERMILLION, Canvas
from workbook.widgets.curves import Array, words
from workbook.widgets.explorer import Explorer, slider, whole_slider

START, STEPS = 9.0, 100  # the mean of w squared at the beginning; curvature and noise are 1


def spread(rates: Array) -> Array:
    """Return the mean of w squared before and after each step of w <- w - rate (w + noise).

    Args:
        rates: (..., steps), the rate of each step.
    """
    values = [np.full(rates.shape[:-1], START)]
    for k in range(rates.shape[-1]):
        rate = rates[..., k]
        values.append((1 - rate) ** 2 * values[-1] + rate**2)
    return np.stack(values, axis=-1)


def floor(rate: float) -> float:
    """Return where the mean of w squared settles at a constant rate."""
    return rate / (2 - rate)


def falling(rate: float, fall: Array, factor: float) -> Array:
    """Return the rates of all steps, times `factor` from step `fall` on; fall: (m,) -> (m, steps)."""
    return np.where(np.arange(STEPS) < fall[:, None], rate, rate * factor)


def noise_floor_explorer(rate: float = 0.5, fall: int = 40, factor: float = 0.04) -> Explorer:
    """Show a noisy descent whose rate falls once, and what it would come to if it fell at another step.

    Args:
        rate: the first rate, from 0.05 to 1.5.
        fall: the step at which it falls, from 0 to 100 (never).
        factor: what it is multiplied by, from 0.02 to 1.
    """
    canvas = Canvas(10.2, 3.6, (1.2, 1))
    left, right = canvas.axes
    steps = np.arange(STEPS + 1)
    for ax, label in ((left, "step"), (right, "step at which the rate falls")):
        ax.set(yscale="log", xlim=(0, STEPS), ylim=(0.006, 90), xlabel=label)
    left.set(ylabel="mean of $w^2$ (dimensionless)", title="on the way")
    right.set(title=f"after {STEPS} steps")
    (way,) = left.plot(steps, steps + 1, color=BLUE, lw=2, label="mean of $w^2$")
    floors = [
        left.axhline(1, color=VERMILLION, lw=1.2, ls=style, label=label)
        for style, label in (("--", "floor of the first rate"), (":", "floor of the second"))
    ]
    left.legend(loc="upper right", fontsize=9, frameon=False)
    (ends,) = right.plot(steps, steps + 1, color=BLUE, lw=2)
    (mark,) = right.plot([], [], "o", color="black", ms=8)
    rules = [ax.axvline(0, color=GREY, lw=1) for ax in (left, right)]
    canvas.moving(way, ends, *floors, *rules, mark)

    def update(rate: float, fall: int, factor: float) -> str:
        every = spread(falling(rate, steps, factor))
        way.set_ydata(every[fall])
        ends.set_ydata(every[:, -1])
        for line, height in zip(floors, (floor(rate), floor(rate * factor)), strict=True):
            line.set_ydata([height, height])
        for rule in rules:
            rule.set_xdata([fall, fall])
        mark.set_data([fall], [every[fall, -1]])
        best = int(np.argmin(every[:, -1]))
        return (
            f"Rate {rate:.2f}, times {factor:.2f} from step {fall} on: after {STEPS} steps the mean of w "
            f"squared is {words(every[fall, -1])}. The floors of the two rates are {words(floor(rate))} and "
            f"{words(floor(rate * factor))}. It would end lowest, at {words(every[best, -1])}, with the fall "
            f"at step {best}."
        )

    controls = {
        "rate": slider("first rate η", rate, 0.05, 1.5, 0.05, digits=".2f"),
        "fall": whole_slider("falls at step", fall, 0, STEPS),
        "factor": slider("times", factor, 0.02, 1.0, 0.02, digits=".2f"),
    }
    alt = (
        "Two panels on logarithmic axes: the mean of w squared on the way, which sinks to the floor of the "
        "first rate and, after the rate has fallen, towards that of the second; and the mean at the end, "
        "against the step at which the rate falls, a curve with one lowest place."
    )
    return Explorer("Noise-floor explorer", controls, canvas, update, alt)
