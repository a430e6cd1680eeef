"""Probes of activations: their numbers near zero, and in words what becomes of them where exponentials overflow."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from backprop.mistakes.bank import run_module

Make = Callable[[], Any]  # makes the module

ENDS = (1000.0, -1000.0, 720.0, -720.0)
AFAR = (-40.0, -22.0, 22.0, 30.0, 40.0)


def run_entrywise(make: Make, rng: np.random.Generator) -> dict[str, Any]:
    """Probe a module that works entry by entry.

    Args:
        make: makes the module.
        rng: draws the input and the upstream gradients.

    Returns:
        What `run_module` finds; what comes of the ends, in words; whether the asymptotes are met, and to how
        many digits; what a module says after another of its kind has been asked; numbers and rows as inputs.
    """
    seen = run_module(make(), 2 * rng.normal(size=(4, 3)), rng=rng)
    for x in ENDS:
        module, point, upstream = make(), np.array([x]), np.array([3.5])
        seen[f"forward at {x:.0f}"] = in_words(partial(module.forward, point), x)
        seen[f"backward at {x:.0f}"] = in_words(partial(module.backward, upstream), x)
    seen |= afar(make)
    seen |= after_another(make, rng.normal(size=(2, 5)), rng.normal(size=(2, 5)), rng.normal(size=(2, 5)))
    return seen


def run_rowwise(make: Make, rng: np.random.Generator, log: bool) -> dict[str, Any]:
    """Probe a module that works along the last axis; square, so that a wrong axis computes something.

    Args:
        make: makes the module.
        rng: draws the logits and the upstream gradients.
        log: whether the module returns logarithms.
    """
    seen = run_module(make(), rng.normal(size=(3, 3)), rng=rng)
    logits = {
        "large": [[1000.0, 999.0, 0.0]],
        "medium": [[400.0, 399.0, 398.0]],
        "rows far apart": [[1000.0, 999.0, 998.0], [-1000.0, -1001.0, -999.0]],
        "low": [[-1000.0, -1001.0, -999.0]],
        "wide": [[1000.0, -1000.0, -1000.0]],
    }
    for label, rows in logits.items():
        module, upstream = make(), np.arange(1.0, 3 * len(rows) + 1).reshape(len(rows), 3)
        seen[f"forward, {label}"] = soundness(partial(module.forward, np.array(rows)), log)
        seen[f"backward, {label}"] = quietly(partial(module.backward, upstream))
    for label, shape in {"one axis": (4,), "three axes": (2, 3, 4)}.items():
        x = rng.normal(size=shape)
        seen[label] = quietly(partial(make().forward, x))
    x = rng.normal(size=(4, 6))
    total = quietly(lambda: np.exp(make().forward(x)) if log else make().forward(x))
    if isinstance(total, np.ndarray) and total.shape == x.shape:
        seen["rows sum to one"] = bool(np.all(np.abs(total.sum(axis=-1) - 1) < 1e-12))
    seen |= after_another(make, rng.normal(size=(3, 3)), rng.normal(size=(3, 3)), rng.normal(size=(3, 3)))
    return seen


def quietly(call: Callable[[], Any]) -> Any:
    """Return what a call returns, or "fails": an exponential that overflows is an error, as in the notebooks."""
    with np.errstate(all="warn"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", "(overflow encountered in exp|invalid value|divide by zero)")
        try:
            got = np.array(call(), copy=True)
        except Exception:
            return "fails"
    # what is no number any more failed on the way, where floats have no flags to say so (in a browser)
    return "fails" if got.dtype.kind == "f" and np.isnan(got).any() else got


def in_words(call: Callable[[], Any], x: float) -> str:
    """Say what one number is: a word, however it was missed."""
    got = quietly(call)
    if isinstance(got, str) or got.size != 1 or got.dtype.kind not in "iuf":
        return got if isinstance(got, str) else "no number"
    number = float(got.ravel()[0])
    if not np.isfinite(number):
        return str(number)
    known = {"0": 0.0, "1": 1.0, "-1": -1.0, "the input": x, "minus the input": -x, "upstream": 3.5}
    for word, value in known.items():
        if abs(number - value) <= 1e-12 * max(1.0, abs(value)):
            return word
    return "another number"


def soundness(call: Callable[[], Any], log: bool) -> Any:
    """Return what a row's exponentials say of it, in words where the numbers don't matter."""
    got = quietly(call)
    if isinstance(got, str) or got.dtype.kind not in "iuf" or not np.all(np.isfinite(got)):
        return got
    lowest = float(got.min())
    return [got.max(axis=-1), "as low as it should" if not log or lowest < -200 or lowest > -4 else "cut off"]


def afar(make: Make) -> dict[str, Any]:
    """Say whether a module meets its asymptotes far out, to rounding, and how far from them it is."""
    got = quietly(lambda: make().forward(np.array(AFAR)))
    if isinstance(got, str) or got.shape != (len(AFAR),) or got.dtype.kind not in "iuf":
        return {"far out": "fails"}
    words = {}
    for x, y in zip(AFAR, got, strict=True):
        near = [abs(y - value) for value in (0.0, 1.0, -1.0, x)]
        gap = min(near)
        size = "nothing" if gap == 0 else "rounding" if gap < 1e-15 else "small" if gap < 2e-9 else "large"
        words[f"distance at {x:.0f}"] = f"{size} from {('0', '1', '-1', 'x')[near.index(gap)]}"
        if x == 30:  # two numbers near 30 that are subtracted leave two digits, 1 + exp(-30) leaves three
            lost = abs(gap * np.exp(x) - 1)
            words["digits at 30"] = "all" if lost < 1e-7 else "some" if lost < 8e-3 else "few"
    return words


def after_another(make: Make, x: Any, other: Any, upstream: Any) -> dict[str, Any]:
    """Ask one module to go back after another of its kind has gone forward."""

    def ask() -> Any:
        module, later = make(), make()
        module.forward(x)
        later.forward(other)
        return module.backward(upstream)

    return {"after another": quietly(ask)}
