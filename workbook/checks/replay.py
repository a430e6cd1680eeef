"""When `backward` stops in the student's own line: what was about to be added, and what mistake that is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from workbook import operands
from workbook.checks.contract import Array, ShapeError, listed
from workbook.checks.errors import GradientError
from workbook.checks.forgiving import Forgiving, forgiving
from workbook.checks.product import explain_product
from workbook.checks.shapes import explain_shape
from workbook.checks.subject import Key, Subject, TakesNothing
from workbook.checks.words import stopped_at

GRADIENT = re.compile(r"grads\[['\"](\w+)['\"]\]$")  # self.grads["weight"]


def explained(
    subject: Subject, outputs: Sequence[Array], upstream: Sequence[Array] | None, error: Exception
) -> GradientError | None:
    """Explain an exception of `backward`; None if there is nothing to say.

    An operand that doesn't fit is found by running forward and backward once more, with gradient arrays that
    take down whatever is added to them. Where the module is in another process, that one tells what it was.

    Args:
        subject: the module.
        outputs: what forward returned.
        upstream: what backward was given; None for a loss.
        error: what it raised.
    """
    if isinstance(error, KeyError):
        return _unknown_name(subject, error)
    if not isinstance(error, ValueError):
        return None
    stop = operands.stop(error)
    stray = _stray(subject, upstream) or _about_to_be_added(subject, stop)
    if stray is None:
        return explain_product(subject, outputs, upstream, stop)
    key, got = stray
    return explain_shape(subject, outputs, upstream, ShapeError("", got, key), stop.line)


def _about_to_be_added(subject: Subject, stop: operands.Stop) -> tuple[Key, Array] | None:
    """Return the gradient that a line was to add to, and what it was to add; another process tells that."""
    text, _, value = stop.added or ("", None, None)
    name = GRADIENT.search(text)
    if name is None or name[1] not in subject.params or value is None or value.dtype.kind not in "fiu":
        return None
    return name[1], value.astype(np.float64)


def _unknown_name(subject: Subject, error: KeyError) -> GradientError | None:
    name = error.args[0] if error.args else None
    if not isinstance(name, str) or name in subject.params or not subject.params:
        return None
    line = operands.stop(error).line
    return GradientError(
        f'{subject.name}.backward asks for "{name}": params and grads have {listed(subject.params)}.',
        numbers=stopped_at(line),
        cause="name",
    )


def _stray(subject: Subject, upstream: Sequence[Array] | None) -> tuple[Key, Array] | None:
    """Return the first gradient that got something of another shape, and the sum of what it got."""
    holders = [holder for holder in _holders(subject.module) if isinstance(vars(holder).get("grads"), dict)]
    if not holders:
        return None
    before = [dict(holder.grads) for holder in holders]
    try:
        for holder in holders:
            for name, param in holder.params.items():
                holder.grads[name] = forgiving(np.shape(param))
        try:
            subject.forward(subject.arguments())
            subject.backward(None if upstream is None else [g.copy() for g in upstream])
        except (Exception, TakesNothing):
            pass
        grads = subject.module.grads
        for slot in subject.slots:
            grad = grads.get(slot.key) if isinstance(slot.key, str) else None
            if isinstance(grad, Forgiving) and len({s.shape for s in grad.strays}) == 1 and not grad.any():
                return slot.key, np.sum(grad.strays, axis=0)
    finally:
        for holder, grads in zip(holders, before, strict=True):
            holder.grads.clear()
            holder.grads.update(grads)
        subject.module.zero_grad()
    return None


def _holders(module: Any) -> Iterator[Any]:
    """Yield a module and the modules that it is made of, each once."""
    waiting, seen = [module], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen or not hasattr(one, "__dict__"):
            continue
        seen.add(id(one))
        yield one
        for value in vars(one).values():
            parts = (
                value.values()
                if isinstance(value, dict)
                else value
                if isinstance(value, list | tuple)
                else [value]
            )
            waiting += [part for part in parts if hasattr(part, "backward") and hasattr(part, "grads")]
