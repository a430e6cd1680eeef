"""What a wrong gradient looks like: the usual mistakes, ranked, each tested against the measured one."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from itertools import combinations
from typing import NamedTuple

import numpy as np

from workbook.checks.case import Case
from workbook.checks.contract import listed
from workbook.checks.elsewhere import second_look
from workbook.checks.errors import Found
from workbook.checks.experiments import earlier, neighbours, repeated, stale
from workbook.checks.factors import constant, length, varying
from workbook.checks.fits import other_forward, polynomial, several_outputs, terms
from workbook.checks.formulas import axis, difference, divided, formula, targets, times
from workbook.checks.subject import Slot, flatten
from workbook.checks.wiring import chain, gates, paths

Cause = Callable[[Case], str | list[str] | None]
SYMPTOMS = frozenset({"kink", "places", "nonlinear", "multiple", "stale"})  # these say where or how, not why
CERTAIN = frozenset(
    {"unused", "kink", "zero", "mask", "chain", "places", "neighbours", "repeated", "nonlinear", "stale"}
)  # no coincidence


class Guess(NamedTuple):
    """A mistake that computes just what `backward` returned."""

    key: str
    sentence: str

    @property
    def found(self) -> Found:
        """How much it says."""
        return Found.SYMPTOM if self.key in SYMPTOMS else Found.CAUSE


def likely(case: Case) -> Guess | None:
    """Return the first cause that explains every measured entry, here and at a second draw, if one does."""
    if case.entries.alone:
        leak = leaking(case)
        return leak or Guess("places", "the entries around it are right. What is special there?")
    smooth = case.where_smooth()
    again = SecondLook(case)
    for key, cause in RANKED:
        for sentence in _said(cause, case if cause in (kink, places) else smooth):
            if key in CERTAIN or again.confirms(cause, sentence):
                return Guess(key, sentence)
    return None


class SecondLook:
    """A case at other inputs, drawn when it is first asked for."""

    def __init__(self, case: Case) -> None:
        self.case = case

    @cached_property
    def there(self) -> Case | None:
        """The case at other inputs; None if the module can't be run there."""
        found = second_look(self.case)
        return None if found is None else found.where_smooth()

    def confirms(self, cause: Cause, sentence: str) -> bool:
        """Say whether a cause says the same there; lengths may be others there, a constant may not."""
        if self.there is None:
            return True
        self.there.trial.subject.take_over()
        there = _said(cause, self.there)
        self.case.trial.subject.take_over()
        return sentence in there or (
            cause is not constant and _without_numbers(sentence) in map(_without_numbers, there)
        )


def _said(cause: Cause, case: Case) -> list[str]:
    said = cause(case)
    return said if isinstance(said, list) else [] if said is None else [said]


def _without_numbers(sentence: str) -> str:
    return re.sub(r"[-+]?\d[\d./e+-]*", "#", sentence)


def leaking(case: Case) -> Guess | None:
    """A single entry gets a gradient, and moving it moves nothing."""
    if not case.aligned or not case.has_upstream or not case.got.all():
        return None
    if np.max(np.abs(case.jacobian)) > 1e-12:
        return None
    share = float(case.got[0] / case.upstream_here[0])
    return Guess(
        "mask",
        f"moving it moves no output, so nothing may come back; it gets {share:.3g} times the incoming "
        "gradient. A slope that is kept above 0 (an epsilon, a maximum)?",
    )


def unused(case: Case) -> str | None:
    """Forward doesn't react at all."""
    return None if case.entries.felt else ignored(case.entries.slot).sentence


def ignored(slot: Slot) -> Guess:
    """What to say of an array that forward doesn't react to."""
    return Guess(
        "unused",
        f"forward doesn't react to {slot.label} at all. Does it use another array, or a copy made earlier?",
    )


def kink(case: Case) -> str | None:
    """The entries that are wrong have two one-sided slopes, and these aren't between them."""
    if not np.all(case.entries.kinked[case.entries.wrong]):
        return None
    return (
        "what is wrong is at a kink (an input of exactly 0, or a tie): anything between the slopes of "
        "its two sides is right, and this is outside."
    )


def zero(case: Case) -> str | None:
    """Nothing was computed."""
    if np.any(case.got):
        return None
    made_of_modules = any("." in name for name in case.trial.subject.params)
    return "it is all zeros: it was never computed, or never stored" + (
        ", or its module was asked before any gradient had arrived there: the last one forward comes first."
        if made_of_modules
        else "."
    )


def sign(case: Case) -> str | None:
    """The sign is turned."""
    return "every entry has the wrong sign." if case.fits(-case.expected) else None


def signs(case: Case) -> str | None:
    """Some signs are turned, and every size is right."""
    right, got = np.abs(case.expected), np.abs(case.got)
    wrong = case.got * case.expected < 0
    if wrong.size < 3 or wrong.all() or not wrong.any() or not case.agree(got, right):
        return None
    negative = case.at(case.trial.base(case.key)) < 0
    where = next(
        (w for w, at in (("negative", negative), ("positive", ~negative)) if np.array_equal(at, wrong)), ""
    )
    place = f", where {case.entries.slot.label} is {where}" if where else ""
    return f"every size is right, and {int(wrong.sum())} of {wrong.size} signs are wrong{place}."


def upstream(case: Case) -> str | None:
    """The upstream gradient is missing, or used twice."""
    if not case.has_upstream:
        return None
    if case.fits(case.jacobian.sum(axis=1)):
        return (
            "the incoming gradient is not used: this is the gradient for an incoming gradient of ones. "
            "backward's argument has to be multiplied in."
        )
    if case.fits(case.jacobian @ case.weights**2):
        return "the incoming gradient is multiplied in twice."
    outputs = case.trial.outputs
    inputs = [slot.base for slot in case.trial.subject.slots if not isinstance(slot.key, str)]
    same = [x for x in inputs if len(outputs) == 1 and x.shape == outputs[0].shape]
    for arrays, name in ((outputs, "the output"), *(([x], "the input") for x in same)):
        if case.fits(case.jacobian @ flatten(arrays)):
            return f"{name} is multiplied in where the incoming gradient, backward's argument, belongs."
    return None


def branch(case: Case) -> str | None:
    """Some of several outputs count, the others don't."""
    count = len(case.trial.outputs)
    if not 1 < count <= 6:
        return None
    ends = np.cumsum([y.size for y in case.trial.outputs])[:-1]
    pieces = np.split(case.jacobian * case.weights, ends, axis=1)
    parts = [piece.sum(axis=1) for piece in pieces]
    for size in range(1, count):
        for chosen in combinations(range(count), size):
            if case.fits(np.sum([parts[k] for k in chosen], axis=0)):
                which = listed(str(k + 1) for k in chosen)
                noun = "output" if size == 1 else "outputs"
                return (
                    f"only {noun} {which} of {count} counted. Contributions along different paths are added."
                )
    return None


def transpose(case: Case) -> str | None:
    """It is the transpose, or a matrix was used the wrong way round."""
    shape = case.shape
    got = case.trial.gradients[case.key]
    if len(shape) == 2 and shape[0] == shape[1] > 1:
        turned = case.at(got.T)
        if case.agree(turned, case.expected):
            return "it is transposed."
    if not case.has_upstream or isinstance(case.key, str) or len(case.trial.outputs) != 1:
        return None
    incoming = np.reshape(case.weights, case.trial.outputs[0].shape)
    for name, matrix in case.trial.subject.params.items():
        square = matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1]
        if not square or incoming.shape != shape or shape[-1:] != matrix.shape[:1]:
            continue
        for way in (matrix, matrix.T):
            right = case.agree(case.at(incoming @ way.T), case.expected)
            if right and case.fits(case.at(incoming @ way)):
                return (
                    f"{name} is used the wrong way round: the transpose of it is needed here. "
                    "A square matrix hides this from the shapes."
                )
    return None


def batch(case: Case) -> str | None:
    """One example of the batch counts, the others don't."""
    if not case.has_upstream or not isinstance(case.key, str) or len(case.trial.outputs) != 1:
        return None
    output = case.trial.outputs[0]
    if output.ndim < 2 or len(output) < 2:
        return None
    rows = (case.jacobian * case.weights).reshape(len(case.got), len(output), -1).sum(axis=2)
    for r in range(len(output)):
        if case.fits(rows[:, r]):
            return (
                f"only example {r} of the batch counted. Every example used {case.entries.slot.label}, so "
                "their contributions are summed."
            )
    return None


def first_row(case: Case) -> str | None:
    """Every example gets what belongs to the first."""
    if len(case.shape) < 2 or case.shape[0] < 2 or not case.entries.complete:
        return None
    if not case.fits(case.at(case.expected.reshape(case.shape)[:1])):
        return None
    return (
        "every row is what row 0 should be. Was an array unpacked or looped over as if it were a tuple? That "
        "takes its rows one by one."
    )


def pooled(case: Case) -> str | None:
    """Every entry, or every entry along an axis, is the sum or mean of what belongs there."""
    if not case.entries.complete or case.got.size < 2:
        return None
    right = case.expected.reshape(case.shape)
    slopes = case.diagonal.reshape(case.shape) if case.aligned and case.has_upstream else None
    for along in (None, *range(right.ndim)) if right.ndim > 1 else (None,):
        over = "everything" if along is None else f"axis {along}"
        for pool, name in ((np.sum, "sum"), (np.mean, "mean")):
            if case.fits(np.broadcast_to(pool(right, axis=along, keepdims=True), case.shape).ravel()):
                return f"each entry is the {name}, over {over}, of what belongs there: a {name} too many."
            if slopes is not None and case.fits(
                (slopes * pool(case.upstream_whole, axis=along, keepdims=True)).ravel()
            ):
                return (
                    f"the {name} of the incoming gradient, over {over}, is multiplied in: each entry has "
                    "its own."
                )
    return None


def diagonal(case: Case) -> str | None:
    """Each output's own input counts, the others don't; or the others count with the wrong sign."""
    if not case.aligned or not case.has_upstream:
        return None
    own = case.diagonal * case.upstream_here
    if case.fits(own):
        return (
            "only the diagonal of the Jacobian is used: each output depends on other inputs too, and their "
            "incoming gradients have to be multiplied in and summed."
        )
    return None


def off_diagonal(case: Case) -> str | None:
    """The Jacobian's entries beside the diagonal have the wrong sign, or lack the upstream gradient."""
    if not case.aligned or not case.has_upstream:
        return None
    own = case.diagonal * case.upstream_here
    if case.fits(2 * own - case.expected):
        return (
            "the part that comes from the other outputs (beside the Jacobian's diagonal) has the wrong sign."
        )
    return None


def mask(case: Case) -> str | None:
    """Gradient passes where none should, or stops where it should pass."""
    if not case.aligned or not case.has_upstream:
        return None
    agrees = np.abs(case.got - case.expected) <= 1e-5 * np.max(np.abs(case.expected))
    got_zero = np.abs(case.got) <= 1e-6 * case.scale
    one_zero = case.zero ^ got_zero
    leaks = case.zero & ~got_zero
    stops = ~case.zero & got_zero
    if np.all(agrees | one_zero) and leaks.any():
        parts = [
            f"{int(leaks.sum())} entries get a gradient though moving them moves no output"
            if leaks.any()
            else "",
            f"{some(int(stops.sum()))} none though it does" if stops.any() else "",
        ]
        decides = (
            "It changes from one backward to the next: forward has to decide, and keep it."
            if nonlinear(case)
            else "What decides which entries pass?"
        )
        return f"the mask is wrong: {', '.join(p for p in parts if p)}. {decides}"
    with np.errstate(all="ignore"):
        ratio = case.got / case.upstream_here
    gates = np.isclose(case.diagonal, 0, atol=1e-6) | np.isclose(case.diagonal, 1, atol=1e-6)
    if case.got.size > 2 and gates.all() and case.zero.any() and np.ptp(ratio) <= 1e-6 * abs(ratio[0]):
        return (
            f"there is no mask: every entry gets {ratio[0]:.3g} times the incoming gradient, though some "
            "of them move no output."
        )
    return None


def some(n: int) -> str:
    """Return "1 entry gets" or "3 entries get"."""
    return f"{n} entries get" if n > 1 else "1 entry gets"


def swapped(case: Case) -> str | None:
    """Two inputs got each other's gradient."""
    for other in case.siblings.values():
        if other.slot.key == case.key or other.slot.base.shape != case.shape:
            continue
        if np.array_equal(other.index, case.entries.index) and case.fits(other.expected):
            return f"it is the gradient of {other.slot.label}: the two are exchanged."
    return None


def nonlinear(case: Case) -> str | None:
    """It isn't proportional to the upstream gradient."""
    second = case.second.get(case.key)
    if not case.has_upstream or second is None:
        return None
    first = case.trial.gradients[case.key]
    if np.all(np.abs(second + 0.5 * first) <= 1e-6 * case.scale):
        return None
    if np.allclose(second, first, rtol=1e-6, atol=1e-9 * case.scale):
        return "it doesn't depend on the incoming gradient: backward's argument has to be multiplied in."
    if np.allclose(second, 0.25 * first, rtol=1e-6, atol=1e-9 * case.scale):
        return "the incoming gradient comes in squared: it belongs in once, as a factor."
    return (
        "minus half the incoming gradient doesn't give minus half the result, as it must: it belongs into "
        "each term once, as a factor. Something else stands in its place, or backward decides or draws "
        "something itself, which is forward's part."
    )


def places(case: Case) -> str | None:
    """Right but for a few rows or columns, or a few entries."""
    wrong, entries = case.entries.wrong, case.entries
    if not entries.complete and wrong.sum() <= max(1, wrong.size // 50):
        return f"nearly all is right; entry {entries.place(entries.worst)} isn't. What is special there?"
    if wrong.all() or not entries.complete:
        return None
    grid = wrong.reshape(case.shape)
    for which, axis_name in ((0, "row"), (1, "column")) if grid.ndim == 2 else ():
        if grid.shape[which] < 3:
            continue
        bad = np.flatnonzero(grid.any(axis=1 - which))
        if len(bad) <= max(1, grid.shape[which] // 3) and grid.sum() > 1:
            noun = axis_name if len(bad) == 1 else axis_name + "s"
            return f"all is right but {noun} {listed(map(str, bad))}. What is special there?"
    if grid.ndim == 1 and grid.size >= 3 and grid.sum() <= max(1, grid.size // 3):
        noun = "entry" if grid.sum() == 1 else "entries"
        return f"all is right but {noun} {listed(map(str, np.flatnonzero(grid)))}. What is special there?"
    if grid.ndim != 1 and grid.sum() == 1 and grid.size >= 3:
        return f"all is right but entry {entries.place(entries.worst)}. What is special there?"
    return None


RANKED: tuple[tuple[str, Cause], ...] = (
    ("unused", unused),
    ("kink", kink),
    ("zero", zero),
    ("sign", sign),
    ("factor", length),
    ("factor", constant),
    ("multiple", varying),
    ("upstream", upstream),
    ("branch", branch),
    ("transpose", transpose),
    ("batch-sum", batch),
    ("diagonal", diagonal),
    ("off-diagonal", off_diagonal),
    ("repeated", earlier),
    ("mask", mask),
    ("mask", gates),
    ("swapped", swapped),
    ("sign", signs),
    ("summed", pooled),
    ("row", first_row),
    ("axis", axis),
    ("axis", terms),
    ("axis", other_forward),
    ("branch", several_outputs),
    ("targets", targets),
    ("times", times),
    ("formula", formula),
    ("formula", difference),
    ("formula", polynomial),
    ("times", divided),
    ("chain", chain),
    ("branch", paths),
    ("places", places),
    ("repeated", repeated),
    ("neighbours", neighbours),
    ("nonlinear", nonlinear),
    ("stale", stale),
)


WITHOUT_CAUSE = (
    "None of the usual mistakes computes this. Work out one entry by hand, and compare. "
    "If backward is right, it is forward that is wrong."
)
