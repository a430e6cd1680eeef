"""What the module contract asks of modules and arrays: each breach is one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbook.checks.errors import GradientError, kind_of

Array = NDArray[np.float64]


class ShapeError(GradientError):
    """A gradient that doesn't have the shape of what it is the gradient of.

    Attributes:
        got: the gradient.
        key: whose gradient it should be: an input's position or a parameter's name.
    """

    def __init__(self, message: str, got: Array, key: int | str) -> None:
        super().__init__(message, cause="shape")
        self.got, self.key = got, key


def expect_module(module: Any) -> Any:
    """Expect `forward`, `backward`, `params`, `grads`, and return `params`.

    Raises:
        GradientError: names what is missing.
    """
    for method in ("forward", "backward"):
        if not hasattr(module, method):
            raise GradientError(
                f"check_gradients takes a module with forward and backward; {kind_of(module)} lacks {method}."
            )
    missing = object()
    found = [getattr(module, attribute, missing) for attribute in ("params", "grads")]
    for value, attribute in zip(found, ("params", "grads"), strict=True):
        if value is missing:
            raise GradientError(
                f"{type(module).__name__} has no `{attribute}`: its __init__ must call super().__init__()."
            )
    return found[0]


def is_differentiable(x: Any) -> bool:
    """Say whether an input has a gradient: float arrays do; integers, booleans and other objects don't."""
    return isinstance(x, np.ndarray) and x.dtype == np.float64


def checked_input(x: Any, name: str) -> Any:
    """Return a copy of an array input (a float becomes a 0-d array), or the object itself.

    Raises:
        GradientError: for lists, objects, complex numbers, float32, and numbers that aren't finite.
    """
    if isinstance(x, np.float64 | float):
        x = np.array(x, dtype=np.float64)
    if isinstance(x, list | tuple):
        raise GradientError(f"{name} is {kind_of(x)}: pass an array, np.array(..., dtype=float).")
    if not isinstance(x, np.ndarray):
        return x
    if x.dtype == object:
        raise GradientError(f"{name} is an array of Python objects. Are its rows of different lengths?")
    if x.dtype.kind == "c":
        raise GradientError(f"{name} is complex: derivatives are measured for real numbers only.")
    if x.dtype.kind == "f" and x.dtype != np.float64:
        raise GradientError(f"{name} is {not_double(x.dtype)}: convert it with .astype(float).")
    if x.dtype == np.float64 and not np.isfinite(x).all():
        where = first_entry(~np.isfinite(x))
        raise GradientError(f"{name} contains {x[tuple(where)]} at entry {where}: there is no slope there.")
    return np.array(x, copy=True)


def not_double(dtype: np.dtype[Any]) -> str:
    """Say why a type of floats won't do."""
    if not dtype.isnative and dtype.itemsize == 8:
        return f"{dtype.str!r}, float64 with its bytes the other way round, as some files hold it"
    if dtype.itemsize > 8:
        return f"{dtype.name}, which is finer than float64 and not the same on every machine"
    return f"{dtype.name}, too coarse to measure a derivative"


def checked_outputs(raw: Any, module: str, whole: Sequence[str] = ()) -> list[Array]:
    """Return copies of what `forward` returned, as a list of float64 arrays.

    Args:
        raw: what came back.
        module: the class's name.
        whole: the inputs that aren't floats, each with its type: whole numbers may come from them.

    Raises:
        GradientError: if it isn't one.
    """
    parts = list(raw) if isinstance(raw, tuple | list) else [raw]
    outputs = []
    for k, part in enumerate(parts):
        what = f"{module}.forward" if len(parts) == 1 else f"{module}.forward, output {k + 1},"
        if part is None:
            raise GradientError(f"{module}.forward returned None. Does it end with a return statement?")
        if isinstance(part, float):
            part = np.float64(part)
        if not isinstance(part, np.ndarray | np.generic) or part.dtype != np.float64:
            made_of = isinstance(part, np.ndarray | np.generic | int) and np.asarray(part).dtype.kind in "iub"
            advice = f"\n{listed(whole)}: pass floats, x.astype(float)." if whole and made_of else ""
            raise GradientError(
                f"{what} must return an array of float64, it returned {kind_of(part)}.{advice}",
                cause="dtype",
            )
        outputs.append(np.array(part, copy=True))
    return outputs


def checked_gradient(value: Any, where: str, key: int | str, like: Array) -> Array:
    """Return a copy of a gradient that has the shape and type of `like`.

    Raises:
        GradientError: if it hasn't; a ShapeError if the shape alone is wrong.
    """
    if isinstance(value, float) and like.ndim == 0:
        value = np.float64(value)
    if not isinstance(value, np.ndarray | np.generic):
        raise GradientError(f"{where} must be an array of shape {like.shape}, it is {kind_of(value)}.")
    if value.dtype == object or value.dtype.kind not in "fiub":
        raise GradientError(f"{where} must be of type float64, it is {value.dtype}.")
    if value.shape != like.shape:
        raise ShapeError(
            f"{where} has the wrong shape: {like.shape} expected, as what it is the gradient of; "
            f"got {value.shape}.",
            np.array(value, dtype=np.float64),
            key,
        )
    if value.dtype != np.float64:
        raise GradientError(f"{where} must be of type float64, it is {value.dtype}.", cause="dtype")
    return np.array(value, copy=True)


def checked_returns(raw: Any, module: str, shapes: Sequence[tuple[int, ...]], inputs: int) -> list[Any]:
    """Return what `backward` returned, one item for each differentiable input.

    Args:
        raw: what came back: an array, or a tuple. A tuple may also have one item for every input.
        module: the class's name.
        shapes: of the differentiable inputs.
        inputs: how many inputs there are in all.

    Raises:
        GradientError: if there are too few or too many.
    """
    if not shapes:
        return []
    wanted = f"{plural(len(shapes), 'gradient')} of shape {' and '.join(map(str, shapes))}"
    if raw is None:
        raise GradientError(
            f"{module}.backward returned None. It must return dC/dinput: {wanted}.", cause="returns"
        )
    parts = list(raw) if isinstance(raw, tuple | list) else [raw]
    if len(parts) not in (len(shapes), inputs):
        raise GradientError(
            f"{module}.backward returned {plural(len(parts), 'gradient')} for {plural(len(shapes), 'input')}."
            f" It must return {wanted}" + (", as a tuple." if len(shapes) > 1 else "."),
            cause="returns",
        )
    return parts


def first_entry(mask: NDArray[np.bool_]) -> list[int]:
    """Return the index of the first True."""
    return [int(n) for n in np.argwhere(mask)[0]]


def plural(n: int, noun: str) -> str:
    """Return for example "1 gradient" or "2 gradients"."""
    return f"{n} {noun}" + ("" if n == 1 else "s")


def listed(names: Iterable[str]) -> str:
    """Return names as "a, b and c"."""
    items = list(names)
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items) or "none"
