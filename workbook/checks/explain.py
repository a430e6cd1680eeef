"""From a disagreement to a message: which gradient, how wrong, and what mistake computes just that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from workbook.checks import causes
from workbook.checks.case import Case
from workbook.checks.causes import Guess
from workbook.checks.contract import Array, listed
from workbook.checks.entries import Entries, find_entry, measure_entries
from workbook.checks.errors import Found, GradientError
from workbook.checks.precision import holds_float32
from workbook.checks.subject import Key, Slot
from workbook.checks.trial import Trial, draw
from workbook.checks.words import expected_and_got, in_words

TRIED = 8  # entries that are looked at to tell one that is wrong from all that are a little wrong
DETAILED = 3  # wrong gradients of one module that are measured entry by entry


def explain_entries(
    trial: Trial, suspects: Sequence[Key], second: Mapping[Key, Array], rng: np.random.Generator
) -> None:
    """Settle a suspicion entry by entry, and explain it.

    Args:
        trial: what `backward` claims.
        suspects: the slots along which claim and measurement disagree.
        second: what `backward` returned for -0.5 times the upstream gradient (inputs only).
        rng: draws directions, and the entries of a large array.

    Raises:
        GradientError: if an entry is wrong. If none is, the suspicion was rounding, and nothing happens.
    """
    slots = [trial.slot(key) for key in suspects]
    if len(slots) > 1:
        slots = [slot for slot in slots if _disagrees(trial, slot, rng)] or slots
    measured = [measure_entries(trial, slot, rng) for slot in slots[:DETAILED]]
    wrong = [entries for entries in measured if entries.wrong.any()]
    if not wrong:
        found = find_entry(trial, slots, rng)
        if found is None:
            return
        wrong = [found]
        if (guess := _imprecise(trial, found, rng)) is not None:
            raise gradient_error(Case(trial, found, second, {}), guess, [])
    siblings = {entries.slot.key: entries for entries in wrong}
    cases = [Case(trial, entries, second, siblings) for entries in wrong]
    with np.errstate(all="ignore"):  # a hypothesis may overflow
        found_causes = [(case, causes.likely(case)) for case in cases]
    rank = {key: n for n, (key, _) in reversed(list(enumerate(causes.RANKED)))}
    case, guess = min(found_causes, key=lambda pair: rank[pair[1].key] if pair[1] else len(causes.RANKED))
    others = [e.slot for e in wrong if e.slot.key != case.key] + slots[DETAILED:]
    raise gradient_error(case, guess, others)


def _imprecise(trial: Trial, found: Entries, rng: np.random.Generator) -> Guess | None:
    """Say whether not one entry is off but most are, all by very little."""
    size = float(np.max(np.abs([found.expected[0], found.got[0]])))
    off, slot = abs(float(found.got[0] - found.expected[0])) / size, found.slot
    if off > 1e-3:
        return None
    wrong = []
    for i in rng.permutation(slot.base.size)[:TRIED]:
        direction = {slot.key: np.zeros(slot.base.shape)}
        direction[slot.key].flat[i] = slot.size
        wrong.append(trial.verdict(direction, trial.along(direction)) > 1)
    if 2 * sum(wrong) < len(wrong):
        return None
    why = (
        "every number is one of float32's: something in backward computes in float32."
        if holds_float32(trial.gradients[slot.key])
        else "an epsilon that forward doesn't have, a rounding, or float32 on the way."
    )
    return Guess("imprecise", f"it is nearly right, here to about {round(-np.log10(off))} digits: {why}")


def _disagrees(trial: Trial, slot: Slot, rng: np.random.Generator) -> bool:
    direction = {slot.key: slot.size * draw(rng, slot.base.shape)}
    return not trial.verdict(direction, trial.along(direction)) <= 1


def gradient_error(case: Case, guess: Guess | None, others: Sequence[Slot]) -> GradientError:
    """Write the message."""
    entries, slot = case.entries, case.entries.slot
    n = entries.worst
    place = f"worst entry {entries.place(n)}" if slot.base.ndim else "its value"
    count = f"{int(entries.wrong.sum())} of {entries.wrong.size}"
    size = "" if entries.complete else f" that were looked at (of {slot.base.size})"
    which = "an entry disagrees" if entries.alone else f"{count} entries{size} disagree"
    numbers = [
        f"{slot.where}, shape {slot.base.shape}: {which} with the slopes of forward.",
        f"{place}: {expected_and_got(float(entries.expected[n]), float(entries.got[n]))} "
        f"({in_words(float(entries.expected[n]), float(entries.got[n]), case.scale)})",
    ]
    if others:
        numbers.append(f"Wrong too: the gradient of {listed(slot.label for slot in others)}.")
    if guess is None:
        numbers.append(causes.WITHOUT_CAUSE)
    return GradientError(
        f"{case.trial.subject.name}: the gradient of {slot.label} is wrong.",
        looks=guess.sentence if guess else "",
        numbers=numbers,
        cause=guess.key if guess else "",
        found=guess.found if guess else Found.NOTHING,
        heat=heat(entries),
    )


def heat(entries: Entries) -> Array | None:
    """Return how wrong each entry is, 0 to 1, in the gradient's shape; None if not all were measured."""
    if not entries.complete or entries.slot.base.ndim == 0:
        return None
    size = np.maximum(np.abs(entries.expected), np.abs(entries.got))
    size = np.maximum(size, 1e-300)
    share = np.where(entries.wrong, np.minimum(1.0, np.abs(entries.got - entries.expected) / size), 0.0)
    return share.reshape(entries.slot.base.shape)
