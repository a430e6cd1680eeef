"""What `backward` and `forward` may not do besides: change arguments, forget, share arrays, be random."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from workbook.checks.contract import Array, first_entry, plural
from workbook.checks.errors import GradientError
from workbook.checks.subject import Key, Subject

NEW_ARRAY = "Somebody else still needs that array. Make a new one: y = x * m instead of x *= m."


def expect_arguments_unchanged(subject: Subject, arguments: Sequence[Any], method: str) -> None:
    """Expect that the inputs still have the values that they were passed with."""
    for i, (before, after) in enumerate(zip(subject.inputs, arguments, strict=True)):
        if isinstance(before, np.ndarray) and not np.array_equal(before, after):
            name = "its input" if len(subject.inputs) == 1 else f"input {i + 1}"
            if method == "backward":
                name += " (the array that forward was given)"
            changed = int(np.sum(before != after))
            raise GradientError(
                f"{subject.name}.{method} changed {name} in place: {changed} of {before.size} entries.\n"
                f"{NEW_ARRAY}",
                cause="argument-changed",
            )


def expect_upstream_unchanged(subject: Subject, before: Sequence[Array], after: Sequence[Array]) -> None:
    """Expect that the gradients which `backward` was given still have their values."""
    for b, a in zip(before, after, strict=True):
        if not np.array_equal(b, a):
            raise GradientError(
                f"{subject.name}.backward changed the gradient that it was given (its argument) in place: "
                f"{int(np.sum(b != a))} of {b.size} entries.\n{NEW_ARRAY}",
                cause="argument-changed",
            )


def expect_params_unchanged(subject: Subject) -> None:
    """Expect that the parameters are what they were before `forward` and `backward`."""
    name = subject.changed_param()
    if name is not None:
        raise GradientError(
            f'{subject.name}: params["{name}"] is different after forward and backward.\n'
            "They only compute; changing a parameter is the optimiser's work.",
            cause="param-changed",
        )


def expect_finite(subject: Subject, outputs: Sequence[Array]) -> None:
    """Expect numbers; the first NaN or infinity is named."""
    for k, y in enumerate(outputs):
        bad = ~np.isfinite(y)
        if bad.any():
            where = first_entry(bad)
            which = "" if len(outputs) == 1 else f" (output {k + 1})"
            at = f", first at entry {where}" if where else ""
            raise GradientError(
                f"{subject.name}.forward returned {y[tuple(where)]}{which}{at}: "
                f"{plural(int(bad.sum()), 'entry').replace('entrys', 'entries')} of {y.size} not finite.\n"
                "The inputs are finite. Does something overflow, or divide by 0, or take the log of 0?",
                cause="not-finite",
            )


def expect_finite_gradients(subject: Subject, gradients: Mapping[Key, Array]) -> None:
    """Expect gradients of numbers; the first NaN or infinity is named."""
    for slot in subject.slots:
        bad = ~np.isfinite(gradients[slot.key])
        if bad.any():
            where = first_entry(bad)
            raise GradientError(
                f"{slot.where} contains {gradients[slot.key][tuple(where)]}, first at entry {where}: "
                f"{int(bad.sum())} of {bad.size} entries not finite.\n"
                "forward's output is finite: backward itself overflows, divides by 0 or takes the log of 0.",
                cause="not-finite",
            )


def expect_one_answer(subject: Subject, outputs: Sequence[Array], again: Sequence[Array]) -> None:
    """Expect that `forward` gives the same answer twice."""
    if len(outputs) == len(again) and all(
        a.shape == b.shape and np.array_equal(a, b) for a, b in zip(outputs, again, strict=True)
    ):
        return
    raise GradientError(
        f"{subject.name}.forward gives two answers for one input, so it has no derivative to measure.\n"
        "Is it random, like dropout? Then pass a function that makes it anew, with the same seed each time:\n"
        f"    check_gradients(lambda: {subject.name}(..., np.random.default_rng(1)), x)\n"
        "If it isn't meant to be random: does forward use what an earlier forward left behind?",
        cause="two-answers",
    )


def expect_sum(
    subject: Subject, first: Mapping[Key, Array], second: Mapping[Key, Array], factor: float
) -> None:
    """Expect that a second `backward`, given `factor` times the first upstream gradient, added its share.

    Args:
        subject: the module.
        first: the gradients after one `backward`.
        second: the gradients after two.
        factor: 1 for a loss, whose `backward` takes no upstream gradient.
    """
    for slot in subject.slots:
        one, two = first[slot.key], second[slot.key]
        if isinstance(slot.key, str):
            if _same(two, one + factor * one, one):
                continue
            overwrote = _same(two, factor * one, one)
            raise GradientError(
                f"{slot.where} is right after one backward, and wrong after two.\n"
                + (
                    "The second call overwrote the first. backward has to add: use += where you use =, "
                    "and leave zero_grad to others.\n"
                    "A module that is used twice collects both gradients."
                    if overwrote
                    else "It should be the sum of both. Does backward change something that it needs again?"
                ),
                cause="overwritten" if overwrote else "second-backward",
            )
        if not _same(two, factor * one, one):
            grown = _same(two, one + factor * one, one)
            raise GradientError(
                f"{slot.where} is right in a first call of backward, and wrong in a second one.\n"
                + (
                    "It contains the first call's gradient too: `grads` adds up, what is returned doesn't."
                    if grown
                    else "backward must leave what forward saved as it is: it may be called again."
                ),
                cause="second-backward",
            )


def expect_grads_kept(subject: Subject, gradients: Mapping[Key, Array]) -> None:
    """Expect that `grads` still holds what two `backward` left there, though `forward` has run since."""
    if subject.made_anew or not subject.params:
        return
    grads = subject.module.grads
    for slot in subject.slots:
        if isinstance(slot.key, str) and not np.array_equal(grads[slot.key], gradients[slot.key]):
            raise GradientError(
                f"{slot.where} has changed in forward, which must leave gradients alone.\n"
                "They add up over all calls of backward until zero_grad clears them.",
                cause="grads-changed",
            )


def expect_separate(subject: Subject, value: Any, method: str) -> None:
    """Expect that no two of the arrays which a method returned share memory."""
    parts = list(value) if isinstance(value, tuple | list) else []
    for k, one in enumerate(parts):
        for m, other in enumerate(parts[:k]):
            if _overlap(one, other):
                raise GradientError(
                    f"{subject.name}.{method} returned one array twice, as numbers {m + 1} and {k + 1}.\n"
                    "When one receiver changes its array in place, the other's changes too: return copies.",
                    cause="shared-array",
                )


def expect_kept(subject: Subject, value: Any, before: Sequence[Array], method: str) -> None:
    """Expect that what a method returned still has the values `before`, after it has been called again."""
    parts = list(value) if isinstance(value, tuple | list) else [value]
    for part, was in zip(parts, before, strict=True):
        if not isinstance(part, np.ndarray) or np.array_equal(part, was) or subject.owns(part):
            continue
        raise GradientError(
            f"{subject.name}.{method} changed an array that it had returned before: a second call wrote into "
            "the first one's result.\n"
            "Whoever got that array still needs it: return a new one each time.",
            cause="reused-array",
        )


def passes_input_on(arguments: Sequence[Any], value: Any) -> list[Array]:
    """Return the outputs of `forward` that are its input, or a part of it, and can be written to."""
    outputs = value if isinstance(value, tuple | list) else [value]
    return [y for y in outputs if any(_overlap(y, x) for x in arguments) and y.flags.writeable]


def expect_input_kept(subject: Subject, upstream: Sequence[Array] | None, first: Mapping[Key, Array]) -> None:
    """Expect `backward` not to need an input that `forward` passed on: the next module may change it."""
    arguments = subject.arguments()
    for y in passes_input_on(arguments, subject.forward(arguments)):
        y *= -2.0  # a step in place, as a ReLU might take it
    now = subject.gradients_for(upstream)
    if not all(_same(now[slot.key], first[slot.key], first[slot.key]) for slot in subject.slots):
        raise GradientError(
            f"{subject.name}.forward returned its own input, and backward needs that input again.\n"
            "If the next module changes that array in place, this gradient is wrong: return a copy.",
            cause="input-passed-on",
        )


def _overlap(a: Any, b: Any) -> bool:
    return isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and np.shares_memory(a, b)


def _same(a: Array, b: Array, scale: Array) -> bool:
    allowed = 1e-9 * np.max(np.abs(scale), initial=0.0) + 1e-300  # numbers this small lose their digits
    return bool(np.all(np.abs(a - b) <= allowed))
