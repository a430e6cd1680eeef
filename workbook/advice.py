"""What the usual errors of NumPy and Python mean in a student's line, and what to do about them."""

from __future__ import annotations

import re
from types import TracebackType

import numpy as np

from workbook import operands

MEANT: tuple[tuple[str, str], ...] = (
    (
        r"only integer scalar arrays can be converted"
        r"|'numpy.ndarray' object cannot be interpreted as an integer",
        "An array stands where one whole number belongs, an axis or a size. np.max(a, b) takes b for "
        "the axis: np.maximum(a, b) compares two arrays entry by entry.",
    ),
    (
        r"truth value of an array .* is ambiguous",
        "if, and, or and max() want one True or False, and this has one for each entry. For a choice "
        "entry by entry: np.where(condition, a, b), np.maximum, or a product with the condition. To "
        "ask whether something was given: x is None.",
    ),
    (
        r"overflow encountered in exp|overflow encountered in scalar exp",
        "exp is more than float64 can hold from exp(710) on{reach}. Rewrite it so that exp only gets "
        "numbers that aren't positive. np.where doesn't help: it computes both sides everywhere "
        "before it chooses.",
    ),
    (
        r"divide by zero encountered in (scalar )?log",
        "The log of 0 is minus infinity: a number became 0 before its logarithm was taken. Put the "
        "logarithm into the formula on paper, so that it needn't be taken of something so small.",
    ),
    (
        r"invalid value encountered in (scalar )?(divide|true_divide)",
        "0/0 or infinity/infinity: everything that is divided by became 0, or overflowed.",
    ),
    (
        r"shapes \((\d+),(\d+)\) \(\1,\)",
        "One of them has one number for each row. A sum or maximum with keepdims=True stays a "
        "column, and fits.",
    ),
    (
        r"divide by zero encountered in",
        "Something is divided by 0{reach}.",
    ),
    (
        r"invalid value encountered in (scalar )?(subtract|add)",
        "Infinity less infinity: both sides overflowed before.",
    ),
    (
        r"Cannot cast ufunc .* from dtype\('float64'\) to dtype\('u?int",
        "An array of whole numbers can't take fractions in place. Make it one of floats: "
        "np.zeros(shape), x.astype(float).",
    ),
    (
        r"'(zip|map|enumerate|generator)' object is not reversible",
        "Make a list of it first: reversed(list(...)).",
    ),
    (
        r"index -?\d+ is out of bounds for axis \d+ with size \d+",
        "The first axis counts examples, the last one classes or features; indices start at 0. Are "
        "two of them exchanged?",
    ),
    (
        r"arrays used as indices must be of integer",
        "Indices are whole numbers or a mask of True and False: .astype(int), or compare with something.",
    ),
    (
        r"'NoneType' object has no attribute"
        r"|'NoneType' object is not subscriptable|'NoneType' and '",
        "Something is None: does the function that made it end with return? Has forward run, and kept it?",
    ),
    (
        r"'[A-Z]\w*' object has no attribute '(?P<name>\w+)'",
        "Nothing has been stored as {name}. What backward needs, forward has to keep, under the same "
        "name; the attributes that __init__ makes need super().__init__() first.",
    ),
    (
        r"Loss\.backward\(\) missing \d+ required positional argument",
        "A loss is where the way back begins: its backward takes nothing but self.",
    ),
    (
        r"maximum recursion depth exceeded",
        "A function calls itself without end, perhaps through another one.",
    ),
)


def advice(error: BaseException, trace: TracebackType | None) -> str:
    """Return what a usual error means and what to do; "" for any other.

    Args:
        error: what was raised.
        trace: the student's innermost frame.
    """
    text = str(error)
    for pattern, sentence in MEANT:
        if found := re.search(pattern, text):
            said = sentence.replace("{reach}", _reach(trace))
            return said.replace("{name}", found.groupdict().get("name") or "")
    return ""


def turned(trace: TracebackType) -> str:
    """Return which factor of a matrix product has to be transposed for its shape to fit, if one does it."""
    found = operands.product(trace)
    if found is None or not found.matrix:
        return ""
    (left, a), (right, b) = found.sides
    if a.ndim != 2 or b.ndim != 2 or (a.shape[1] == b.shape[1]) == (a.shape[0] == b.shape[0]):
        return ""
    return f" With {right if a.shape[1] == b.shape[1] else left} transposed they would."


def _reach(trace: TracebackType | None) -> str:
    """Say how far the largest array of the line that failed reaches."""
    if trace is None:
        return ""
    arrays = operands.arrays(operands.failed_expression(trace), trace)
    sizes = {name: float(np.max(np.abs(a))) for name, a in arrays.items() if a.size and a.dtype.kind in "fiu"}
    if not sizes:
        return ""
    name = max(sizes, key=lambda key: sizes[key])
    low, high = float(np.min(arrays[name])), float(np.max(arrays[name]))
    return f"; here {name} goes from {low:.6g} to {high:.6g}"
