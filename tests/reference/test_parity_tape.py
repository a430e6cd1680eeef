"""The reference tape computes what HIPS autograd computes, for whole programs: values and gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

Array = Any
Find = Callable[[str], Any]
NAMES = ("Tensor", "relu", "exp", "log", "backward", "reduce_sum", "no_tape", "tape")


@pytest.fixture(scope="module")
def ours(mynn: Find) -> dict[str, Any]:
    return {name: mynn(f"autograd.{name}") for name in NAMES}


def perceptron(f: dict[str, Any], x: Any, w: Any, b: Any, v: Any) -> Any:
    return f["log"](f["exp"](f["relu"](x @ w + b) @ v).sum(axis=1)).sum()


def rational(f: dict[str, Any], x: Any, w: Any, b: Any, v: Any) -> Any:
    return (1 / (1 + b**2) - b / 3 + (2 - b) * b**-1.0).sum() + (x - 1).sum(axis=0, keepdims=True).sum()


def softmax(f: dict[str, Any], x: Any, w: Any, b: Any, v: Any) -> Any:
    e = f["exp"](x @ w - 1.0)
    return (e / e.sum(axis=-1, keepdims=True) * np.arange(5.0) * b).sum()


def shared(f: dict[str, Any], x: Any, w: Any, b: Any, v: Any) -> Any:
    h = x
    for _ in range(4):
        h = h + f["relu"](h @ (w @ v)) * 0.1
    return (h * h * h).sum() + (w * w).sum() * 0.001


PROGRAMS = [perceptron, rational, softmax, shared]


def with_all(program: Callable[..., Any], f: dict[str, Any], arrays: Sequence[Any]) -> Any:
    """A program's result, plus a little of every input, so that it depends on all of them."""
    result = program(f, *arrays)
    for array in arrays:
        result = result + 0.1 * array.sum()
    return result


def theirs() -> dict[str, Any]:
    return {"relu": lambda a: anp.maximum(a, 0), "exp": anp.exp, "log": anp.log}


def draw(seed: int) -> list[Array]:
    rng = np.random.default_rng(seed)
    return [
        rng.normal(size=(4, 3)),
        rng.normal(size=(3, 5)),
        rng.uniform(0.5, 2, size=5),
        rng.normal(size=(5, 3)),
    ]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
@settings(max_examples=5)
@given(seed=st.integers(0, 2**32))
def test_a_program_has_the_value_and_the_gradients_that_hips_autograd_finds(
    ours: dict[str, Any], program: Callable[..., Any], seed: int
) -> None:
    arrays = draw(seed)
    tensors = [ours["Tensor"](array) for array in arrays]
    cost = with_all(program, ours, tensors)
    ours["backward"](cost)
    np.testing.assert_allclose(cost.value, with_all(program, theirs(), arrays), rtol=1e-10)
    for k, tensor in enumerate(tensors):
        wanted = autograd.grad(lambda *x: with_all(program, theirs(), x), k)(*arrays)
        np.testing.assert_allclose(tensor.grad, wanted, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("start", [0.3, 1.7, 2.5, 40.0])
def test_loops_and_decisions_that_depend_on_the_data_are_followed(ours: dict[str, Any], start: float) -> None:
    def program(x: Any) -> Any:
        while x < 100:
            x = x * x if x > 2 else x + 1.3
        return x / 3

    x = ours["Tensor"](start)
    result = program(x)
    ours["backward"](result)
    assert x.grad == pytest.approx(autograd.grad(program)(start))


def shapes() -> st.SearchStrategy[Sequence[tuple[int, ...]]]:
    """Two or three shapes that broadcast together."""
    full = st.lists(st.integers(1, 4), min_size=0, max_size=4).map(tuple)

    def cut(shape: tuple[int, ...]) -> st.SearchStrategy[tuple[int, ...]]:
        return st.tuples(st.integers(0, len(shape)), st.lists(st.booleans(), min_size=4, max_size=4)).map(
            lambda drawn: tuple(1 if one else n for n, one in zip(shape[drawn[0] :], drawn[1], strict=False))
        )

    return full.flatmap(lambda shape: st.lists(cut(shape), min_size=2, max_size=3))


@settings(max_examples=60)
@given(drawn=shapes(), seed=st.integers(0, 2**32))
def test_whatever_numpy_broadcasts_is_summed_back(
    ours: dict[str, Any], drawn: Sequence[tuple[int, ...]], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    arrays = [rng.normal(size=shape) for shape in drawn]

    def program(*x: Any) -> Any:
        result = x[0] * x[1]
        for more in x[2:]:
            result = result + more * x[0]
        return (result * result).sum()

    tensors = [ours["Tensor"](array) for array in arrays]
    ours["backward"](program(*tensors))
    for k, tensor in enumerate(tensors):
        wanted = autograd.grad(lambda *x: anp.sum(program(*x)), k)(*arrays)
        assert tensor.grad.shape == tensor.shape
        np.testing.assert_allclose(tensor.grad, wanted, rtol=1e-9, atol=1e-10)


def test_without_a_tape_nothing_is_kept_not_even_after_an_error(ours: dict[str, Any]) -> None:
    x = ours["Tensor"]([1.0, 2.0])
    with ours["no_tape"]():
        assert len(ours["tape"](x * x + 1.0)) == 1
    with pytest.raises(ZeroDivisionError), ours["no_tape"]():
        raise ZeroDivisionError
    assert len(ours["tape"](x * x)) == 2


def test_a_rule_that_sends_too_little_is_told_where(ours: dict[str, Any]) -> None:
    x = ours["Tensor"]([1.0, 2.0])
    wrong = ours["Tensor"](3.0, "mysum", [(x, lambda g: g)])
    with pytest.raises(
        ValueError, match=r"the rule of mysum sends the shape \(\) to a tensor of the shape \(2,\)"
    ):
        ours["backward"](wrong)
