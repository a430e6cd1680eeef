"""Values: agreement in one line, disagreement in words."""

from __future__ import annotations

import contextlib
import re

import numpy as np
import pytest
from checks.zoo import softmax
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from workbook import ValueMismatch, check_close

A = np.random.default_rng(0).normal(size=(4, 5))
SQUARE = np.random.default_rng(1).normal(size=(4, 4))
P = softmax(A)


def changed(array, index, value):
    array = array.copy()
    array[index] = value
    return array


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (A, A.copy()),
        (3, 3.0),
        (A.tolist(), A),
        ((A, 2 * A), (A, 2 * A)),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (changed(A, (1, 2), np.nan), changed(A, (1, 2), np.nan)),
        (changed(A, (1, 2), -np.inf), changed(A, (1, 2), -np.inf)),
        (A + 1e-12, A),
    ],
)
def test_what_agrees_is_reported(got, expected):
    assert "agree" in repr(check_close(got, expected))


@pytest.mark.parametrize(
    ("got", "expected", "words"),
    [
        (changed(A, (1, 2), np.inf), A, r"\[1, 2\].*got inf"),
        (changed(A, (1, 2), -np.inf), A, "log of 0"),
        (changed(A, 3, np.nan), A, "0/0"),
        (A.T, A, "transposed"),
        (SQUARE.T, SQUARE, "transpose"),
        (-A, A, "sign is wrong"),
        (A / 4, A, "1/4 of"),
        (A + 3, A, "same constant, 3"),
        (np.trunc(3 * A), 3 * A, "digits after the point are cut off"),
        (np.array([0, 2]), np.array([0.5, 2.0]), "digits after the point are cut off"),
        (np.sum(A), A, "the sum of all that is expected. Say along which axis"),
        (np.median(A), A, "one number where each place needs its own"),
        (5 / 6 * A[0, 0], A[0, 0], "5/6 of what it should be"),
        (np.sum(A) + 1j, A, "one number where each place needs its own"),
        (0.275, 0.225, "22 % too large"),
        (softmax(A.T).T, P, "the columns sum to 1"),
        (np.log(softmax(A.T).T), np.log(P), "wrong axis"),
        (P, np.log(P), "logarithm is missing"),
        (np.log(P + 1e-6), np.log(P), "epsilon"),
        ((A.astype(np.float32) + np.float32(100)) - np.float32(100), A, "one of float32's"),
        ((np.exp(A + 1e-6) - np.exp(A)) / 1e-6, np.exp(A), "one side"),
        (A.sum(axis=1), A, "axis 1"),
        (A[..., None], A, "keepdims"),
        (np.add.outer(A[0], A[0]), A[0], "all pairs"),
        (changed(A, 2, 9.0), A, "all is right but row 2"),
        (changed(A, (2, 3), 9.0), A, r"all is right but entry \[2, 3\]"),
        (changed(A[0], 3, 9.0), A[0], "all is right but entry 3"),
        (A * (1 + 1e-6), A, r"nearly right, to about 6 digits(.|\n)*float32"),
        (A[:3] / 3, A[:3], r"1/3 of(.|\n)*3 is also a length"),
        (A + A[0], A, "each column is off by a constant"),
        (A[:, :1], A, "axis 1 has length 1"),
        (A[::-1], A, "in other places"),
        (0 * A, A, "all zeros"),
        (None, A, "doesn.t end with a return statement"),
        ((1.0, {"weight": A}), 1.0, "more is returned than was asked for"),
        (A[:1], 3.0, "an array where one number belongs"),
        (A.ravel(), A, "the right numbers, in an array of"),
        (np.array([[-2.0, 1.0, 3.0]]), np.array([[0.0, 1.0, 3.0]]), r"all is right but entry \[0, 0\]"),
        (np.array([0.0, 1.0]), np.array([3e-8, 1.0]), "what is small has become 0: it is rounded, cut off"),
        ("x", 1.0, "must be numbers"),
        ((A,), A, r"a tuple of 1 array, where an array of shape(.|\n)*A comma in what"),
        (np.array([[3.0]]), 3.0, r"one number, with axes of length 1(.|\n)*keepdims"),
        ((A[1], A[0], A[2]), (A[0], A[1], A[2]), "in another order: number 2, 1, 3 where"),
        (A, (A, A), "tuple of 2"),
        ((A,), (A, A), "2 values are expected"),
        ((A, -A), (A, A), "Value number 2"),
        (2.0, 3.0, "expected 3, got 2"),
        (A + 1j, A, "complex"),
    ],
)
def test_what_differs_is_said_in_words(got, expected, words):
    with pytest.raises(ValueMismatch, match=words) as caught:
        check_close(got, expected)
    assert len(str(caught.value).split("\n")) <= 12


def test_two_numbers_that_differ_are_shown_so_that_they_differ():
    with pytest.raises(ValueMismatch, match=r"expected 1\.2345678, got 1\.2345679 "):
        check_close(1.2345679, 1.2345678, rtol=1e-9)


def test_an_axis_of_length_one_is_not_blamed():
    with pytest.raises(ValueMismatch) as caught:
        check_close(np.array([[1.0, 5.0, 2.0]]), np.array([[1.5, 2.0, 3.0]]))
    assert "looks like" not in str(caught.value)


def test_one_number_that_is_near_by_chance_is_not_called_an_approximation():
    with pytest.raises(ValueMismatch) as caught:
        check_close(501.417, 501.040)
    assert "looks like" not in str(caught.value)


def test_nothing_is_read_into_a_single_whole_number():
    with pytest.raises(ValueMismatch) as caught:
        check_close(1, 0)
    assert "looks like" not in str(caught.value)


def test_tolerances_can_be_set():
    check_close(1.001, 1.0, rtol=0.01)
    with pytest.raises(ValueMismatch):
        check_close(1.001, 1.0)


START = np.array([[0.5, -1.5], [2.0, 1.0]])
MOVE = np.array([[0.3, -0.2], [0.1, 0.7]])


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (START, "nothing moved"),
        (START - MOVE, "the wrong way"),
        (START + 3 * MOVE, "3 times as far"),
        (START - 3 * MOVE, "3 times as far as it should, and the wrong way"),
        (MOVE, "the change alone"),
        (START + MOVE * [[1, 0], [1, 1]], "1 of 4 entries didn't move"),
        (START + MOVE * [[1, -1], [1, 1]], "1 of 4 the wrong way"),
        (START + MOVE**2, r"expected .*, got .*, from"),
    ],
)
def test_with_a_start_what_moved_is_compared(got, words):
    with pytest.raises(ValueMismatch) as caught:
        check_close(got, START + MOVE, start=START)
    assert re.search(words, str(caught.value).replace("\n    ", " "))
    assert "constant" not in str(caught.value)
    check_close(START + MOVE, START + MOVE, start=START)


def test_the_starts_of_several_values_are_told_apart():
    with pytest.raises(ValueMismatch, match=r"number 2(.|\n)*wrong way"):
        check_close((START + MOVE, START - MOVE), (START + MOVE, START + MOVE), start=(START, START))


def test_one_tiny_entry_that_is_lost_is_no_constant_everywhere() -> None:
    with pytest.raises(ValueMismatch) as caught:
        check_close([0.0, 21.0], [np.exp(-40.0), 21.0], rtol=1e-12, atol=0)
    assert "constant" not in str(caught.value)


@pytest.mark.parametrize("c", [2, 0.5, 4, 0.25])
@pytest.mark.parametrize("shape", [(2, 4), (4, 2), (2,), (4,)])
def test_a_two_or_four_is_not_taken_for_a_length(c, shape):
    expected = np.random.default_rng(3).normal(size=shape)
    with pytest.raises(ValueMismatch) as caught:
        check_close(c * expected, expected)
    assert "length" not in str(caught.value)


@pytest.mark.parametrize(
    ("got", "expected"), [(0.0625, 0.25), (4.0, 16.0), (np.e, 1.0), (0.0, 1.0), (2.5, 0.5)]
)
def test_no_function_is_read_into_one_plain_number(got, expected):
    with pytest.raises(ValueMismatch) as caught:
        check_close(got, expected)
    for word in ("squared", "root", "logarithm", "entry", "constant"):
        assert word not in str(caught.value)


def test_a_failure_calls_the_value_by_the_name_that_the_check_gave() -> None:
    with pytest.raises(ValueMismatch, match=r"^first\.bias after step 2 is wrong, in 20 of 20 entries"):
        check_close(2 * A, A, name="first.bias after step 2")
    with pytest.raises(ValueMismatch, match=r"^The pair, value number 2 has the wrong shape"):
        check_close((A, A[0]), (A, A), name="The pair")


def test_a_move_to_nan_is_not_blamed_on_an_exponential() -> None:
    with pytest.raises(ValueMismatch, match="it became NaN or infinite"):
        check_close(A * np.nan, A + 1, start=A)


def test_an_object_in_the_place_of_its_array_is_said_to_be_one() -> None:
    with pytest.raises(ValueMismatch, match="where the array that it holds is meant"):
        check_close(object(), A)


def test_no_line_is_longer_than_nbgrader_validate_shows() -> None:
    with pytest.raises(ValueMismatch) as caught:
        check_close(A * 3, A, name=f"The value that came out of {'a very ' * 20}long chain of modules")
    assert max(map(len, str(caught.value).split("\n"))) <= 90 - 3 - 4  # its width, its dots, its indentation


KINDS = ["?", "u1", "i2", "i8", "u8", "f4", "f8"]
pairs = hnp.array_shapes(min_dims=0, max_dims=2, min_side=0).flatmap(
    lambda shape: st.tuples(
        *(hnp.arrays(st.sampled_from(KINDS).map(np.dtype), shape) for _ in range(2)), st.booleans()
    )
)


@given(pairs)
def test_numbers_of_any_kind_agree_where_numpy_says_that_they_are_close(drawn) -> None:
    got, expected, same = drawn
    got = expected.copy() if same else got
    with np.errstate(all="ignore"):
        close = bool(np.isclose(got, expected, rtol=1e-7, atol=1e-9, equal_nan=True).all())
    try:
        check_close(got, expected, rtol=1e-7, atol=1e-9)
        agreed = True
    except ValueMismatch:
        agreed = False
    assert agreed == close


numbers = st.floats(allow_nan=False) | st.sampled_from([5e-324, 1e-320, 1e308, -0.0])


@given(numbers, numbers)
@example(123.4567891, 1e-320)
def test_one_number_of_any_size_agrees_or_is_a_mismatch(got, expected):
    with contextlib.suppress(ValueMismatch):
        check_close(got, expected)


@given(st.floats(0.1, 0.9), st.floats(0.1, 0.9))
def test_two_numbers_are_seldom_said_to_be_a_fraction_of_each_other(got, expected):
    with pytest.raises(ValueMismatch) as caught:
        check_close(np.exp(got), np.pi * expected, rtol=0, atol=0)
    assert "right number: of what is there" not in str(caught.value)
