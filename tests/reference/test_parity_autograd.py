"""Every module of the reference computes what HIPS autograd computes: values and gradients, random shapes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from autograd.scipy.special import logsumexp

Array = Any
Params = dict[str, Array]
Find = Callable[[str], Any]


@dataclass(frozen=True)
class Case:
    """A module, how to make it and its inputs, and its formula in autograd's NumPy."""

    name: str
    make: Callable[[Any, np.random.Generator], Any]
    inputs: Callable[[np.random.Generator], tuple[Array, ...]]
    formula: Callable[..., Any]


def alike(count: int) -> Callable[[np.random.Generator], tuple[Array, ...]]:
    """Return `count` inputs of one random shape, of one to three dimensions."""

    def draw(rng: np.random.Generator) -> tuple[Array, ...]:
        shape = rng.integers(1, 6, size=rng.integers(1, 4))
        return tuple(3 * rng.normal(size=shape) for _ in range(count))

    return draw


def classified(rng: np.random.Generator) -> tuple[Array, ...]:
    batch, classes = rng.integers(1, 9), rng.integers(2, 7)
    return 3 * rng.normal(size=(batch, classes)), rng.integers(classes, size=batch)


def log_classified(rng: np.random.Generator) -> tuple[Array, ...]:
    x, targets = classified(rng)
    return x - np.logaddexp.reduce(x, axis=-1, keepdims=True), targets


def log_softmax(x: Array) -> Array:
    return x - logsumexp(x, axis=-1, keepdims=True)


def nll(log_probs: Array, targets: Array) -> Array:
    return -anp.mean(log_probs[anp.arange(len(targets)), targets])


def linear(params: Params, x: Array, name: str = "") -> Array:
    return anp.dot(x, params[f"{name}weight"].T) + params[f"{name}bias"]


def tiny(params: Params, x: Array) -> Array:
    one, two, three = (linear(params, x, f"linear{k}.") for k in (1, 2, 3))
    return anp.maximum(anp.maximum(one, 0) + two, three)


def plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a formula that takes no parameters."""
    return lambda params, *inputs: function(*inputs)


def anew(cls: Any, rng: np.random.Generator) -> Any:
    return cls()


CASES = [
    Case(
        "modules.Linear",
        lambda cls, rng: cls(5, int(rng.integers(1, 7)), rng),
        lambda rng: (rng.normal(size=(int(rng.integers(1, 9)), 5)),),
        linear,
    ),
    Case(
        "modules.TinyNetwork",
        lambda cls, rng: cls(4, int(rng.integers(1, 7)), rng),
        lambda rng: (rng.normal(size=(int(rng.integers(1, 9)), 4)),),
        tiny,
    ),
    Case("modules.ReLU", anew, alike(1), plain(lambda x: anp.maximum(x, 0))),
    Case("modules.Duplicate", lambda cls, rng: cls(3), alike(1), plain(lambda x: (x, x, x))),
    Case("modules.Add", anew, alike(4), plain(lambda *xs: sum(xs))),
    Case("modules.Max", anew, alike(2), plain(anp.maximum)),
    Case("activations.Sigmoid", anew, alike(1), plain(lambda x: 1 / (1 + anp.exp(-x)))),
    Case("activations.Tanh", anew, alike(1), plain(anp.tanh)),
    Case("activations.Softmax", anew, alike(1), plain(lambda x: anp.exp(log_softmax(x)))),
    Case("activations.LogSoftmax", anew, alike(1), plain(log_softmax)),
    Case("activations.Softplus", anew, alike(1), plain(lambda x: anp.log(1 + anp.exp(x)))),
    Case("activations.LogSigmoid", anew, alike(1), plain(lambda x: -anp.log(1 + anp.exp(-x)))),
    Case("losses.NLLLoss", anew, log_classified, plain(nll)),
    Case("losses.CrossEntropyLoss", anew, classified, plain(lambda x, t: nll(log_softmax(x), t))),
    Case("losses.MSELoss", anew, alike(2), plain(lambda x, t: anp.mean((x - t) ** 2))),
]


def compare(ours: Any, theirs: Any) -> None:
    """Compare two arrays, or two tuples of them, up to rounding."""
    if isinstance(theirs, tuple):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            compare(one, other)
    else:
        assert np.shape(ours) == np.shape(theirs)
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_values_and_gradients_agree(mynn: Find, case: Case, seed: int) -> None:
    rng = np.random.default_rng([seed, CASES.index(case)])
    module, inputs = case.make(mynn(case.name), rng), case.inputs(rng)
    params = {name: param.copy() for name, param in module.params.items()}
    output = module(*inputs)
    compare(output, case.formula(params, *inputs))
    if case.name.startswith("losses."):
        upstream, returned = 1.0, (module.backward(),)
    else:
        parts = output if isinstance(output, tuple) else (output,)
        upstream = tuple(rng.normal(size=part.shape) for part in parts)
        returned = module.backward(*upstream)
        returned = returned if isinstance(returned, tuple) else (returned,)

    def cost(params: Params, *floats: Array) -> Any:
        result = case.formula(params, *floats, *inputs[len(floats) :])
        if not isinstance(result, tuple):
            result = (result,)
        weights = upstream if isinstance(upstream, tuple) else (upstream,)
        return sum(anp.sum(weight * part) for weight, part in zip(weights, result, strict=True))

    for k, gradient in enumerate(returned):
        compare(gradient, autograd.grad(cost, k + 1)(params, *inputs[: len(returned)]))
    if params:
        for name, gradient in autograd.grad(cost)(params, *inputs[: len(returned)]).items():
            compare(module.grads[name], gradient)


@pytest.mark.parametrize("seed", range(3))
def test_a_chain_agrees(mynn: Find, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n_in, hidden, n_out, batch = (int(n) for n in rng.integers(1, 7, size=4))
    make, x = mynn("modules.Linear"), rng.normal(size=(batch, n_in))
    chain = mynn("graph.Sequential")(
        make(n_in, hidden, rng), mynn("activations.Tanh")(), make(hidden, n_out, rng)
    )
    upstream = rng.normal(size=(batch, n_out))

    def cost(params: Params, x: Array) -> Any:
        return anp.sum(upstream * linear(params, anp.tanh(linear(params, x, "0.")), "2."))

    params = {name: param.copy() for name, param in chain.params.items()}
    assert np.sum(upstream * chain(x)) == pytest.approx(cost(params, x))
    compare(chain.backward(upstream), autograd.grad(cost, 1)(params, x))
    for name, gradient in autograd.grad(cost)(params, x).items():
        compare(chain.grads[name], gradient)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("name", "price"),
    [("l2_penalty", lambda w: anp.sum(w**2)), ("l1_penalty", lambda w: anp.sum(anp.abs(w)))],
    ids=["l2", "l1"],
)
def test_penalties_agree(mynn: Find, name: str, price: Callable[[Array], Array], seed: int) -> None:
    rng = np.random.default_rng(seed)
    net = mynn("modules.TinyNetwork")(*(int(n) for n in rng.integers(1, 6, size=2)), rng)
    weights = {key: param.copy() for key, param in net.params.items() if key.endswith("weight")}

    def total(weights: Params) -> Any:
        return 0.7 * sum(price(weight) for weight in weights.values())

    assert mynn(f"regularisation.{name}")(net, 0.7) == pytest.approx(total(weights))
    for key, gradient in autograd.grad(total)(weights).items():
        np.testing.assert_allclose(net.grads[key], gradient, rtol=1e-12)
    assert not any(np.any(grad) for key, grad in net.grads.items() if key.endswith("bias"))


@pytest.mark.parametrize("seed", range(3))
def test_dropout_agrees_on_its_own_mask(mynn: Find, seed: int) -> None:
    rng = np.random.default_rng(seed)
    (x,) = alike(1)(rng)
    upstream = rng.normal(size=x.shape)
    module = mynn("regularisation.Dropout")(0.4, rng)
    mask = module(x) / x
    assert set(mask.ravel().round(9)) <= {0.0, round(1 / 0.6, 9)}
    gradient = autograd.grad(lambda x: anp.sum(upstream * x * mask))(x)
    np.testing.assert_allclose(module.backward(upstream), gradient)
