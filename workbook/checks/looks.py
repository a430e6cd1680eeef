"""What a wrong value looks like: overflow, the wrong axis, a transpose, a constant off."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from workbook.checks.errors import Found
from workbook.checks.precision import holds_float32
from workbook.checks.words import multiple

Array = NDArray[np.float64]


TINY = 1e-6  # of the largest number: so small that it looks like 0 beside it
SYMPTOMS = frozenset({"places", "order", "constant", "finite", "nan", "imprecise", "zero", "factor"})


def found(key: str) -> Found:
    """Say how much a key of `like` tells about the mistake."""
    return Found.NOTHING if not key else Found.SYMPTOM if key in SYMPTOMS else Found.CAUSE


def like_shape(got: NDArray[np.generic], want: NDArray[np.generic]) -> str:
    """Return a sentence about a wrong shape; "" if none fits."""
    if not want.ndim and got.size == 1:
        return "it is one number, with axes of length 1 around it. See `keepdims` and `reshape`."
    if not want.ndim:
        return "it is an array where one number belongs: a sum or mean over all its axes is missing."
    if not got.ndim and want.size > 1:
        return _one_for_all(got, want)
    if got.shape == want.shape[::-1]:
        same = _same(np.asarray(got.T, dtype=float), np.asarray(want, dtype=float))
        return "it is transposed" + ("." if same else ", and its numbers differ too.")
    if np.squeeze(got).shape == np.squeeze(want).shape:
        return "the axes of length 1 differ. See `keepdims` and `reshape`."
    if want.ndim == 1 and got.shape == (want.size, want.size):
        return f"broadcasting made all pairs of a row and a column of {want.size}."
    for k in range(want.ndim):
        if got.shape == (*want.shape[:k], 1, *want.shape[k + 1 :]):
            return f"axis {k} has length 1, not {want.shape[k]}: one number where each place needs its own."
        if got.shape == want.shape[:k] + want.shape[k + 1 :]:
            return f"axis {k} (length {want.shape[k]}) was summed or averaged away."
    for k in range(got.ndim):
        if want.shape == got.shape[:k] + got.shape[k + 1 :]:
            return f"axis {k} (length {got.shape[k]}) is left: a sum or mean is missing."
    if got.size == want.size and _same(
        np.asarray(got, dtype=float).ravel(), np.asarray(want, dtype=float).ravel()
    ):
        return "the right numbers, in an array of another shape. See `reshape` and `ravel`."
    return ""


def _one_for_all(got: NDArray[np.generic], want: NDArray[np.generic]) -> str:
    for what, number in (("sum", want.sum()), ("mean", want.mean()), ("largest", want.max())):
        if np.isclose(got, number):
            return f"it is the {what} of all that is expected. Say along which axis: `axis=0`, for example."
    return "it is one number where each place needs its own: it is summed or averaged over all axes."


def like(got: Array, want: Array, wrong: NDArray[np.bool_], integers: bool = False) -> tuple[str, str]:
    """Return the key and the sentence of what a wrong value looks like; empty if nothing fits.

    Args:
        got: what came.
        want: what should have come, of the same shape.
        wrong: where they disagree.
        integers: it came as an array of integers.
    """
    bad = wrong & ~np.isfinite(got) & np.isfinite(want)
    if bad.any():
        return _not_finite(got[bad])
    if np.isinf(want[wrong]).any():
        return "finite", "an infinity is expected there."
    for key, sentence in (
        _as_a_whole(got, want),
        _by_axis(got, want),
        _whole(got, want, wrong, integers),
        _flushed(got, want, wrong),
        _by_function(got, want),
        _in_places(got, want, wrong),
    ):
        if key:
            return key, sentence
    return "", ""


def like_move(got: Array, want: Array, wrong: NDArray[np.bool_], start: Array) -> tuple[str, str]:
    """Return the key and the sentence of what is wrong with a move from `start`; empty if nothing fits."""
    move, right = got - start, want - start
    if not np.isfinite(move).all():
        return "nan", "it became NaN or infinite: 0/0, a division by 0, or the root of a negative number."
    if not right.any():
        return like(got, want, wrong)
    if not move.any():
        return "unmoved", "nothing moved. Is the array itself changed (-=), or a new one made and dropped?"
    if _same(got, right):
        return "replaced", "it holds the change alone: the value from before is lost."
    if _same(move, -right):
        return "sign", "it moved the wrong way, just as far as it should the right way."
    solid = np.abs(right) > 1e-9 * np.max(np.abs(right))
    c = float(np.sum(move[solid] * right[solid]) / np.sum(right[solid] ** 2))
    if move.size > 1 and not np.isclose(c, 1, rtol=1e-3) and _same(move, c * right):
        return "factor", f"every entry moved {abs(c):.6g} times as far as it should" + (
            ", and the wrong way." if c < 0 else "."
        )
    still = wrong & (move == 0)
    if np.array_equal(still, wrong):
        return "unmoved", f"{int(still.sum())} of {still.size} entries didn't move."
    if _same(np.abs(move), np.abs(right)):
        turned = int(np.sum(move * right < 0))
        return "sign", f"each entry moved as far as it should, {turned} of {move.size} the wrong way."
    return "", ""


def _not_finite(bad: Array) -> tuple[str, str]:
    if np.isnan(bad).any():
        return "nan", "0/0, or infinity less infinity: an exp overflowed, or everything underflowed to 0."
    if (bad < 0).all():
        return "underflow", "-inf is the log of 0: a number underflowed to 0 before its logarithm was taken."
    return "overflow", "infinity: an exp of a large number, or a division by 0."


def _as_a_whole(got: Array, want: Array) -> tuple[str, str]:
    every = "every entry" if want.size > 1 else "it"
    if not got.any():
        return "zero", "it is all zeros." if want.size > 1 else "it is 0."
    if _same(got, -want):
        return "sign", "the sign is wrong everywhere." if want.size > 1 else "the sign is wrong."
    if want.ndim == 2 and want.shape[0] == want.shape[1] and _same(got.T, want):
        return "transpose", "it is the transpose of the right one."
    difference = got - want
    if want.size > 2 and np.ptp(difference) <= 1e-9 * max(1.0, float(np.max(np.abs(want)))):
        return "constant", f"every entry is off by the same constant, {float(difference.flat[0]):.6g}."
    if want.size == 1 and (part := _fraction(float(got.flat[0]), float(want.flat[0]))):
        return (
            "factor",
            f"it is {part} of what it should be. Is it divided by the right number: of what is there?",
        )
    solid = np.abs(want) > 1e-12 * np.max(np.abs(want), initial=0.0)
    if solid.any() and (want.size > 1 or _is_plain(float(got.flat[0]), float(want.flat[0]))):
        c = float(np.sum(got[solid] * want[solid]) / np.sum(want[solid] ** 2))
        if c and not np.isclose(c, 1, rtol=1e-3) and _same(got, c * want):
            return "factor", f"{every} is {multiple(c)} what it should be{_perhaps(c, want.shape)}."
    return "", ""


def _perhaps(c: float, shape: tuple[int, ...]) -> str:
    """Say which length a factor may be; 2 and 4 are too often factors of their own."""
    for n in shape:
        if n not in (1, 2, 4) and (np.isclose(abs(c) * n, 1) or np.isclose(abs(c), n)):
            return f". Perhaps a sum and a mean are confused: {n} is also a length of this array"
    return ""


def _is_plain(got: float, want: float) -> bool:
    ratio = abs(got / want) if want else 0.0
    return any(np.isclose(r, n) for n in range(2, 65) for r in (ratio, 1 / ratio if ratio else 0.0))


def _fraction(got: float, want: float) -> str:
    """Return what part one number is of another, as "5/6"; "" if it is none, or both are some themselves."""
    ratio = got / want if want else 0.0
    if not np.isfinite(ratio) or any(_is_fraction(x) for x in (got, want)):
        return ""
    part = Fraction(ratio).limit_denominator(64)
    proper = min(abs(part.numerator), part.denominator) > 1
    return str(part) if proper and np.isclose(ratio, float(part), rtol=1e-11, atol=0) else ""


def _is_fraction(number: float) -> bool:
    return bool(np.isclose(number, float(Fraction(number).limit_denominator(1000)), rtol=1e-12, atol=0))


def _by_axis(got: Array, want: Array) -> tuple[str, str]:
    if want.ndim < 2:
        return "", ""
    one = np.ones(())
    for axis, other in ((-1, 0), (0, -1)):
        if _same(want.sum(axis=axis), one) and _same(got.sum(axis=other), one):
            names = {-1: "rows", 0: "columns"}
            return (
                "axis",
                f"the {names[other]} sum to 1, the {names[axis]} should: the wrong axis is normalised.",
            )
        if _same(np.exp(want).sum(axis=axis), np.ones(())) and _same(
            np.exp(got).sum(axis=other), np.ones(())
        ):
            return "axis", "it is normalised along the wrong axis."
    for axis, name in ((-1, "row"), (0, "column")):
        difference = got - want
        if want.shape[axis] > 1 and _level(difference, want, axis):
            return (
                "axis",
                f"each {name} is off by a constant of its own: a term that each {name} has (a bias, a sum, "
                "a maximum) is missing, or another one.",
            )
    return "", ""


def _whole(got: Array, want: Array, wrong: NDArray[np.bool_], integers: bool) -> tuple[str, str]:
    several = want.size > 1 and (integers or np.count_nonzero(got[wrong]) > 1)  # one may be whole by chance
    if several and np.array_equal(got, np.trunc(want)):
        kept = "it came" if integers else "somewhere it was kept"
        return (
            "whole",
            f"the digits after the point are cut off: {kept} in an array of integers.",
        )
    return "", ""


def _flushed(got: Array, want: Array, wrong: NDArray[np.bool_]) -> tuple[str, str]:
    if got[wrong].any() or np.any(np.abs(want[wrong]) >= TINY * np.max(np.abs(want), initial=0.0)):
        return "", ""
    return (
        "flushed",
        "what is small has become 0: it is rounded, cut off, or lost beside a larger number that it was "
        "added to.",
    )


def _by_function(got: Array, want: Array) -> tuple[str, str]:
    if want.size > 1 or not (_is_short(got) or _is_short(want)):
        if _turned_into(np.exp(want), got, want):
            return "logarithm", "the logarithm is missing."
        if np.all(want > 0) and _turned_into(np.log(want), got, want):
            return "logarithm", "a logarithm too many."
        if _turned_into(want**2, got, want):
            return "square", "it is squared."
        if np.all(want >= 0) and _turned_into(np.sqrt(want), got, want):
            return "square", "it is the square root of the right one."
    error, near = np.abs(got - want), 1e-3 if want.size > 1 else 1e-4  # one number comes near by chance
    if np.all(error <= near * np.abs(want)) and error.any():
        return "imprecise", _nearly(got, want, error)
    return "", ""


def _turned_into(candidate: Array, got: Array, want: Array) -> bool:
    """Say whether this is what came; of 0 and 1, which are their own squares, nothing can be said."""
    return _same(got, candidate) and not _same(want, candidate)


def _nearly(got: Array, want: Array, error: Array) -> str:
    if holds_float32(got) and not holds_float32(want):
        return "it is nearly right, and every number is one of float32's: somewhere it computes in float32."
    solid = want != 0
    digits = round(-np.log10(np.max(error[solid] / np.abs(want[solid]))))
    return (
        f"it is nearly right, to about {digits} digits: something is only approximated (a difference that "
        "looks to one side, or with too large a step; an epsilon; a rounding; float32 on the way)."
    )


def _is_short(numbers: Array) -> bool:
    """Say whether a number is a multiple of 1/64, as 4 and 0.25 are: powers of each other by chance."""
    return not np.any((64 * numbers) % 1)


def _in_places(got: Array, want: Array, wrong: NDArray[np.bool_]) -> tuple[str, str]:
    if want.size > 2 and _same(np.sort(got, axis=None), np.sort(want, axis=None)):
        return "order", "the right numbers, in other places."
    few = np.argwhere(wrong)
    if (len(few) == 1 and want.size > 2) or (want.ndim == 1 and len(few) <= want.size // 3):
        noun = "entry" if len(few) == 1 else "entries"
        named = ", ".join(str(place.tolist() if want.ndim > 1 else place[0]) for place in few)
        return "places", f"all is right but {noun} {named}."
    if want.ndim == 2:
        for axis, name in ((0, "row"), (1, "column")):
            bad = np.flatnonzero(wrong.any(axis=1 - axis))
            if wrong.shape[1 - axis] > 1 and bad.size <= wrong.shape[axis] // 3:
                noun = name if bad.size == 1 else name + "s"
                return "places", f"all is right but {noun} {', '.join(map(str, bad))}."
    return "", ""


def _level(difference: Array, want: Array, axis: int | None) -> bool:
    """Say whether differences are the same along an axis, but for rounding; tiny ones aren't all zero."""
    spread, size = np.ptp(difference, axis=axis), np.max(np.abs(difference), axis=axis)
    rounding = 1e-9 * max(1.0, float(np.max(np.abs(want))))
    return bool(np.all(spread <= np.minimum(rounding, 1e-3 * size)))


def _same(a: Array, b: Array) -> bool:
    return bool(np.all(np.isfinite(a)) and np.allclose(a, b, rtol=1e-7, atol=1e-12))
