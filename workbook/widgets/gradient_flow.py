"""Gradient-flow explorer: how large the gradient still is at each layer of a deep random network."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbook.widgets.canvas import BLUE, GREY, VERMILLION, Canvas
from workbook.widgets.curves import CURVES, Array, slopes, words
from workbook.widgets.explorer import Explorer, choice, log_slider, whole_slider

ACTIVATIONS = ["sigmoid", "tanh", "ReLU", "linear"]
WIDTH, DEEPEST, FLOOR, CEILING = 24, 20, 1e-16, 1e8


def _norms(depth: int, activation: str, scale: float, weights: Array, start: Array, cost: Array) -> Array:
    """Measure ‖dC/dhₖ‖ for k = 0 … depth, C = cost · h_depth, by nudging each entry of each hₖ."""
    curve = CURVES[activation]

    def layer(k: int, h: Any) -> Any:
        return curve(h @ weights[k] * (scale / np.sqrt(WIDTH)))

    def cost_from(k: int) -> Any:
        def run(h: Any) -> Any:
            for later in range(k, depth):
                h = layer(later, h)
            return h @ cost

        return run

    norms, h = [], start
    for k in range(depth + 1):
        norms.append(np.linalg.norm(slopes(cost_from(k), h)))
        h = layer(k, h) if k < depth else h
    return np.array(norms)


def gradient_flow_explorer(depth: int = 10, activation: str = "sigmoid", scale: float = 1.0) -> Explorer:
    """Show the gradient's norm at the output of every layer of a network with random weights.

    Each layer has 24 units; its weights have mean 0 and standard deviation scale/√24. The cost is a fixed
    random sum of the last layer's outputs, so that the norm there is about 1.

    Args:
        depth: how many layers, 1 to 20.
        activation: sigmoid, tanh, ReLU or linear.
        scale: the weights' scale, 0.1 to 10; 1 keeps the size of what passes, √2 does so under ReLU.

    Raises:
        ValueError: for another activation.
    """
    rng = np.random.default_rng(7)
    weights, start = rng.normal(size=(DEEPEST, WIDTH, WIDTH)), rng.normal(size=WIDTH)
    cost = rng.normal(size=WIDTH) / np.sqrt(WIDTH)
    canvas = Canvas(9.0, 3.5, (1,))
    (ax,) = canvas.axes
    ax.set(yscale="log", ylim=(FLOOR, CEILING), xlim=(-0.5, DEEPEST + 0.5), xticks=range(0, DEEPEST + 1, 2))
    ax.set(xlabel="layer (0: the network's input)", ylabel="norm of the gradient")
    ax.set_title("the gradient travels from right to left")
    ax.axhline(1, color=GREY, lw=1, ls=":")
    (line,) = ax.plot([], [], "o-", color=BLUE, lw=2, ms=6)
    (gone,) = ax.plot([], [], "v", color=VERMILLION, ms=8, label="0, or beyond the axis")
    ax.legend(loc="lower right", fontsize=9, frameon=False)
    canvas.moving(line, gone)

    def update(depth: int, activation: str, scale: float) -> str:
        norms = _norms(depth, activation, scale, weights, start, cost)
        layers = np.arange(depth + 1)
        outside = (norms < FLOOR) | (norms > CEILING)
        line.set_data(layers[~outside], norms[~outside])
        gone.set_data(layers[outside], np.clip(norms[outside], FLOOR * 3, CEILING / 3))
        return (
            f"{depth} {activation} layers, weight scale {scale:.2f}: the gradient's "
            f"norm is {words(norms[-1])} at the last layer and {words(norms[0])} at the input, "
            f"{words(norms[0] / norms[-1])} times that."
        )

    controls = {
        "depth": whole_slider("layers", depth, 1, DEEPEST),
        "activation": choice("activation", activation, ACTIVATIONS),
        "scale": log_slider("weight scale", scale, -1, 1, 0.05, ".2f"),
    }
    alt = "A line chart: the norm of the gradient, on a logarithmic axis, at each layer of a random network."
    return Explorer("Gradient-flow explorer", controls, canvas, update, alt)
