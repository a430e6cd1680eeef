"""What a gradient check costs: check_gradients, the element loop, HIPS autograd and torch, in one run."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from checks import zoo
from rivals import RIVALS, View

from workbook import GradientError, check_gradients


class Averaged(zoo.Linear):
    """The gradient of the weight over the batch size."""

    def backward(self, g: Any) -> Any:
        self.grads["weight"] += g.T @ self.x / len(g)
        self.grads["bias"] += g.sum(axis=0)
        return g @ self.params["weight"]


class AlongTheBatch(zoo.LogSoftmax):
    """The incoming gradient summed over the wrong axis."""

    def backward(self, g: Any) -> Any:
        return g - np.exp(self.y) * g.sum(axis=0, keepdims=True)


def element_loop(module: Any, x: Any) -> None:
    """CS231n's: two forward calls for every entry, in place, nothing else."""
    upstream = np.random.default_rng(0).normal(size=module.forward(x).shape)
    module.zero_grad()
    returned = module.backward(upstream)
    for array, got in [(x, returned), *((p, module.grads[name]) for name, p in module.params.items())]:
        measured = np.empty(array.size)
        flat = array.reshape(-1)
        for i in range(flat.size):
            old = flat[i]
            flat[i] = old + 1e-5
            plus = module.forward(x)
            flat[i] = old - 1e-5
            minus = module.forward(x)
            flat[i] = old
            measured[i] = np.sum((plus - minus) * upstream) / 2e-5
        assert np.allclose(measured, got.ravel(), rtol=1e-2, atol=1e-6)


def failing(module: Any, x: Any) -> None:
    try:
        check_gradients(module, x)
    except GradientError:
        return
    raise AssertionError("a wrong gradient passed")


def milliseconds(work: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        start = time.process_time()
        work()
        taken.append(1e3 * (time.process_time() - start))
    return statistics.median(taken)


def main() -> None:
    rng = np.random.default_rng(0)
    cases = {
        "Linear(64 -> 32), batch 32": (
            zoo.Linear(64, 32, rng),
            Averaged(64, 32, rng),
            rng.normal(size=(32, 64)),
        ),
        "LogSoftmax, 32 x 100": (zoo.LogSoftmax(), AlongTheBatch(), rng.normal(size=(32, 100))),
    }
    for title, (right, wrong, x) in cases.items():
        loop = milliseconds(lambda m=right, x=x: element_loop(m, x), 3)
        report = check_gradients(right, x)
        rows = {
            "element loop": loop,
            f"check_gradients, passing ({report.forwards} forward calls)": milliseconds(
                lambda m=right, x=x: check_gradients(m, x), 21
            ),
            "check_gradients, failing and explained": milliseconds(lambda m=wrong, x=x: failing(m, x), 5),
        }
        for name in ("HIPS autograd check_grads", "torch gradcheck"):
            if name in RIVALS:
                view, rival = View(right, (x,)), RIVALS[name]
                rows[name] = milliseconds(lambda v=view, r=rival: r(v, np.random.default_rng(0)), 3)
        print(title)
        for name, taken in rows.items():
            print(f"    {name:<52} {taken:>9.2f} ms   {loop / taken:>7.1f} x the loop's speed")


if __name__ == "__main__":
    main()
