"""Price explorer: the weight that a proximal step chooses, and why only L1 chooses exactly zero."""

from __future__ import annotations

import numpy as np

from workbook.widgets.canvas import BLUE, GREY, VERMILLION, Canvas
from workbook.widgets.curves import Array
from workbook.widgets.explorer import Explorer, choice, slider

PRICES = ["L1: τ|u|", "L2: τu²"]
REACH = 2.0


def chosen(price: str, proposal: Array, tau: float) -> Array:
    """Return the u where half of (u - proposal) squared plus the price is lowest."""
    if price == PRICES[0]:
        return np.asarray(np.sign(proposal) * np.maximum(np.abs(proposal) - tau, 0))
    return np.asarray(proposal / (1 + 2 * tau))


def price_explorer(price: str = PRICES[0], proposal: float = 1.0, tau: float = 0.4) -> Explorer:
    """Show what a new weight costs, where that is lowest, and the lowest place for every proposal.

    Args:
        price: "L1: τ|u|" or "L2: τu²".
        proposal: the weight v that plain gradient descent proposes, from -2 to 2.
        tau: the price of a step, from 0 to 1.5.

    Raises:
        ValueError: for another price; the message lists those there are.
    """
    u = np.linspace(-REACH, REACH, 801)
    canvas = Canvas(9.6, 3.5, (1.1, 1))
    left, right = canvas.axes
    left.set(
        xlim=(-REACH, REACH), ylim=(0, 3.2), xlabel="new weight u (dimensionless)", ylabel="cost of a step"
    )
    (near,) = left.plot(u, u, ":", color=GREY, lw=1.5, label="½(u − v)²: stay near v")
    (cost,) = left.plot(u, u, "--", color=BLUE, lw=1.5, label="the price")
    (total,) = left.plot(u, u, "-", color=VERMILLION, lw=2.2, label="both together")
    (lowest,) = left.plot([], [], "o", color="black", ms=8)
    left.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), fontsize=9, frameon=False, ncols=3)
    right.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xlabel="proposal v", ylabel="new weight u")
    right.set_title("where it is lowest, for every v")
    right.plot(u, u, ":", color=GREY, lw=1.5)
    right.axhline(0, color=GREY, lw=0.6)
    (answers,) = right.plot(u, u, "-", color=VERMILLION, lw=2.2)
    (answer,) = right.plot([], [], "o", color="black", ms=8)
    canvas.moving(near, cost, total, lowest, answers, answer)

    def update(price: str, proposal: float, tau: float) -> str:
        distance = 0.5 * (u - proposal) ** 2
        paid = tau * (np.abs(u) if price == PRICES[0] else u**2)
        for line, height in ((near, distance), (cost, paid), (total, distance + paid)):
            line.set_ydata(height)
        new = float(chosen(price, np.array(proposal), tau)) + 0.0
        least = 0.5 * (new - proposal) ** 2 + tau * (abs(new) if price == PRICES[0] else new**2)
        lowest.set_data([new], [least])
        answers.set_ydata(chosen(price, u, tau))
        answer.set_data([proposal], [new])
        return (
            f"{price} at τ = {tau:.2f}: the proposal v = {proposal:.2f} becomes u = {new:.3g}. "
            f"{_why(price, new, tau)}"
        )

    controls = {
        "price": choice("price", price, PRICES),
        "proposal": slider("proposal v", proposal, -REACH, REACH, 0.05, digits=".2f"),
        "tau": slider("price τ of a step", tau, 0.0, 1.5, 0.05, digits=".2f"),
    }
    alt = (
        "Two panels: what a new weight u costs, with its lowest point; and that lowest point for every "
        "proposal v. With L1 the second is flat at zero from minus τ to τ; with L2 it is a line."
    )
    return Explorer("Price explorer", controls, canvas, update, alt)


def _why(price: str, new: float, tau: float) -> str:
    if tau == 0:
        return "Without a price the proposal stays."
    if price == PRICES[1]:
        return f"Every proposal is divided by 1 + 2τ = {1 + 2 * tau:.2f}; only zero becomes zero."
    if new == 0:
        return f"It is exactly zero, as for every proposal from {-tau:.2f} to {tau:.2f}: the kink is lowest."
    return (
        f"It has moved towards zero by τ; proposals from {-tau:.2f} to {tau:.2f} would become exactly zero."
    )
