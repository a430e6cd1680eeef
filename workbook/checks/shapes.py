"""What a gradient of the wrong shape probably is: transposed, not summed over the batch, an axis too many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from workbook.checks import causes
from workbook.checks.case import Case
from workbook.checks.contract import Array, ShapeError
from workbook.checks.entries import Entries, measure_entries
from workbook.checks.errors import Found, GradientError
from workbook.checks.subject import Slot, Subject
from workbook.checks.trial import Trial
from workbook.checks.words import stopped_at


def explain_shape(
    subject: Subject,
    outputs: Sequence[Array],
    upstream: Sequence[Array] | None,
    error: ShapeError,
    line: str = "",
) -> GradientError:
    """Say what a gradient of the wrong shape probably is.

    Args:
        subject: the module.
        outputs: what forward returned.
        upstream: what backward was given; None for a loss.
        error: the gradient, and whose it is.
        line: the student's line that stopped, if one did.
    """
    got, slot = error.got, next(slot for slot in subject.slots if slot.key == error.key)
    zeros = {other.key: np.zeros(other.base.shape) for other in subject.slots}
    trial = Trial(subject, outputs, upstream, zeros)
    right = measure_entries(trial, slot, np.random.default_rng(1))
    guess = _mended(trial, right, got) or _remade(trial, right, got) if right.felt else causes.ignored(slot)
    numbers = [
        f"{slot.where}: expected {slot.base.shape}, the shape of {slot.label} itself; got {got.shape}.",
        *stopped_at(line),
    ]
    return GradientError(
        f"{subject.name}: the gradient of {slot.label} has the wrong shape.",
        looks=guess.sentence if guess else "",
        numbers=numbers,
        cause=guess.key if guess else "shape",
        found=guess.found if guess else Found.SYMPTOM,
    )


def _mended(trial: Trial, right: Entries, got: Array) -> causes.Guess | None:
    """Put the shape right in each of the usual ways, and see whether the numbers are right then.

    If they are in none, the first way is said, with what is wrong besides, if it fits a usual mistake.
    """
    besides: causes.Guess | None = None
    for key, candidate, sentence in _ways(right.slot, got):
        entries = right.claimed(candidate.ravel()[right.index])
        if not entries.wrong.any():
            return causes.Guess(key, sentence)
        claimed = Trial(
            trial.subject, trial.outputs, trial.upstream, {**trial.gradients, right.slot.key: candidate}
        )
        guess = causes.likely(Case(claimed, entries, {}, {right.slot.key: entries}))
        if besides is None and guess is not None:
            besides = causes.Guess(key, f"{sentence} And besides: {guess.sentence}")
    return besides


def _ways(slot: Slot, got: Array) -> Iterator[tuple[str, Array, str]]:
    shape, extra = slot.base.shape, got.ndim - slot.base.ndim
    if got.size == slot.base.size and np.squeeze(got).shape == np.squeeze(slot.base).shape:
        yield (
            "keepdims",
            got.reshape(shape),
            "an axis of length 1 is too many or missing (keepdims, a slice).",
        )
    if got.ndim == 2 and got.T.shape == shape:
        yield "transpose", got.T, "it is transposed."
    if extra > 0 and got.shape[extra:] == shape:
        summed = got.sum(axis=tuple(range(extra)))
        sentence = f"every example used {slot.label}, their contributions add up."
        yield "batch-sum", summed, f"it isn't summed over the batch: {sentence}"
    axes = tuple(n for n, (a, b) in enumerate(zip(got.shape, shape, strict=False)) if a != b and b == 1)
    if extra == 0 and axes and got.sum(axis=axes, keepdims=True).shape == shape:
        summed = got.sum(axis=axes, keepdims=True)
        yield "batch-sum", summed, "it isn't summed over the axis that was broadcast."


def _remade(trial: Trial, right: Entries, got: Array) -> causes.Guess | None:
    """Recognise numbers that no change of shape puts right."""
    shape, whole = (
        right.slot.base.shape,
        right.expected.reshape(right.slot.base.shape) if right.complete else None,
    )
    if got.ndim == 2 and got.T.shape == shape:
        return causes.Guess("shape", "it is transposed, and its numbers are wrong besides.")
    if whole is not None and got.ndim < whole.ndim:
        for axis in range(whole.ndim):
            if got.shape == whole.sum(axis=axis).shape and _close(got, whole.sum(axis=axis)):
                which = (
                    "over the batch, where each example has a row of its own"
                    if axis == 0
                    else f"along axis {axis}"
                )
                return causes.Guess("shape", f"it is summed {which}.")
        if got.ndim == 0 and _close(got, whole.sum()):
            return causes.Guess(
                "shape", "it is summed over everything: one number where each entry has its own."
            )
    for other in trial.subject.slots:
        if other.key != right.slot.key and other.base.shape == got.shape:
            theirs = _claimed(trial, other, got)
            if not theirs.wrong.any():
                return causes.Guess("swapped", f"it is the gradient of {other.label}.")
    if trial.upstream is None or len(trial.outputs) != 1 or trial.outputs[0].ndim != 2:
        return None
    incoming, output = trial.upstream[0], trial.outputs[0]
    sizes = {a.size for a in trial.subject.inputs if isinstance(a, np.ndarray)}
    if got.ndim == 2 and incoming.size in got.shape and sizes & set(got.shape):
        return causes.Guess("formula", "np.outer takes two vectors; it flattens a batch into one.")
    if (
        isinstance(right.slot.key, str)
        and got.ndim == 1
        and got.shape != shape
        and _close(got, incoming.sum(axis=1))
    ):
        return causes.Guess(
            "axis", "it is summed over each example's outputs (axis 1); the examples are summed, axis 0."
        )
    if (sentence := _multiplied(trial, right, got)) is not None:
        return causes.Guess("formula", sentence)
    for product in (incoming.T @ output, output.T @ incoming):
        if _close(got, product):
            return causes.Guess(
                "formula",
                "it is made of the incoming gradient and the output. Did forward keep the right array?",
            )
    return None


def _multiplied(trial: Trial, right: Entries, got: Array) -> str | None:
    """Recognise a matrix product of the incoming gradient and the slopes of a forward entry by entry."""
    incoming = trial.upstream[0] if trial.upstream else np.empty(0)
    if not right.complete or incoming.shape != right.slot.base.shape or got.ndim != 2:
        return None
    own = right.jacobian[np.arange(incoming.size), right.index].reshape(incoming.shape)
    for one, other in ((incoming, own), (own, incoming)):
        if _close(got, one @ other.T) or _close(got, one.T @ other):
            return (
                "it is the matrix product of the incoming gradient and the slopes, which sums over entries: "
                "each entry is multiplied by its own slope (*, not @)."
            )
    return None


def _claimed(trial: Trial, slot: Slot, got: Array) -> Entries:
    entries = measure_entries(trial, slot, np.random.default_rng(1))
    return entries.claimed(got.ravel()[entries.index])


def _close(a: Array, b: Array) -> bool:
    return a.shape == b.shape and bool(
        np.allclose(a, b, rtol=1e-4, atol=1e-6 * float(np.max(np.abs(b), initial=0.0)))
    )
