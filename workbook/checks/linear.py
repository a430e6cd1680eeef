"""Linear maps inside a module, found by their parameters: a weight (m, n) with a bias (m,) beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbook.checks.case import Case
from workbook.checks.contract import Array
from workbook.checks.trial import Trial


@dataclass(frozen=True)
class LinearMap:
    """One linear map of a module, x -> x Wᵀ + b.

    Attributes:
        name: the part's name, for example "linear1".
        weight: (m, n).
        delta: (batch, m), the measured gradient of the cost with respect to the map's output.
    """

    name: str
    weight: Array
    delta: Array

    @property
    def back(self) -> Array:
        """(batch, n), what the map owes to what it reads."""
        return self.delta @ self.weight


def names_of_maps(trial: Trial, width: int) -> list[str]:
    """Return the names of the linear maps of a module that can read `width` columns."""
    params, found = trial.subject.params, []
    for key, weight in params.items():
        name = key.removesuffix(".weight")
        bias = params.get(f"{name}.bias")
        if name != key and bias is not None and weight.ndim == 2 and weight.shape == (bias.size, width):
            found.append(name)
    return found


def measured_map(trial: Trial, name: str) -> LinearMap | None:
    """Measure what reaches a linear map: how every row of the outputs reacts to each entry of its bias.

    Returns:
        The map, or None if the outputs don't have one row for each example.
    """
    outputs, slot = trial.outputs, trial.slot(f"{name}.bias")
    if any(y.ndim != 2 or len(y) != len(outputs[0]) for y in outputs):
        return None
    ends = np.cumsum([y.size for y in outputs])[:-1]
    columns = []
    for j in range(slot.base.size):
        direction = np.zeros(slot.base.shape)
        direction[j] = slot.size
        reaction = np.split(trial.along({slot.key: direction}).value * trial.weights, ends)
        rows = [part.reshape(y.shape).sum(axis=1) for part, y in zip(reaction, outputs, strict=True)]
        columns.append(np.sum(rows, axis=0) / slot.size)
    return LinearMap(name, trial.base(f"{name}.weight"), np.stack(columns, axis=1))


def first_map(case: Case) -> tuple[LinearMap, Array] | None:
    """Return the linear map whose weight's gradient is the case's, and the input (batch, n) that it reads.

    That it reads it is measured: then the weight's gradient is deltaᵀ x.
    """
    name = str(case.key).removesuffix(".weight")
    inputs = [x for x in case.trial.subject.inputs if isinstance(x, np.ndarray) and x.ndim == 2]
    if len(case.shape) != 2 or name not in names_of_maps(case.trial, case.shape[1]) or not inputs:
        return None
    linear = measured_map(case.trial, name)
    if linear is None:
        return None
    for x in inputs:
        fits = x.shape == (len(linear.delta), case.shape[1])
        if fits and case.agree(case.at(linear.delta.T @ x), case.expected):
            return linear, x
    return None
