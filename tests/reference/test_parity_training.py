"""Graphs and optimisers of the reference agree with HIPS autograd's: any DAG, any number of steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
from autograd.misc import optimizers
from hypothesis import given, settings
from hypothesis import strategies as st

Find = Callable[[str], Any]
Node = tuple[str, list[str]]


def draw_graph(rng: np.random.Generator) -> dict[str, Node]:
    """Two inputs, and nodes that read any earlier values: shared ones, one value twice, some never."""
    known, nodes = ["x", "y"], {}
    for k in range(int(rng.integers(1, 9))):
        kind = str(rng.choice(["Add", "Multiply", "Max", "Tanh"]))
        count = {"Add": int(rng.integers(1, 4)), "Multiply": 2, "Max": 2, "Tanh": 1}[kind]
        nodes[f"n{k}"] = kind, [str(name) for name in rng.choice(known, size=count)]
        known.append(f"n{k}")
    return nodes


FORMULAS: dict[str, Callable[..., Any]] = {
    "Add": lambda *inputs: sum(inputs),
    "Multiply": lambda a, b: a * b,
    "Max": anp.maximum,
    "Tanh": anp.tanh,
}


def run(nodes: dict[str, Node], outputs: list[str], x: Any, y: Any) -> list[Any]:
    """The graph's outputs by autograd's NumPy."""
    values = {"x": x, "y": y}
    for name, (kind, reads) in nodes.items():
        values[name] = FORMULAS[kind](*(values[read] for read in reads))
    return [values[name] for name in outputs]


@settings(max_examples=60)
@given(seed=st.integers(0, 10**6))
def test_a_graph_agrees_whatever_its_shape(mynn: Find, seed: int) -> None:
    rng = np.random.default_rng(seed)
    nodes = draw_graph(rng)
    outputs = sorted({*list(nodes)[-1:], str(rng.choice(list(nodes)))})
    homes = {"Add": "modules.Add", "Max": "modules.Max", "Tanh": "activations.Tanh"}
    parts = {
        name: (mynn(homes.get(kind, "graph.Multiply"))(), reads)
        for name, (kind, reads) in reversed(nodes.items())  # written down in any order
    }
    graph = mynn("graph.Graph")(parts, ["x", "y"], outputs)
    x, y = rng.normal(size=(2, 3, 2))
    upstream = [rng.normal(size=(3, 2)) for _ in outputs]

    def cost(x: Any, y: Any) -> Any:
        return sum(anp.sum(g * v) for g, v in zip(upstream, run(nodes, outputs, x, y), strict=True))

    got = graph(x, y)
    got = got if isinstance(got, tuple) else (got,)
    for value, expected in zip(got, run(nodes, outputs, x, y), strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-12)
    for gradient, wanted in zip(graph.backward(*upstream), autograd.grad(cost, (0, 1))(x, y), strict=True):
        np.testing.assert_allclose(gradient, wanted, rtol=1e-9, atol=1e-9)


def descend(mynn: Find, make: Callable[[Any], Any], start: np.ndarray, steps: int) -> np.ndarray:
    """Minimise a bent valley with an optimiser of ours; return where it ends."""
    layer = mynn("modules.Linear")(3, 2, np.random.default_rng(0))
    layer.params["weight"][...], layer.params["bias"][...] = start[:6].reshape(2, 3), start[6:]
    optimizer = make(layer)
    for _ in range(steps):
        point = np.concatenate([layer.params["weight"].ravel(), layer.params["bias"]])
        slope = autograd.grad(valley)(point)
        layer.grads["weight"][...], layer.grads["bias"][...] = slope[:6].reshape(2, 3), slope[6:]
        optimizer.step()
    return np.concatenate([layer.params["weight"].ravel(), layer.params["bias"]])


def valley(point: Any) -> Any:
    return anp.sum(anp.cosh(point) * anp.arange(1, 9)) / 10 + anp.sum(point[1:] * point[:-1])


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), steps=st.integers(1, 12), momentum=st.sampled_from([0.0, 0.5, 0.9]))
def test_sgd_agrees(mynn: Find, seed: int, steps: int, momentum: float) -> None:
    """Autograd scales the velocity by 1 - momentum, so its step is that much longer."""
    start = np.random.default_rng(seed).normal(size=8)
    got = descend(mynn, lambda layer: mynn("optim.SGD")(layer, lr=0.01, momentum=momentum), start, steps)
    slope = autograd.grad(valley)
    longer = 0.01 / (1 - momentum)
    expected = optimizers.sgd(lambda p, _: slope(p), start, None, steps, step_size=longer, mass=momentum)
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), steps=st.integers(1, 12), beta=st.sampled_from([0.0, 0.9]))
def test_adam_agrees(mynn: Find, seed: int, steps: int, beta: float) -> None:
    start = np.random.default_rng(seed).normal(size=8)
    betas = (beta, 0.99)
    got = descend(mynn, lambda layer: mynn("optim.Adam")(layer, lr=0.02, betas=betas), start, steps)
    slope = autograd.grad(valley)
    expected = optimizers.adam(
        lambda p, _: slope(p), start, None, steps, step_size=0.02, b1=beta, b2=0.99, eps=1e-8
    )
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)
