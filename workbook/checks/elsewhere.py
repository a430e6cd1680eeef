"""The same module at a second draw of other sizes and numbers, where a coincidence doesn't repeat itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbook.checks.case import Case
from workbook.checks.contract import Array, is_differentiable
from workbook.checks.entries import Entries, measure_entries
from workbook.checks.errors import GradientError
from workbook.checks.subject import Key, Subject
from workbook.checks.trial import Trial, draw

Indices = NDArray[np.int64]


def second_look(case: Case) -> Case | None:
    """Look at the same gradient at other inputs: of another batch size and width, if forward takes them.

    Returns:
        The case there; None if the module can't be run there.
    """
    subject = case.trial.subject
    rng = np.random.default_rng(11)
    for columns, rows in ((True, True), (False, True), (False, False)):
        inputs = _others(subject, rng, rows=rows, columns=columns)
        try:
            with np.errstate(all="ignore"):
                return _case(case, Subject(subject.given, inputs), rng)
        except Exception:
            continue
        finally:
            subject.restore()
    return None


def _case(case: Case, subject: Subject, rng: np.random.Generator) -> Case:
    subject.move({name: _shaken(p, rng) for name, p in subject.params.items()})
    trial = trial_of(subject, None if case.trial.upstream is None else rng)
    if [y.ndim for y in trial.outputs] != [y.ndim for y in case.trial.outputs]:
        raise GradientError("not the same kind of output")
    upstream = None if trial.upstream is None else [-0.5 * g for g in trial.upstream]
    second = subject.returned(subject.backward(upstream))
    measured: dict[Key, Entries] = {}
    for key in {case.key, *case.siblings}:
        slot = trial.slot(key)
        measured[key] = measure_entries(trial, slot, rng)
    return Case(trial, measured[case.key], second, measured)


def trial_of(subject: Subject, rng: np.random.Generator | None) -> Trial:
    """Run forward and backward at the base point; `rng` draws the upstream gradient, None is for a loss."""
    outputs = subject.outputs()
    subject.module.zero_grad()
    upstream = None if rng is None else [draw(rng, y.shape) for y in outputs]
    returned = subject.backward(None if upstream is None else [g.copy() for g in upstream])
    return Trial(subject, outputs, upstream, subject.gradients(returned))


def _others(subject: Subject, rng: np.random.Generator, *, rows: bool, columns: bool) -> list[Any]:
    """Return other inputs: rows and columns picked anew from those that are there, moved by up to a quarter.

    What is 0, negative or a label stays so. Arrays of one length keep one length, and a row its label.
    """
    arrays = [x for x in subject.inputs if isinstance(x, np.ndarray)]
    lengths = {n for x in (*arrays, *subject.params.values()) for n in x.shape}
    fresh = _unused(lengths)
    picks: dict[tuple[int, int], Indices] = {}
    for axis, wanted in ((0, rows), (-1, columns)):
        for x in arrays:
            if wanted and x.ndim >= (1 if axis == 0 else 2) and x.shape[axis]:
                n = x.shape[axis]
                if (axis, n) not in picks:
                    picks[axis, n] = rng.integers(n, size=next(fresh))
    made: list[Any] = []
    for i, x in enumerate(subject.inputs):
        twin = subject.first[i]
        made.append(made[twin] if twin < i else _picked(x, picks, rng))
    return made


def _unused(lengths: set[int]) -> Iterator[int]:
    """Yield lengths that are none of these, no sum, product or multiple of two, and not each other's."""
    for n in (7, 11, 13, 17, 19, 23, 29, 31):
        if n not in lengths:
            yield n


def _picked(x: Any, picks: dict[tuple[int, int], Indices], rng: np.random.Generator) -> Any:
    if not isinstance(x, np.ndarray):
        return x
    for axis in (0, -1):
        if x.ndim >= (1 if axis == 0 else 2) and (axis, x.shape[axis]) in picks:
            x = np.take(x, picks[axis, x.shape[axis]], axis=axis)
    return _moved(x, rng) if is_differentiable(x) else x


def _shaken(param: Array, rng: np.random.Generator) -> Array:
    """Return a parameter with entries picked anew from its own."""
    return _moved(rng.choice(param.ravel(), size=param.shape), rng) if param.size else param


def _moved(x: Array, rng: np.random.Generator) -> Array:
    moved: Array = x * rng.uniform(0.8, 1.25, size=x.shape)
    return moved
