"""What students write for unbroadcast: which axes are summed."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Exercise, Variant, attempt

Names = Mapping[str, Any]
Rng = np.random.Generator


def probe_unbroadcast(names: Names, rng: Rng) -> dict[str, Any]:
    """Every kind of copying: new axes, stretched ones, both, all."""
    gradient = rng.normal(size=(2, 4, 3))
    shapes = [(4, 3), (3,), (), (1, 3), (4, 1), (2, 1, 3), (1, 1, 1), (1, 4, 1), (2, 4, 3)]
    seen: dict[str, Any] = {}
    for shape in shapes:
        given = gradient.copy()
        seen[str(shape)] = attempt(
            lambda given=given, shape=shape: np.array(names["unbroadcast"](given, shape))
        )
        seen[f"{shape}: changed"] = not np.array_equal(given, gradient)
    square = rng.normal(size=(3, 3))
    seen["square"] = attempt(lambda: np.array(names["unbroadcast"](square.copy(), (3,))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the mean of nothing
        empty = attempt(lambda: np.shape(names["unbroadcast"](np.zeros((0, 3)), (1, 3))))
    seen["empty batch left"] = empty == (0, 3)  # whatever else comes of it, or stops, says nothing new
    return seen


NEW_AXES = "gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))"
STRETCHED = "return gradient.sum(axis=stretched, keepdims=True)"

UNBROADCAST = Exercise(
    "unbroadcast",
    probe_unbroadcast,
    wrong=(
        Variant(
            "one-copy-taken",
            "One of the copies is taken, where all of them are to be summed: each sends a gradient of its own.",
            edits=(
                (
                    STRETCHED,
                    "return gradient[tuple(slice(0, size) if size == 1 else slice(None) for size in shape)]",
                ),
            ),
            shows="value",
        ),
        Variant(
            "new-axes-only",
            "Axes of length 1 that were stretched are not summed: only those that were new.",
            edits=((STRETCHED, "return gradient"),),
            hypothesis="batch-sum",
        ),
        Variant(
            "stretched-axes-only",
            "New axes in front are not summed: only those of length 1 that were stretched.",
            edits=((NEW_AXES + "\n    ", ""),),
            hypothesis="shape",
        ),
        Variant(
            "first-of-length-one-only",
            "Only the first axis of length 1 is summed; a shape may have several of them.",
            edits=((STRETCHED, "return gradient.sum(axis=stretched[:1], keepdims=True)"),),
            shows="value",
        ),
        Variant(
            "counted-before-the-new-axes-go",
            "The axes of length 1 are summed before the new ones are gone: as long as those stand in front, an axis of "
            "`shape` has a larger number in `gradient`.",
            source="""
def unbroadcast(gradient, shape):
    ones = tuple(k for k, n in enumerate(shape) if n == 1)
    gradient = gradient.sum(axis=ones, keepdims=True)
    return gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
""",
        ),
        Variant(
            "compared-from-the-left",
            "The two shapes are compared from the left; NumPy lines them up from the right, and puts new axes in front.",
            source="""
def unbroadcast(gradient, shape):
    axes = tuple(k for k, (m, n) in enumerate(zip(gradient.shape, shape)) if m != n)
    return gradient.sum(axis=axes, keepdims=True).reshape(shape)
""",
        ),
        Variant(
            "empty-batch-left",
            "An axis of length 1 is summed only where the gradient's is longer; an empty batch has stretched it to 0, and "
            "the sum of nothing is 0.",
            edits=(
                (
                    STRETCHED,
                    "return gradient.sum(axis=tuple(k for k in stretched if gradient.shape[k] > 1), keepdims=True)",
                ),
            ),
            shows="behaviour",
        ),
        Variant(
            "averaged",
            "The copies' gradients are averaged; a nudge moves all copies in full, so they are summed.",
            edits=(
                (NEW_AXES, NEW_AXES.replace(".sum(", ".mean(")),
                (STRETCHED, STRETCHED.replace(".sum(", ".mean(")),
            ),
            hypothesis="factor",
        ),
        Variant(
            "length-one-lost",
            "A stretched axis disappears; it stays, with length 1, since the tensor has it: keepdims=True.",
            edits=((STRETCHED, "return gradient.sum(axis=stretched)"),),
            hypothesis="batch-sum",
        ),
        Variant(
            "one-copy-only",
            "The gradient of one copy is taken instead of the sum over all.",
            edits=(
                (NEW_AXES, "for _ in range(gradient.ndim - len(shape)):\n        gradient = gradient[0]"),
                (
                    STRETCHED,
                    "return gradient[tuple(slice(0, 1) if k in stretched else slice(None) for k in range(len(shape)))]",
                ),
            ),
        ),
        Variant(
            "new-axes-behind",
            "The last axes are summed where the first should be: NumPy puts new axes in front.",
            edits=((NEW_AXES, "gradient = gradient.sum(axis=tuple(range(len(shape), gradient.ndim)))"),),
        ),
        Variant(
            "one-new-axis",
            "One axis in front is summed at the most; there may be several new ones.",
            edits=((NEW_AXES, "if gradient.ndim > len(shape):\n        gradient = gradient.sum(axis=0)"),),
            hypothesis="batch-sum",
        ),
        Variant(
            "everything-summed",
            "All entries are summed to one number, whatever the shape.",
            edits=((STRETCHED, "return np.zeros(shape) + gradient.sum()"),),
            hypothesis="summed",
        ),
        Variant(
            "new-axes-averaged",
            "Over new axes the gradient is averaged, over stretched ones it is summed: both were copied, and are summed.",
            edits=((NEW_AXES, NEW_AXES.replace(".sum(", ".mean(")),),
            hypothesis="factor",
        ),
        Variant(
            "largest-copy",
            "The largest of the copies' gradients is taken; all of them flow back, so they are summed.",
            edits=(
                (
                    NEW_AXES,
                    NEW_AXES.replace(
                        ".sum(axis=tuple(range(gradient.ndim - len(shape)))",
                        ".max(axis=tuple(range(gradient.ndim - len(shape)))",
                    ),
                ),
                (STRETCHED, STRETCHED.replace(".sum(", ".max(")),
            ),
        ),
        Variant(
            "reshaped",
            "The gradient is cut to the shape by its first entries: what is left over has to be added, not dropped.",
            edits=(
                (NEW_AXES + "\n    ", ""),
                (STRETCHED, "return np.resize(gradient, shape)"),
            ),
        ),
        Variant(
            "reshaped-and-summed",
            "reshape(-1, *shape) deals the entries out in order, as if all axes had been new; a stretched axis lies "
            "between others, and is summed where it lies.",
            edits=(
                (NEW_AXES + "\n    ", ""),
                (STRETCHED, "return gradient.reshape(-1, *shape).sum(axis=0)"),
            ),
        ),
    ),
    right=(
        Variant(
            "axis-by-axis",
            edits=(
                (NEW_AXES, "while gradient.ndim > len(shape):\n        gradient = gradient.sum(axis=0)"),
                (
                    STRETCHED,
                    "for axis in stretched:\n        gradient = np.sum(gradient, axis=axis, keepdims=True)\n"
                    "    return gradient",
                ),
            ),
        ),
        Variant(
            "summed-at-once-and-reshaped",
            edits=(
                (
                    NEW_AXES,
                    "padded = (1,) * (gradient.ndim - len(shape)) + tuple(shape)\n"
                    "    gradient = gradient.sum(axis=tuple(k for k in range(len(padded)) if padded[k] == 1), keepdims=True)",
                ),
                (STRETCHED, "return gradient.reshape(shape)"),
            ),
        ),
    ),
)
