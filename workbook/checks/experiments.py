"""What a wrong gradient comes from, found out by running forward and backward once more: no coincidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps

import numpy as np

from workbook.checks.case import Case
from workbook.checks.contract import Array, is_differentiable
from workbook.checks.entries import measure_entries
from workbook.checks.subject import HERE, Key, Point, Subject


def experiment(ask: Callable[[Case], str | None]) -> Callable[[Case], str | None]:
    """Let an experiment say nothing where the student's code doesn't take it."""

    @wraps(ask)
    def cause(case: Case) -> str | None:
        try:
            with np.errstate(all="ignore"):
                return ask(case)
        except Exception:
            return None

    return cause


@experiment
def repeated(case: Case) -> str | None:
    """Another backward, or another forward with the same numbers, changes it."""
    if case.trial.subject.made_anew:
        return None
    once, again = _after(case, HERE), _after(case)
    twice = _after(case, HERE)
    if not case.agree(once, again) or _used_up(case):
        return (
            "a second backward with the same gradient gives other numbers. Does backward take what forward "
            "kept from a list, or draw something itself? It uses what the last forward kept, each time."
        )
    if not case.agree(twice, case.expected):
        return None
    return (
        "it is right once forward has run again with the same input: backward uses what the forward "
        "before the last one kept."
    )


def _used_up(case: Case) -> bool:
    """Say whether backward comes to other numbers, or to an end, when it is called again and again."""
    subject = case.trial.subject
    subject.outputs(_elsewhere(case))
    first = _after(case)
    try:
        return not all(case.agree(_after(case), first) for _ in range(subject.forwards + 2))
    except (IndexError, KeyError, StopIteration):
        return True


@experiment
def earlier(case: Case) -> str | None:
    """It is what belongs to the input of the very first forward of this check."""
    subject = case.trial.subject
    if subject.made_anew:
        return None
    right = _measured(case, subject.reordered())
    if right is None or not case.agree(case.got, right) or case.agree(right, case.expected):
        return None
    return (
        "it is the gradient for another input, which forward got before this one: backward uses what the "
        "first forward kept (the first of a list, say). It uses what the last one kept."
    )


@experiment
def stale(case: Case) -> str | None:
    """It is the same after a forward with other numbers, where it should be another."""
    if case.trial.subject.made_anew:
        return None
    once, there = _after(case, HERE), _elsewhere(case)
    if not case.agree(_after(case, there), once):
        return None
    right = _measured(case, there)
    if right is None or case.agree(right, case.expected):
        return None
    return (
        "it is the same after a forward with other numbers, where it should be another: what backward uses "
        "is kept once for all (an `if`, a cache), or a factor that depends on the input is left out."
    )


@experiment
def neighbours(case: Case) -> str | None:
    """Forward works entry by entry, and an entry of the gradient depends on others."""
    subject, upstream = case.trial.subject, case.trial.upstream
    if not case.aligned or upstream is None or case.got.size < 2 or not case.entries.complete:
        return None
    beside = case.jacobian.copy()
    beside[np.arange(case.got.size), case.entries.index] = 0.0
    if np.any(np.abs(beside) > 1e-6 * np.max(np.abs(case.jacobian))):
        return None
    here = _after(case, HERE)
    changed = upstream[0].copy()
    changed.flat[0] *= 3.0
    got = subject.returned(subject.backward([changed]))[case.key].ravel()[case.entries.index]
    if not case.agree(got[1:], here[1:]):
        return _beside("the incoming gradient")
    point = case.trial.base(case.key).copy()
    point.flat[0] *= 0.7
    if not case.agree(_after(case, {case.key: point})[1:], here[1:]):
        return _beside("the input")
    return None


def _beside(what: str) -> str:
    return (
        f"when one entry of {what} changes, other entries of the gradient change too. But forward works "
        "entry by entry: no sum, mean, difference or matrix product over entries belongs here."
    )


def _after(case: Case, point: Point | None = None) -> Array:
    """Return the measured entries of what backward says, after a forward at a point if one is given."""
    if point is not None:
        case.trial.subject.outputs(point)
    return case.at(case.trial.subject.gradients_for(case.trial.upstream)[case.key])


def _elsewhere(case: Case) -> dict[Key, Array]:
    """Return other numbers for the inputs; an array passed twice stays one array."""
    rng, subject = np.random.default_rng(7), case.trial.subject
    there: dict[Key, Array] = {}
    for i, x in enumerate(subject.inputs):
        if is_differentiable(x):
            twin = subject.first[i]
            moved = rng.permutation(x.ravel()).reshape(x.shape) * rng.uniform(0.5, 0.9, size=x.shape)
            there[i] = there[twin] if twin < i else moved
    return there


def _measured(case: Case, there: Point) -> Array | None:
    """Measure what the gradient should be there; None if not every entry of it was measured here."""
    if not case.entries.complete:
        return None
    given = case.trial.subject
    subject = Subject(given.given, [there.get(i, x) for i, x in enumerate(given.inputs)])
    trial = replace(case.trial, subject=subject, outputs=subject.outputs())
    right = measure_entries(trial, trial.slot(case.key), np.random.default_rng(7))
    given.take_over()
    return right.expected[case.entries.index] if right.complete else None
