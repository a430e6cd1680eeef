"""`check_close`: compare a value with the expected one, and say in words how they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbook.checks import looks
from workbook.checks.contract import first_entry, plural
from workbook.checks.errors import Found, ValueMismatch, kind_of
from workbook.checks.words import expected_and_got, in_words


@dataclass(frozen=True)
class CloseReport:
    """What a passed comparison compared; its repr says it in words."""

    entries: int

    def __repr__(self) -> str:
        return "The value agrees." if self.entries == 1 else f"All {self.entries} values agree."


def check_close(
    got: Any,
    expected: Any,
    *,
    rtol: float = 1e-7,
    atol: float = 1e-10,
    start: Any = None,
    name: str = "The value",
) -> CloseReport:
    """Check that two values agree: numbers, arrays, or tuples and lists of them.

    Args:
        got: what was computed.
        expected: what it should be; shapes must be the same, NaN and infinities in the same places.
        rtol: allowed difference relative to the expected number.
        atol: allowed absolute difference.
        start: what the value was before it was changed (a parameter before an optimiser's step), of the same
            shape. Then a failure says what is wrong with the *move*: how far, which way.
        name: what a failure calls it, at the beginning of a sentence.

    Returns:
        A report whose repr says that they agree.

    Raises:
        ValueMismatch: says where they differ, by how much, and what that looks like.
    """
    return CloseReport(_compare(got, expected, rtol, atol, name, start))


def _compare(got: Any, expected: Any, rtol: float, atol: float, what: str, start: Any) -> int:
    if isinstance(expected, tuple | list) and not all(np.isscalar(item) for item in expected):
        if not isinstance(got, tuple | list):
            raise ValueMismatch(f"A tuple of {len(expected)} values is expected, this is {kind_of(got)}.")
        if len(got) != len(expected):
            raise ValueMismatch(f"{len(expected)} values are expected, these are {len(got)}.", cause="shape")
        starts = [None] * len(expected) if start is None else start
        triples = enumerate(zip(got, expected, starts, strict=True), start=1)
        each = "Value" if what == "The value" else f"{what}, value"
        try:
            return sum(_compare(g, e, rtol, atol, f"{each} number {k}", s) for k, (g, e, s) in triples)
        except ValueMismatch as error:
            if moved := _moved(got, expected, rtol, atol):
                raise ValueMismatch(
                    error.headline, looks=moved, numbers=error.numbers, cause="moved", found=Found.CAUSE
                ) from None
            raise
    if isinstance(got, tuple) and any(isinstance(item, np.ndarray) for item in got):
        found = f"a tuple of {plural(len(got), 'array')}"
        raise ValueMismatch(
            f"{what} is {found}, where an array of shape {np.shape(expected)} is expected.",
            looks="one array is asked for: return it as it is. A comma in what is returned makes a tuple.",
            cause="shape",
            found=Found.SYMPTOM,
        )
    want, have = np.asarray(expected), _as_numbers(got, what)
    if have.shape != want.shape:
        raise ValueMismatch(
            f"{what} has the wrong shape: {want.shape} is expected, this is {have.shape}.",
            looks=looks.like_shape(have, want),
            cause="shape",
            found=Found.SYMPTOM,
        )
    if have.dtype.kind == "c" and want.dtype.kind != "c":
        raise ValueMismatch(f"{what} is complex, expected are real numbers.")
    with np.errstate(all="ignore"):
        allowed = atol + rtol * np.abs(want)
        if ((np.abs(have - want.astype(np.result_type(want, 1.0))) <= allowed) & (allowed < np.inf)).all():
            return int(want.size)  # as isclose says too, of finite numbers, in a quarter of its time
        wrong = ~np.isclose(have, want, rtol=rtol, atol=atol, equal_nan=True)
        if wrong.any():
            before = None if start is None else np.broadcast_to(np.asarray(start, dtype=float), want.shape)
            raise _mismatch(have, want.astype(float), wrong, what, before)
    return int(want.size)


def _moved(got: Sequence[Any], expected: Sequence[Any], rtol: float, atol: float) -> str:
    """Say which value stands where, if they are the right ones in another order; "" if they aren't."""

    def fits(one: Any, other: Any) -> bool:
        try:
            _compare(one, other, rtol, atol, "", None)
        except ValueMismatch:
            return False
        return True

    left, order = list(range(len(expected))), []
    for value in got:
        place = next((k for k in left if fits(value, expected[k])), None)
        if place is None:
            return ""
        left.remove(place)
        order.append(str(place + 1))
    return f"the right values, in another order: number {', '.join(order)} where 1, 2 and so on belong."


def _as_numbers(got: Any, what: str) -> NDArray[Any]:
    if got is None:
        raise ValueMismatch(
            f"{what} is None.",
            looks="the function doesn't end with a return statement (what is printed isn't returned).",
            cause="none",
            found=Found.BREACH,
        )
    if isinstance(got, dict | set | str | bytes):
        raise ValueMismatch(f"{what} must be numbers, it is {kind_of(got)}.")
    if isinstance(got, tuple) and any(isinstance(item, dict | tuple | list | np.ndarray) for item in got):
        raise ValueMismatch(
            f"{what} is a tuple of {plural(len(got), 'thing')}.",
            looks="more is returned than was asked for: return what is meant alone.",
            cause="kind",
            found=Found.BREACH,
        )
    try:
        have = np.asarray(got)
    except ValueError:
        raise ValueMismatch(f"{what} isn't an array: its rows have different lengths.") from None
    if have.dtype.kind not in "biufc":
        inside = "an object came, where the array that it holds is meant." if have.ndim == 0 else ""
        raise ValueMismatch(f"{what} must be numbers, it is {kind_of(got)}.", looks=inside, cause="kind")
    return have


def _mismatch(
    came: NDArray[Any],
    want: NDArray[np.float64],
    wrong: NDArray[np.bool_],
    what: str,
    start: NDArray[np.float64] | None,
) -> ValueMismatch:
    have = came.astype(float)
    strange = wrong & ~np.isfinite(have) & np.isfinite(want)
    if strange.any():
        worst, which = tuple(first_entry(strange)), "first of them"
    else:
        error = np.where(wrong & np.isfinite(want) & np.isfinite(have), np.abs(have - want), -1.0)
        worst, which = (
            tuple(int(n) for n in np.unravel_index(int(np.argmax(error)), want.shape)),
            "worst entry",
        )
        if not wrong[worst]:
            worst, which = tuple(first_entry(wrong)), "first of them"
    e, g = float(want[worst]), float(have[worst])
    finite = want[np.isfinite(want)]
    scale = float(np.max(np.abs(finite), initial=0.0)) or 1.0
    words = f" ({in_words(e, g, scale)})" if np.isfinite(e) and np.isfinite(g) else ""
    numbers = f"{expected_and_got(e, g)}{words}"
    if start is None:
        key, guess = looks.like(have, want, wrong, integers=came.dtype.kind in "biu")
    else:
        key, guess = looks.like_move(have, want, wrong, start)
        numbers = f"{expected_and_got(e, g)}, from {float(start[worst]):.6g}"
    return ValueMismatch(
        f"{what} is wrong, in {int(wrong.sum())} of {wrong.size} entries (shape {want.shape})."
        if want.ndim
        else f"{what} is wrong: {numbers}",
        looks=guess,
        numbers=[f"{which} {list(worst)}: {numbers}"] if want.ndim else [],
        cause=key,
        found=looks.found(key),
        heat=np.where(wrong, 1.0, 0.0) if want.ndim else None,
    )
