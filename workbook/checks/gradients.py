"""`check_gradients`: compare what `backward` says with derivatives measured from `forward`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbook.checks.derivative import Array, Slope, measure
from workbook.checks.errors import GradientError
from workbook.checks.settle import settle
from workbook.checks.subject import Slot, Subject

Key = int | str


@dataclass(frozen=True)
class GradientReport:
    """What a passed check compared; its repr says it in words.

    Attributes:
        module: the module's class name.
        checked: what was compared, for example ("the input", "weight", "bias").
        entries: how many gradient entries that was.
        forwards: how many times `forward` was run.
    """

    module: str
    checked: tuple[str, ...]
    entries: int
    forwards: int

    def __repr__(self) -> str:
        names = ", ".join(self.checked[:-1]) + (" and " if len(self.checked) > 1 else "") + self.checked[-1]
        return (
            f"{self.module}: backward agrees with forward for {names} "
            f"({self.entries} gradient entries, {self.forwards} forward calls)."
        )


@dataclass(frozen=True)
class Backward:
    """What one `backward` call said, and the upstream gradient it was given."""

    upstream: list[Array] | None
    grads: Mapping[Key, Array]


def check_gradients(module: Any, *inputs: Any, seed: int = 0) -> GradientReport:
    """Check a module's `backward` against derivatives measured from its own `forward`.

    Args:
        module: an instance that follows the module contract, or a function without arguments that makes
            one (called before every forward: so a seeded Dropout draws the same mask each time).
        inputs: what `forward` takes: float64 arrays, and whatever else it needs (integer targets).
        seed: of the random upstream gradient and directions.

    Returns:
        A report whose repr says in words what agreed.

    Raises:
        GradientError: with an explanation, if a gradient is wrong or the contract is broken.
    """
    rng = np.random.default_rng(seed)
    subject = Subject(module, inputs)
    try:
        return _check(subject, rng)
    finally:
        subject.restore()


def _check(subject: Subject, rng: np.random.Generator) -> GradientReport:
    arguments = subject.arguments()
    outputs, raw = subject.forward_with(arguments)
    _expect_unchanged(subject, arguments, "forward")
    _expect_finite(subject, outputs)
    again = subject.forward()
    if not all(np.array_equal(a, b) for a, b in zip(outputs, again, strict=True)):
        raise GradientError(
            f"{subject.name}.forward gives two answers for one input: it has no derivative to measure.\n"
            "Is it random (dropout)? Then pass a function that makes it anew with the same seed:\n"
            f"    check_gradients(lambda: {subject.name}(..., np.random.default_rng(1)), x)",
            cause="stochastic",
        )
    arguments = subject.arguments()
    subject.forward_with(arguments)
    subject.module.zero_grad()
    upstream, returned = _first_backward(subject, outputs, rng)
    _expect_unchanged(subject, arguments, "backward")
    gradients: dict[Key, Array] = _all_gradients(subject, returned)
    for slot in subject.slots:
        _expect_finite_gradient(subject, slot, gradients[slot.key])
    first = Backward(upstream, gradients)
    second = _second_backward(subject, first)
    _compare(subject, outputs, first, rng)
    _expect_sum(subject, first, second)
    _expect_separate(subject, raw, returned)
    return GradientReport(
        subject.name,
        tuple(slot.label for slot in subject.slots) or ("nothing",),
        sum(slot.base.size for slot in subject.slots),
        subject.forwards,
    )


def _all_gradients(subject: Subject, raw: Any) -> dict[Key, Array]:
    keys = [slot.key for slot in subject.slots if isinstance(slot.key, int)]
    gradients: dict[Key, Array] = dict(zip(keys, subject.returned(raw), strict=True))
    gradients.update(subject.read_grads())
    return gradients


def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draw entries of size 0.5 to 1.5 with random signs: never 1, never near 0."""
    signed: Array = rng.uniform(0.5, 1.5, size=shape) * rng.choice([-1.0, 1.0], size=shape)
    return signed


def _first_backward(
    subject: Subject, outputs: Sequence[Array], rng: np.random.Generator
) -> tuple[list[Array] | None, Any]:
    upstream = [draw(rng, y.shape) for y in outputs]
    if len(outputs) == 1 and outputs[0].ndim == 0:
        try:
            return None, subject.raw_backward(None)
        except TypeError as error:
            if "required positional argument" not in str(error):
                raise
    passed = [g.copy() for g in upstream]
    raw = subject.raw_backward(passed)
    for before, after in zip(upstream, passed, strict=True):
        if not np.array_equal(before, after):
            raise GradientError(
                f"{subject.name}.backward changed the gradient that it was given (its argument) in place.\n"
                "Somebody else still needs that array. Make a new one: x = x * y, not x *= y.",
                cause="argument-changed",
            )
    return upstream, raw


def _second_backward(subject: Subject, first: Backward) -> Backward:
    upstream = None if first.upstream is None else [-0.5 * g for g in first.upstream]
    raw = subject.raw_backward(None if upstream is None else [g.copy() for g in upstream])
    return Backward(upstream, _all_gradients(subject, raw))


def _expect_unchanged(subject: Subject, arguments: Sequence[Any], method: str) -> None:
    for i, (before, after) in enumerate(zip(subject.inputs, arguments, strict=True)):
        if isinstance(before, np.ndarray) and not np.array_equal(before, after):
            name = "its input" if len(subject.inputs) == 1 else f"input {i + 1}"
            raise GradientError(
                f"{subject.name}.{method} changed {name} in place.\n"
                "Somebody else still needs that array. Make a new one: y = x * m, not x *= m.",
                cause="argument-changed",
            )


def _expect_finite(subject: Subject, outputs: Sequence[Array]) -> None:
    for y in outputs:
        if not np.isfinite(y).all():
            where = [int(n) for n in np.argwhere(~np.isfinite(y))[0]]
            raise GradientError(
                f"{subject.name}.forward returned {y[tuple(where)]}, first at entry {where} "
                f"({int((~np.isfinite(y)).sum())} of {y.size} entries are not finite).",
                cause="not-finite",
            )


def _expect_finite_gradient(subject: Subject, slot: Slot, gradient: Array) -> None:
    bad = ~np.isfinite(gradient)
    if bad.any():
        where = [int(n) for n in np.argwhere(bad)[0]]
        raise GradientError(
            f"{subject.name}: {slot.where} contains {gradient[tuple(where)]}, first at entry {where} "
            f"({int(bad.sum())} of {gradient.size} entries are not finite); forward's output is finite.",
            cause="not-finite",
        )


def _expect_sum(subject: Subject, first: Backward, second: Backward) -> None:
    factor = 1.0 if first.upstream is None else -0.5
    for slot in subject.slots:
        one, two = first.grads[slot.key], second.grads[slot.key]
        expected = factor * one if isinstance(slot.key, int) else one + factor * one
        if _same(two, expected):
            continue
        if isinstance(slot.key, int):
            raise GradientError(
                f"{subject.name}: a second call of backward, after the same forward, returned a gradient "
                "that doesn't fit the first.\nbackward must not change what forward saved, nor remember what "
                "an earlier backward returned.",
                cause="second-backward",
            )
        overwritten = _same(two, factor * one)
        raise GradientError(
            f"{subject.name}: {slot.where} is right after one backward, wrong after two.\n"
            + (
                f"The second call overwrote the first: backward must add, {slot.where} += ..."
                if overwritten
                else "It must then be the sum of both calls' gradients; it is something else."
            ),
            cause="overwritten" if overwritten else "second-backward",
        )


def _same(a: Array, b: Array) -> bool:
    scale = float(np.max(np.abs(b), initial=0.0))
    return bool(np.all(np.abs(a - b) <= 1e-9 * scale))


def _expect_separate(subject: Subject, outputs: Any, returned: Any) -> None:
    for what, value in (("forward", outputs), ("backward", returned)):
        arrays = [v for v in value if isinstance(v, np.ndarray)] if isinstance(value, tuple | list) else []
        for k, one in enumerate(arrays):
            for m in range(k):
                if np.shares_memory(one, arrays[m]):
                    raise GradientError(
                        f"{subject.name}.{what} returned one array twice (numbers {m + 1} and {k + 1}).\n"
                        "If one receiver changes its array in place, the other changes too: return copies.",
                        cause="shared-array",
                    )


def _compare(subject: Subject, outputs: list[Array], backward: Backward, rng: np.random.Generator) -> None:
    start = np.concatenate([y.ravel() for y in outputs])
    upstream = (
        np.ones(1) if backward.upstream is None else np.concatenate([g.ravel() for g in backward.upstream])
    )
    suspects = []
    for slot in subject.slots:
        direction = draw(rng, slot.base.shape)
        slope = along(subject, start, slot, direction)
        claimed = float(np.sum(backward.grads[slot.key] * direction))
        measured = float(upstream @ slope.value)
        slack = float(np.abs(upstream) @ (slope.high - slope.low)) / 2
        size = float(np.linalg.norm(upstream * slope.value)) + float(np.linalg.norm(backward.grads[slot.key]))
        if not abs(claimed - measured) <= slack + 1e-8 * size or slope.kinked.any():
            suspects.append(slot)
    for slot in suspects:
        settle(subject, start, upstream, slot, backward.grads[slot.key])


def along(subject: Subject, start: Array, slot: Slot, direction: Array) -> Slope:
    """Measure the slopes of all outputs as one slot moves along a direction."""
    magnitude = max(float(np.max(np.abs(start), initial=0.0)), float(np.max(np.abs(slot.base), initial=0.0)))
    size = float(np.sqrt(np.mean(slot.base**2))) if slot.base.size else 1.0
    step = 2e-3 * min(1.0, size or 1.0)

    def curve(t: float) -> Array:
        outputs = subject.forward({slot.key: slot.base + t * direction})
        return np.concatenate([y.ravel() for y in outputs])

    return measure(curve, start, step, magnitude)
