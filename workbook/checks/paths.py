"""A module made of modules: does the gradient of its input miss one of the paths through it?"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from workbook.checks.case import Case
from workbook.checks.contract import Array, listed
from workbook.checks.trial import Trial


def paths(case: Case) -> str | None:
    """Only some of the linear maps that read the input send a gradient back to it.

    A weight (m, n) whose bias (m,) is known beside it makes a path of its own from an input (batch, n):
    moving the bias tells how the cost reacts to that map's output, and the weight carries it to the input.
    """
    x = case.trial.base(case.key)
    if isinstance(case.key, str) or not case.has_upstream or x.ndim != 2 or len(case.trial.outputs) != 1:
        return None
    output = case.trial.outputs[0]
    params = case.trial.subject.params
    found = {}
    for name, weight in params.items():
        bias = name.removesuffix("weight") + "bias"
        fits = name.endswith("weight") and weight.ndim == 2 and weight.shape[1] == x.shape[1]
        if fits and bias in params and params[bias].shape == weight.shape[:1] and len(output) == len(x):
            found[name.removesuffix(".weight")] = case.at(_upstream_of(case.trial, bias) @ weight)
    if not 1 < len(found) <= 6:
        return None
    whole = np.sum(list(found.values()), axis=0)
    if not np.allclose(whole, case.expected, atol=1e-5 * case.scale):
        return None
    for size in range(1, len(found)):
        for chosen in combinations(found, size):
            if case.fits(np.sum([found[name] for name in chosen], axis=0)):
                return (
                    f"only the path through {listed(chosen)} counts; {len(found)} paths lead from the input."
                )
    return None


def _upstream_of(trial: Trial, bias: str) -> Array:
    """Return dC/d(output of the map), (batch, m), from the outputs' reaction to its bias, row by row."""
    base = trial.base(bias)
    rows = trial.outputs[0].shape[0]
    columns = []
    for j in range(base.size):
        direction = np.zeros(base.shape)
        direction[j] = 1.0
        reaction = trial.along({bias: direction}).value * trial.weights
        columns.append(reaction.reshape(rows, -1).sum(axis=1))
    return np.stack(columns, axis=1)
