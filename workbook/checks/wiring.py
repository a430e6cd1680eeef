"""A module made of modules: does each path through it count once, and does each part get what is its own?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np

from workbook.checks.case import Case
from workbook.checks.contract import Array, listed
from workbook.checks.linear import first_map, measured_map, names_of_maps

MOST = 6  # paths that are told apart


def chain(case: Case) -> str | None:
    """A part got the gradient of the whole module's output, which belongs to the last part."""
    name = str(case.key).removesuffix(".bias")
    outputs = case.trial.outputs
    if not case.has_upstream or name == case.key or len(outputs) != 1 or outputs[0].shape[1:] != case.shape:
        return None
    if not case.fits(case.at(case.weights.reshape(outputs[0].shape).sum(axis=0))):
        return None
    return (
        f"part {name} was given the incoming gradient itself, which belongs to the part that made the "
        "output. "
        "Every other gets what its successor sent back, so the last comes first."
    )


def gates(case: Case) -> str | None:
    """A part that reads an input gets gradient where none should pass, or none where it should.

    With x (batch, n) known and batch <= n + 1, the claimed gradients of weight, deltaᵀ x, and bias,
    deltaᵀ 1, give back the delta that `backward` brought to the part.
    """
    found = first_map(case) if case.has_upstream and isinstance(case.key, str) else None
    if found is None:
        return None
    linear, x = found
    known = np.column_stack([x, np.ones(len(x))])
    if np.linalg.matrix_rank(known) < len(x):
        return None
    claims = [case.trial.gradients[f"{linear.name}.{part}"] for part in ("weight", "bias")]
    claimed = np.column_stack(claims).T
    got = np.linalg.lstsq(known.T, claimed, rcond=None)[0]
    size = np.max(np.abs(linear.delta), initial=0.0)
    if not np.allclose(known.T @ got, claimed, rtol=1e-6, atol=1e-6 * size):
        return None
    none, nothing = np.abs(linear.delta) <= 1e-6 * size, np.abs(got) <= 1e-6 * size
    leaks, stops = none & ~nothing, ~none & nothing
    agrees = np.abs(got - linear.delta) <= 1e-4 * np.abs(linear.delta) + 1e-6 * size
    if not np.all(agrees | leaks | stops) or not np.any(agrees | (leaks.any() & stops.any())):
        return None
    where = f"of the {got.size} entries of {linear.name}'s output"
    if not stops.any():
        return (
            f"{leaks.sum()} {where} get a gradient though moving them moves nothing: on the way back to it, "
            "something that stops gradient there (ReLU, Max, a mask) is left out."
        )
    if not leaks.any():
        return (
            f"{stops.sum()} {where} get no gradient though moving them moves the module's output: on the way "
            "back to it stands something (ReLU, Max, a mask) that isn't on the way forward."
        )
    return (
        f"{leaks.sum()} {where} get a gradient though moving them moves nothing, and {stops.sum()} get none "
        "though it does: was it sent another branch's gradient?"
    )


def paths(case: Case) -> str | None:
    """The paths from an input, or from the output of a linear map that reads one, aren't added once each.

    Each linear map that may read the value there makes a path of its own; what they don't explain is one
    more. The right gradient is the sum of all; the claimed one is taken apart by least squares.
    """
    if not case.has_upstream or len(case.shape) != 2:
        return None
    start = first_map(case) if isinstance(case.key, str) else None
    if isinstance(case.key, str) and start is None:
        return None
    names = names_of_maps(case.trial, case.shape[1] if start is None else case.shape[0])
    names = [name for name in names if start is None or name != start[0].name]
    readers = [measured_map(case.trial, name) for name in names if len(names) <= MOST]
    here = start[0].delta if start is not None else case.expected
    backs, parts = [], {}
    for reader in readers:
        if reader is None or (start is None and reader.back.shape != case.shape):
            continue
        backs.append(reader.back if start is not None else case.at(reader.back))
        carried = case.at(reader.back.T @ start[1]) if start is not None else backs[-1]
        parts[f"the path through {reader.name}"] = carried
    if not parts or _gated(here, backs):
        return None
    place = "the input" if start is None else f"the output of {start[0].name}"
    return _counted(case, _completed(case, parts), place)


def _gated(here: Array, backs: Sequence[Array]) -> bool:
    """Say whether maps read the value through gates (ReLU, Max): what they send back arrives or doesn't."""
    size = max(np.max(np.abs(a), initial=0.0) for a in (here, *backs))
    through = np.zeros(here.shape, dtype=bool)
    for arrive in product((0.0, 1.0), repeat=len(backs)):
        total = np.tensordot(arrive, np.stack(backs), axes=1)
        if all(arrive) and np.allclose(here, total, atol=1e-5 * size):
            return False  # no gate is shut
        through |= np.abs(here - total) <= 1e-5 * size
    return bool(through.all())


def _completed(case: Case, parts: Mapping[str, Array]) -> dict[str, Array]:
    """Leave out maps that don't read the value, and add what no map explains."""
    columns = np.stack(list(parts.values()), axis=1)
    share = np.linalg.lstsq(columns, case.expected, rcond=None)[0]
    if case.agree(columns @ share, case.expected):
        return {name: part for (name, part), c in zip(parts.items(), share, strict=True) if abs(c) > 1e-4}
    return {**parts, "what comes another way": case.expected - columns.sum(axis=1)}


def _counted(case: Case, parts: Mapping[str, Array], place: str) -> str | None:
    if len(parts) < 2:
        return None
    columns = np.stack(list(parts.values()), axis=1)
    if len(columns) <= len(parts) or np.linalg.matrix_rank(columns, 1e-6 * case.scale) < len(parts):
        return None
    counts = np.linalg.lstsq(columns, case.got, rcond=None)[0]
    if not case.fits(columns @ counts):
        return None
    named = [(name, round(float(count), 3)) for name, count in zip(parts, counts, strict=True)]
    once = [name for name, count in named if count == 1]
    if all(count in (0, 1) for _, count in named):
        lost = [name for name, count in named if count == 0]
        return (
            f"only {listed(once)} {'counts' if len(once) == 1 else 'count'}, {listed(lost)} "
            f"{'does' if len(lost) == 1 else 'do'} not. Whatever reads {place} sends a gradient back to it, "
            "and they add up."
        )
    counted = listed(f"{name} {_often(count)}" for name, count in named)
    shares = any(0 < count < 1 and round(1 / count, 2) in range(2, 5) for _, count in named)
    question = (
        "Does a module read it more than once? Then it sends as many gradients, and each one counts."
        if shares
        else "Is a gradient sent on before all of it has arrived?"
    )
    return f"of the paths from {place}, each belongs in the sum once. Counted: {counted}. {question}"


def _often(count: float) -> str:
    return {0.0: "not at all", 1.0: "once", 2.0: "twice"}.get(count, f"{count:.4g} times")
