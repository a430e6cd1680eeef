"""Marks: the same up to noise agrees, nothing else does, and a mistake is known by what it gets wrong."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from workbook.recognise import Mistake, Signs, wrong_parts
from workbook.signature import parts_of

sizes = st.floats(-1e6, 1e6, allow_nan=False, allow_subnormal=False)
results = arrays(np.float64, array_shapes(max_dims=3, max_side=6), elements=sizes)


def marks(result: Any) -> dict[str, Any]:
    return {name: part.mark() for name, part in parts_of([result, result]).items()}


def same(ours: Any, theirs: Any) -> bool:
    return not wrong_parts(parts_of([ours, ours]), {name: [mark] for name, mark in marks(theirs).items()})


@given(results, st.integers(0, 2**32 - 1))
def test_noise_of_a_millionth_is_overlooked(x: Any, seed: int) -> None:
    noise = np.random.default_rng(seed).uniform(-1e-6, 1e-6, size=x.shape)
    assert same({"a": x * (1 + 0.98 * noise)}, {"a": x})


@given(results, st.data())
def test_one_entry_that_differs_is_seen(x: Any, data: Any) -> None:
    other = x.copy()
    other.flat[data.draw(st.integers(0, x.size - 1))] += 1e-4 * (1 + np.abs(x).sum())
    assert not same({"a": other}, {"a": x})


@given(results)
def test_a_permutation_a_sign_and_a_shape_are_seen(x: Any) -> None:
    distinct = np.arange(1.0, 7.0).reshape(2, 3)
    assert not same({"a": distinct[::-1]}, {"a": distinct})
    assert not same({"a": distinct.reshape(3, 2)}, {"a": distinct})
    assert not same({"a": np.stack([x, x])}, {"a": x})
    assert same({"a": -x}, {"a": x}) == bool(np.abs(x).max() < 1e-9)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"a": True}, {"a": False}),
        ({"a": "f-g"}, {"a": "g-f"}),
        ({"a": None}, {"a": 0.0}),
        ({"a": [1.0, np.nan]}, {"a": [np.nan, 1.0]}),
        ({"a": np.inf}, {"a": -np.inf}),
        ({"a": 1.0}, {"a": 1.0, "b": 1.0}),
        ({"a": [np.ones(2), np.ones(3)]}, {"a": [np.ones(3), np.ones(2)]}),
        ({"a": np.empty((0, 2))}, {"a": np.empty((2, 0))}),
    ],
)
def test_facts_are_told_apart(ours: Any, theirs: Any) -> None:
    assert same(ours, ours)
    assert same(theirs, theirs)
    assert not same(ours, theirs)
    assert not same(theirs, ours)


def test_marks_are_plain_and_hold_no_number_of_the_result() -> None:
    secret = np.random.default_rng(3).normal(size=4)
    text = json.dumps(marks({"a": secret, "b": "a secret", "c": True}))
    assert "secret" not in text
    assert not [x for x in secret if f"{x:.4f}"[-4:] in text]


RIGHT = {"value": np.arange(4.0), "weight": np.ones((2, 3)), "bias": np.arange(3.0), "fact": False}
DOUBLED = RIGHT | {"weight": 2 * RIGHT["weight"], "bias": 2 * RIGHT["bias"]}


def signs(**wrong: Any) -> Signs:
    right = {name: [mark] for name, mark in marks(RIGHT).items()}
    mistakes = []
    for name, result in wrong.items():
        parts = parts_of([result, result])
        differing = {part: parts[part].mark() for part in wrong_parts(parts, right)}
        mistakes.append(Mistake(name, f"The sentence of {name}.", differing))
    return Signs.from_plain(json.loads(json.dumps(Signs(right, mistakes).to_plain())))


def name_of(result: Any, known: Signs) -> str:
    found = known.recognise([result, result])
    return found.name if found else ""


def test_a_mistake_is_known_by_what_it_gets_wrong() -> None:
    known = signs(doubled=DOUBLED, changed=RIGHT | {"fact": True})
    assert name_of(RIGHT, known) == ""
    assert name_of(DOUBLED, known) == "doubled"
    assert name_of(RIGHT | {"fact": True}, known) == "changed"
    assert name_of(DOUBLED | {"bias": RIGHT["bias"]}, known) == "doubled", "half of it"
    assert name_of(DOUBLED | {"value": -RIGHT["value"]}, known) == "doubled", "and another one"
    assert name_of(DOUBLED | {"weight": 3 * RIGHT["weight"]}, known) == ""
    assert name_of(RIGHT | {"fact": True, "value": -RIGHT["value"]}, known) == "", "one fact is little"


def test_two_that_fit_equally_well_say_nothing() -> None:
    known = signs(doubled=DOUBLED, other=RIGHT | {"value": -RIGHT["value"], "weight": 2 * RIGHT["weight"]})
    assert name_of(DOUBLED | {"value": -RIGHT["value"]}, known) == ""
    assert name_of(RIGHT | {"weight": 2 * RIGHT["weight"]}, known) == ""


def test_a_wrong_output_is_not_explained_by_a_mistake_on_the_way_back() -> None:
    """The gradient of a mean belongs to a mean: only beside the right output is it a mistake."""
    right = {"output": np.arange(4.0), "back": np.ones(5)}
    known = Signs(
        {name: [mark] for name, mark in marks(right).items()},
        [Mistake("shared", "Shared.", {"back": marks({"back": np.ones(5) / 3})["back"]})],
    )
    back = {"back": np.ones(5) / 3}
    assert name_of(right | back, known) == "shared"
    assert name_of(right | back | {"output": np.arange(4.0) / 3}, known) == ""
    assert name_of(right | back | {"other": 1.0}, known) == "shared"
    results = [right | back | {"other": 1.0}] * 2
    assert known.recognise(results, exactly=True) is None


def test_a_part_of_nothing_but_nan_is_no_evidence() -> None:
    """An answer that fails later than a known mistake, and as badly, isn't that mistake."""
    nan = np.full(4, np.nan)
    right = {f"step {k}": np.arange(4.0) + k for k in range(5)}
    known = right | {f"step {k}": nan for k in range(5)}
    later = right | {f"step {k}": nan for k in range(1, 5)}
    signs = Signs(
        {name: [mark] for name, mark in marks(right).items()}, [Mistake("all", "All.", marks(known))]
    )
    assert signs.recognise([known, known]) is not None
    assert signs.recognise([later, later]) is None
