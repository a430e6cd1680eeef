"""A watched function computes and warns just as NumPy's own does where floats have flags, as here."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from workbook import overflow

FLOATS = st.floats() | st.floats(-2, 2) | st.sampled_from([0.0, -0.0, -1.0, 1000.0, -1000.0, np.inf, np.nan])
ARRAYS = arrays(np.float64, array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=4), elements=FLOATS)


def watched() -> Any:
    module = SimpleNamespace(**{name: getattr(np, name) for name in overflow.WATCHED})
    overflow.watch(module)
    return module


def told(function: Any, x: Any, **options: Any) -> tuple[Any, set[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = function(x, **options)
    return result, {str(each.message) for each in caught}


@given(name=st.sampled_from(overflow.WATCHED), x=ARRAYS)
@example(name="exp", x=np.array([1000.0, -1000.0]))
@example(name="log", x=np.array([0.0, -1.0]))
def test_it_computes_and_warns_as_numpy(name: str, x: Any) -> None:
    ours, said = told(getattr(watched(), name), x)
    expected, numpys = told(getattr(np, name), x)
    np.testing.assert_array_equal(ours, expected)
    assert type(ours) is type(expected)
    assert said == numpys


@given(x=ARRAYS)
def test_what_is_left_out_warns_of_nothing(x: Any) -> None:
    result = np.zeros(x.shape)
    _, said = told(watched().exp, x, out=result, where=x < 700)
    assert said == set()


def test_errstate_and_filters_are_kept_to() -> None:
    exp, log = watched().exp, watched().log
    with np.errstate(over="raise"), pytest.raises(FloatingPointError, match="overflow encountered in exp"):
        exp(1000)
    with np.errstate(divide="ignore"):
        assert told(log, 0.0)[1] == set()
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "divide by zero")
        with pytest.raises(RuntimeWarning, match="divide by zero encountered in log"):
            log(np.array([1.0, 0.0]))


def test_it_is_numpys_function_to_whoever_asks() -> None:
    module = watched()
    assert module.exp.nin == 1
    assert repr(module.exp) == repr(np.exp)
    overflow.watch(module)
    assert module.exp(1.0) == np.exp(1.0), "watched once only"
