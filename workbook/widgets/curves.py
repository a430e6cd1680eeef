"""The curves that the explorers draw: textbook formulas for small inputs, slopes measured, never derived.

Nothing here is an answer to an exercise: the formulas overflow where the exercises ask for more, and there
is no `backward` anywhere. Slopes come from the complex step (Squire and Trapp, SIAM Review 40, 1998):
f(x + ih) ≈ f(x) + ih f'(x), so Im f(x + ih) / h measures f' without a difference and so without rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Curve = Callable[[Any], Any]
STEP = 1e-30

CURVES: dict[str, Curve] = {
    "sigmoid": lambda s: 1 / (1 + np.exp(-s)),
    "tanh": np.tanh,
    "ReLU": lambda s: s * (np.real(s) > 0),
    "softplus": lambda s: np.log(1 + np.exp(s)),
    "log-sigmoid": lambda s: np.log(1 / (1 + np.exp(-s))),
    "linear": lambda s: s * 1.0,
}


def slope(curve: Curve, s: Any) -> Array:
    """Measure the slope of an entry-by-entry function at each entry of `s`."""
    measured: Array = np.imag(curve(np.asarray(s, dtype=float) + 1j * STEP)) / STEP
    return measured


def slopes(cost: Curve, at: Array) -> Array:
    """Measure the slope of a cost in each of the n entries of `at`.

    Args:
        cost: takes (n, n), one point a row, and returns (n,), one cost for each.
        at: (n,).
    """
    measured: Array = np.imag(cost(at + 1j * STEP * np.eye(len(at)))) / STEP
    return measured


def words(value: float, digits: int = 3) -> str:
    """Return a number for a read-out: 0.25, 9.5e-07, 0."""
    return "0" if value == 0 else f"{value:.{digits}g}" if 1e-3 <= abs(value) < 1e4 else f"{value:.1e}"
