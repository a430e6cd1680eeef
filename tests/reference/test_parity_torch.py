"""Where PyTorch is installed: the reference's modules are its modules, values and gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is optional")

Find = Callable[[str], Any]
SAME = [
    ("modules.ReLU", "ReLU", {}),
    ("activations.Sigmoid", "Sigmoid", {}),
    ("activations.Tanh", "Tanh", {}),
    ("activations.Softmax", "Softmax", {"dim": -1}),
    ("activations.LogSoftmax", "LogSoftmax", {"dim": -1}),
    ("activations.Softplus", "Softplus", {}),
    ("activations.LogSigmoid", "LogSigmoid", {}),
]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("ours", "theirs", "options"), SAME, ids=[row[1] for row in SAME])
def test_activations_agree(mynn: Find, ours: str, theirs: str, options: dict[str, Any], seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = 5 * rng.normal(size=rng.integers(1, 7, size=2))
    upstream = rng.normal(size=x.shape)
    module, tensor = mynn(ours)(), torch.tensor(x, requires_grad=True)
    expected = getattr(torch.nn, theirs)(**options)(tensor)
    expected.backward(torch.tensor(upstream))
    np.testing.assert_allclose(module(x), expected.detach().numpy(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(module.backward(upstream), tensor.grad.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_linear_and_cross_entropy_agree(mynn: Find, seed: int) -> None:
    rng = np.random.default_rng(seed)
    batch, n_in, n_out = (int(n) for n in rng.integers(2, 8, size=3))
    x, targets = rng.normal(size=(batch, n_in)), rng.integers(n_out, size=batch)
    linear, loss = mynn("modules.Linear")(n_in, n_out, rng), mynn("losses.CrossEntropyLoss")()
    theirs = torch.nn.Linear(n_in, n_out, dtype=torch.float64)
    with torch.no_grad():
        theirs.weight.copy_(torch.tensor(linear.params["weight"]))
        theirs.bias.copy_(torch.tensor(linear.params["bias"]))
    expected = torch.nn.CrossEntropyLoss()(theirs(torch.tensor(x)), torch.tensor(targets))
    expected.backward()
    assert loss(linear(x), targets) == pytest.approx(expected.item())
    linear.backward(loss.backward())
    np.testing.assert_allclose(linear.grads["weight"], theirs.weight.grad.numpy(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(linear.grads["bias"], theirs.bias.grad.numpy(), rtol=1e-9, atol=1e-12)
