"""Hidden tests draw from all that an exercise's text allows, and nobody can tell what they will draw."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbook import Module, ValueMismatch, questions
from workbook.secret_questions import KINDS, LEAST, MOST, Questions
from workbook.seeds import SECRET, examiner_rng

drawn = st.integers(0, 2**32).map(lambda seed: Questions(np.random.default_rng(seed)))


@given(drawn, st.integers(1, 8))
def test_every_count_comes_before_any_comes_again(ask: Questions, high: int) -> None:
    assert sorted([ask.count(1, high) for _ in range(2 * high)]) == sorted([*range(1, high + 1)] * 2)


@given(drawn)
def test_two_sizes_of_one_range_are_drawn_apart(ask: Questions) -> None:
    pairs = [(ask.count(1, 3), ask.count(1, 3)) for _ in range(90)]
    assert any(a == b for a, b in pairs)
    assert any(a != b for a, b in pairs)


@given(drawn)
def test_forty_questions_visit_every_kind_dimension_and_layout(ask: Questions) -> None:
    arrays = [ask.numbers(ask.shape(0, 4)) for _ in range(40)]
    assert {array.ndim for array in arrays} == {0, 1, 2, 3, 4}
    assert any((array == 0).any() for array in arrays)
    assert any(array.size and (array > 0).all() for array in arrays)
    assert any(array.size and (array < 0).all() for array in arrays)
    assert max(np.abs(array).max() for array in arrays) > 100
    assert any(not array.flags.c_contiguous for array in arrays)
    assert len({array.shape[-1] for array in arrays if array.ndim}) > 9


@given(drawn)
def test_a_dozen_sizes_and_two_dozen_batches_visit_every_small_one(ask: Questions) -> None:
    assert set(range(1, 9)) <= {ask.size() for _ in range(12)}
    batches = {ask.batch() for _ in range(24)}
    assert set(range(1, 11)) <= batches
    assert 0 not in batches, "a loop over no rows at all has nothing to make an array's shape of"


@given(drawn)
def test_forty_questions_visit_small_axes_and_numbers_that_are_all_small(ask: Questions) -> None:
    arrays = [ask.numbers(ask.shape(0, 4)) for _ in range(40)]
    assert {1, 5} <= {size for array in arrays for size in array.shape}
    assert any(array.size and 0 < np.abs(array).max() < 0.01 for array in arrays)


@given(drawn, st.sampled_from(sorted(KINDS)), st.integers(0, 5), st.integers(0, 9))
def test_numbers_keep_to_their_bounds(ask: Questions, kind: str, rows: int, columns: int) -> None:
    array = ask.numbers((rows, columns), kinds=[kind])
    assert array.shape == (rows, columns)
    assert array.dtype == np.float64
    assert np.isfinite(array).all()
    assert np.abs(array).max(initial=0) <= MOST
    if kind in ("any magnitude", "positive", "negative", "extremes"):
        assert np.abs(array).min(initial=1) >= LEAST * (1 - 1e-12)


@given(drawn)
def test_a_copy_lies_in_memory_as_the_array_does(ask: Questions) -> None:
    for _ in range(12):
        array = ask.numbers(ask.shape(0, 3))
        copy = ask.copy(array)
        assert np.array_equal(copy, array)
        assert not np.shares_memory(copy, array)
        assert isinstance(ask.copy(-array), np.ndarray), "of a number without axes, too: it can be changed"
        assert copy.flags.c_contiguous == array.flags.c_contiguous
        assert copy.flags.f_contiguous == array.flags.f_contiguous


@given(drawn, st.integers(0, 40), st.integers(1, 12))
def test_labels_are_classes(ask: Questions, batch: int, classes: int) -> None:
    labels = ask.labels(batch, classes)
    assert labels.shape == (batch,)
    assert set(labels.tolist()) <= set(range(classes))


def test_a_batch_is_often_small_and_never_outside() -> None:
    ask = Questions(np.random.default_rng(0))
    sizes = [ask.batch(1, 40) for _ in range(200)]
    assert {1, 2, 3, 40} <= set(sizes) <= set(range(1, 41))


@pytest.fixture
def grading(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv(SECRET, "what only the grader knows of ada")
    return monkeypatch


def first(name: str = "relu") -> float:
    return float(questions(name).rng.normal())


def test_a_regrade_draws_the_same(grading: pytest.MonkeyPatch) -> None:
    assert first() == first()


def test_another_student_draws_others(grading: pytest.MonkeyPatch) -> None:
    before = first()
    grading.setenv(SECRET, "what only the grader knows of blaise")
    assert first() != before


def test_another_test_draws_others(grading: pytest.MonkeyPatch) -> None:
    assert first("relu") != first("max")


def test_a_seed_has_more_than_a_search_can_find(grading: pytest.MonkeyPatch) -> None:
    seeds = examiner_rng("a").bit_generator.seed_seq.entropy  # type: ignore[attr-defined]
    assert seeds.bit_length() > 100


def test_what_is_expected_is_compared_at_its_scale() -> None:
    ask = questions("scale")
    ask.expect(np.array([1e-6, 1e3]) * (1 + 1e-9), np.array([1e-6, 1e3]))
    with pytest.raises(ValueMismatch):
        ask.expect(np.array([1.001e-6, 1e-6]), np.array([1e-6, 1e-6]))
    with pytest.raises(ValueMismatch):
        ask.expect((np.zeros(2), np.array([2e-9])), (np.zeros(2), np.array([1e-9])))


@given(drawn)
def test_a_module_is_filled_in_place_and_told(ask: Questions) -> None:
    module = Module()
    weight, grad = np.zeros((3, 2)), np.zeros((3, 2))
    module.params["weight"], module.grads["weight"] = weight, grad
    params, grads = ask.fill(module, kinds=["moderate"])
    assert np.array_equal(weight, params["weight"])
    assert np.array_equal(grad, grads["weight"])
    assert np.all(weight != 0)
    assert not np.array_equal(weight, grad)
    assert not np.shares_memory(weight, params["weight"])


@given(drawn)
def test_each_of_several_modules_has_a_mode_of_its_own(ask: Questions) -> None:
    several = [Module() for _ in range(60)]
    ask.mode(*several)
    assert {module.training for module in several} == {True, False}
    ask.mode(several[0])
    assert several[0].training in (True, False)
