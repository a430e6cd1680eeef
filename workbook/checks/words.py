"""How messages say numbers and sizes."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np

WIDTH = 83  # what `nbgrader validate` shows of a line before it cuts it off


def sentences(lines: Sequence[str]) -> str:
    """Return lines of at most 83 columns; a continuation is indented, as code is, which isn't broken."""
    return "\n".join(
        line if line.startswith("    ") else textwrap.fill(line, WIDTH, subsequent_indent="    ")
        for line in lines
    )


def stopped_at(code: str) -> list[str]:
    """Return the lines that show where the student's code stopped; none if its text isn't known."""
    return ["It stopped in this line:", f"    {code}"] if code else []


def expected_and_got(expected: float, got: float) -> str:
    """Return two numbers that differ, with six digits or as many as it takes to see it; no negative zero."""
    for digits in (6, 8, 10, 17):
        pair = f"{expected + 0.0:.{digits}g}", f"{got + 0.0:.{digits}g}"
        if pair[0] != pair[1]:
            break
    return "expected {}, got {}".format(*pair)


def multiple(c: float) -> str:
    """Return a factor as "1/32 of" or "2 times"."""
    inverse = 1 / c
    if abs(inverse) > 1 and np.isclose(inverse, round(inverse), rtol=1e-4) and abs(inverse) < 1e6:
        return f"{'-' if c < 0 else ''}1/{abs(round(inverse))} of"
    return f"{c:.6g} times"


def in_words(expected: float, got: float, scale: float) -> str:
    """Return the size of a disagreement in words.

    Args:
        expected: the right number.
        got: the wrong one.
        scale: the size of the numbers around it; what is far smaller counts as 0.
    """
    if abs(expected) <= 1e-9 * scale:
        return "it should be 0"
    if abs(got) <= 1e-9 * scale:
        return "nothing arrived"
    ratio = got / expected
    turned = "wrong sign and " if ratio < 0 else ""
    if np.isclose(abs(ratio), 1, rtol=1e-6) and turned:
        return "wrong sign"
    if abs(ratio) > 1.9:
        return f"{turned}{abs(ratio):.3g} times as large as it should be"
    if abs(ratio) < 0.55:
        return f"{turned}{1 / abs(ratio):.3g} times too small"
    off = 100 * abs(abs(ratio) - 1)
    return f"{turned}{off:.2g} % too {'large' if abs(ratio) > 1 else 'small'}"
