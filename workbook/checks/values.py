"""`check_close`: compare a value with the expected one, and say in words how they differ."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbook.checks.errors import ValueMismatch, kind_of


class CloseReport:
    """What a passed comparison compared; its repr says it in words."""

    def __init__(self, entries: int) -> None:
        self.entries = entries

    def __repr__(self) -> str:
        return f"All {self.entries} numbers agree." if self.entries != 1 else "The number agrees."


def check_close(got: Any, expected: Any, *, rtol: float = 1e-7, atol: float = 1e-10) -> CloseReport:
    """Check that two values agree: numbers, arrays, or tuples and lists of them.

    Args:
        got: what was computed.
        expected: what it should be.
        rtol: allowed difference relative to the expected number.
        atol: allowed absolute difference.

    Raises:
        ValueMismatch: says where they differ, by how much, and what that looks like.
    """
    return CloseReport(_compare(got, expected, rtol, atol, ""))


def _compare(got: Any, expected: Any, rtol: float, atol: float, part: str) -> int:
    if isinstance(expected, tuple | list) and not all(np.isscalar(e) for e in expected):
        if not isinstance(got, tuple | list):
            raise ValueMismatch(f"Expected {len(expected)} values in a tuple, got {kind_of(got)}.")
        if len(got) != len(expected):
            raise ValueMismatch(f"Expected {len(expected)} values, got {len(got)}.")
        pairs = zip(got, expected, strict=True)
        return sum(_compare(g, e, rtol, atol, f" number {k + 1}") for k, (g, e) in enumerate(pairs))
    if got is None:
        raise ValueMismatch(f"The value{part} is None. Does the function end with a return statement?")
    want = np.asarray(expected)
    try:
        have = np.asarray(got)
    except ValueError:
        raise ValueMismatch(f"The value{part} isn't an array: its rows have different lengths.") from None
    if have.dtype.kind not in "biufc":
        raise ValueMismatch(f"The value{part} must be numbers, it is {kind_of(got)}.")
    if have.shape != want.shape:
        raise ValueMismatch(
            f"The value{part} has the shape {have.shape}, expected {want.shape}.", cause="shape"
        )
    wrong = ~np.isclose(have, want, rtol=rtol, atol=atol, equal_nan=True)
    if wrong.any():
        worst = np.unravel_index(int(np.argmax(wrong)), want.shape)
        where = f" at {[int(n) for n in worst]}" if worst else ""
        raise ValueMismatch(
            f"The value{part} (shape {want.shape}) is wrong in {int(wrong.sum())} of {wrong.size} entries.\n"
            f"first{where}: expected {want[worst]:.8g}, got {have[worst]:.8g}"
        )
    return int(want.size)
