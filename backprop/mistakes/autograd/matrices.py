"""What students write for matmul and reduce_sum: values and rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Exercise, Variant, attempt, sent_back

Names = Mapping[str, Any]
Rng = np.random.Generator


def probe_matrices(names: Names, rng: Rng) -> dict[str, Any]:
    """A product of three sizes and one of squares; sums over every axis, with and without its place kept."""
    tensor = names["Tensor"]
    cube = rng.normal(size=(3, 3, 3))
    cases: dict[str, tuple[Any, Any]] = {
        "product": (lambda a, b: names["matmul"](a, b), (rng.normal(size=(4, 3)), rng.normal(size=(3, 5)))),
        "squares": (lambda a, b: names["matmul"](a, b), tuple(rng.normal(size=(2, 3, 3)))),
        "all": (lambda a: names["reduce_sum"](a), (cube,)),
        "all, kept": (lambda a: names["reduce_sum"](a, None, True), (cube,)),
    }
    for axis in (0, 1, -1):
        for kept in (False, True):
            cases[f"{axis}, {kept}"] = (
                lambda a, axis=axis, kept=kept: names["reduce_sum"](a, axis, kept),
                (cube,),
            )
    seen: dict[str, Any] = {}
    for title, (operation, arrays) in cases.items():
        sources = [tensor(array) for array in arrays]
        output = attempt(operation, *sources)
        value = seen[title] = attempt(lambda output=output: np.array(output.value))
        upstream = rng.normal(size=(4, 5))
        if not isinstance(value, str):
            upstream = np.resize(upstream, value.shape)
        seen[f"{title}: sent"] = attempt(sent_back, output, sources, upstream)
    return seen


LEFT, RIGHT = "(a, lambda g: g @ b.value.T)", "(b, lambda g: a.value.T @ g)"
SPREAD = "return np.broadcast_to(g, a.shape)"
PUT_BACK = "if axis is not None and not keepdims:\n            g = np.expand_dims(g, axis)\n        "
SUMMED = "a.value.sum(axis=axis, keepdims=keepdims)"

MATRICES = Exercise(
    "matrices",
    probe_matrices,
    wrong=(
        Variant(
            "chosen-by-shape",
            "The rules take whichever product has a fitting shape; for square matrices several do. Which one it is "
            "follows from the chain rule: G Bᵀ and Aᵀ G.",
            edits=(
                (
                    LEFT,
                    "(a, lambda g: next(p @ q for p, q in ((g, b.value), (g, b.value.T)) if p.shape[1:] == q.shape[:1]))",
                ),
                (
                    RIGHT,
                    "(b, lambda g: next(p @ q for p, q in ((a.value, g), (a.value.T, g)) if p.shape[1:] == q.shape[:1]))",
                ),
            ),
        ),
        Variant(
            "left-not-transposed",
            "The gradient of the left matrix is G B; it is G Bᵀ. Square matrices hide this.",
            edits=((LEFT, "(a, lambda g: g @ b.value)"),),
            hypothesis="transpose",
        ),
        Variant(
            "right-not-transposed",
            "The gradient of the right matrix is A G; it is Aᵀ G. Square matrices hide this.",
            edits=((RIGHT, "(b, lambda g: a.value @ g)"),),
            hypothesis="transpose",
        ),
        Variant(
            "wrong-sides",
            "Bᵀ stands left of G and Aᵀ right of it; each keeps the side on which its matrix stood.",
            edits=((LEFT, "(a, lambda g: b.value.T @ g)"), (RIGHT, "(b, lambda g: g @ a.value.T)")),
            hypothesis="transpose",
        ),
        Variant(
            "right-result-transposed",
            "The gradient of the right matrix comes out transposed: Gᵀ A is the transpose of Aᵀ G.",
            edits=((RIGHT, "(b, lambda g: g.T @ a.value)"),),
            hypothesis="transpose",
        ),
        Variant(
            "entry-by-entry",
            "The product is taken entry by entry, with *; for matrices it is @.",
            edits=(("a.value @ b.value", "a.value * b.value"),),
            shows="value",
        ),
        Variant(
            "divided-by-rows",
            "The gradient of the right matrix is divided by the number of rows: a mean belongs into the cost, and has "
            "been divided there.",
            edits=((RIGHT, "(b, lambda g: a.value.T @ g / len(g))"),),
            hypothesis="factor",
        ),
        Variant(
            "sum-shared-out",
            "The sum's gradient is shared out among what was added; each of them moves the sum in full, and gets all of it.",
            edits=((SPREAD, "return np.broadcast_to(g, a.shape) * np.size(g) / a.value.size"),),
            hypothesis="factor",
        ),
        Variant(
            "axis-not-put-back",
            "An axis that was summed away is not put back where it was before g is stretched (NumPy puts new axes in "
            "front): its numbers go to other rows, or fit nowhere.",
            edits=((PUT_BACK, ""),),
        ),
        Variant(
            "put-back-always",
            "The axis is put back even where keepdims has kept it: then there is one too many.",
            edits=(("axis is not None and not keepdims", "axis is not None"),),
        ),
        Variant(
            "not-stretched",
            "The sum's rule sends g in the shape of the sum; each entry that was added gets it, so it has to be stretched "
            "to their shape (np.broadcast_to).",
            edits=((SPREAD, "return g"),),
        ),
        Variant(
            "sent-as-it-comes",
            "The sum's rule sends g in the shape of the sum; each entry that was added gets it, so it has to be stretched "
            "to their shape (np.broadcast_to).",
            edits=((PUT_BACK, ""), (SPREAD, "return g")),
        ),
        Variant(
            "that-of-linear",
            "This is Linear's product X Wᵀ with its rules; here it is A B, and B stays as it is.",
            edits=(
                ("a.value @ b.value", "a.value @ b.value.T"),
                (LEFT, "(a, lambda g: g @ b.value)"),
                (RIGHT, "(b, lambda g: g.T @ a.value)"),
            ),
            shows="value",
        ),
        Variant(
            "put-back-behind",
            "The axis that was summed away is put back at the end, whichever it was.",
            edits=(("np.expand_dims(g, axis)", "g[..., None]"),),
        ),
        Variant(
            "mean-for-sum",
            "This is the mean; the sum was asked for.",
            edits=((SUMMED, SUMMED.replace(".sum(", ".mean(")),),
            shows="value",
        ),
        Variant(
            "keepdims-ignored",
            "`keepdims` is not handed on: the axes that were summed are gone where they should stay, with length 1.",
            edits=((SUMMED, "a.value.sum(axis=axis)"),),
            shows="value",
        ),
        Variant(
            "axis-ignored",
            "`axis` is not handed on: all entries are summed, whichever axis was asked for.",
            edits=((SUMMED, "a.value.sum(keepdims=keepdims)"),),
            shows="value",
        ),
        Variant(
            "ones-sent",
            "The sum's rule sends ones, the slope alone; each entry gets g.",
            edits=((SPREAD, "return np.ones(a.shape)"),),
            hypothesis="upstream",
        ),
    ),
    right=(
        Variant(
            "by-ones-and-einsum",
            edits=(
                (LEFT, '(a, lambda g: np.einsum("nm,km->nk", g, b.value))'),
                (RIGHT, "(b, lambda g: (g.T @ a.value).T)"),
                (SPREAD, "return g * np.ones(a.shape)"),
            ),
        ),
        Variant(
            "shape-computed-before",
            edits=(
                ("a.value @ b.value", "np.matmul(a.value, b.value)"),
                (
                    f"def rule(g):\n        {PUT_BACK}{SPREAD}",
                    "kept = np.sum(a.value, axis=axis, keepdims=True).shape\n\n    def rule(g):\n"
                    "        return np.zeros_like(a.value) + np.reshape(g, kept)",
                ),
            ),
        ),
    ),
)
