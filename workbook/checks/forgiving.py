"""Gradient arrays that take down what is added to them, also where the shapes don't fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Forgiving(np.ndarray[Any, np.dtype[np.float64]]):
    """Zeros of a parameter's shape; what doesn't fit is kept beside them instead of raising a ValueError.

    That holds for ``g += x``, ``g = g + x``, ``np.add(g, x, out=g)``, ``np.matmul(a, b, out=g)``,
    ``g[...] += x`` and ``g[:] = x``.

    Attributes:
        strays: what was added or written and doesn't have the shape, in order; shared with every view.
    """

    strays: list[Array]

    def __array_finalize__(self, other: Any) -> None:
        self.strays = getattr(other, "strays", [])

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: tuple[Any, ...] | None = None, **options: Any
    ) -> Any:
        """Compute as ever; what raises for its shape is noted."""
        compute = getattr(ufunc, method)
        into = {} if out is None else {"out": tuple(_plain(o) for o in out)}
        try:
            result = compute(*map(_plain, inputs), **into, **options)
        except ValueError:
            adds = ufunc in (np.add, np.subtract) and any(isinstance(x, Forgiving) for x in inputs)
            if not adds and not _forgiving(out):
                raise
            added = _added(ufunc, inputs) if adds else compute(*map(_plain, inputs), **options)
            return self._note(added, out)
        if out is not None:
            return out[0] if len(out) == 1 else out
        sums = ufunc in (np.add, np.subtract) and isinstance(result, np.ndarray)
        return self._like(result) if sums else result

    def __array_function__(
        self, func: Callable[..., Any], types: Any, args: Iterable[Any], kwargs: Mapping[str, Any]
    ) -> Any:
        """Compute as ever; what raises for the shape of `out` is noted."""
        out, rest = kwargs.get("out"), {key: value for key, value in kwargs.items() if key != "out"}
        given = list(args)
        plain = [_plain(value) for value in given]
        try:
            result = func(*plain, **rest, **({} if out is None else {"out": _plain(out)}))
        except ValueError:
            if func is np.copyto and isinstance(given[0], Forgiving):
                return self._note(given[1], (given[0],))
            if not isinstance(out, Forgiving):
                raise
            return self._note(func(*plain, **rest), (out,))
        return result if out is None else out

    def __setitem__(self, key: Any, value: Any) -> None:
        """Write; what doesn't fit into the whole of it is noted."""
        try:
            super().__setitem__(key, value)
        except ValueError:
            keys = key if isinstance(key, tuple) else (key,)
            if not all(k is Ellipsis or k == slice(None) for k in keys):
                raise
            self._note(value, (self,))

    def _note(self, added: Any, out: tuple[Any, ...] | None) -> Any:
        self.strays.append(np.array(_plain(added), dtype=float))
        return out[0] if out else self

    def _like(self, result: Array) -> Forgiving:
        view = result.view(Forgiving)
        view.strays = self.strays
        return view


def forgiving(shape: tuple[int, ...]) -> Forgiving:
    """Return zeros of that shape that forgive."""
    return np.zeros(shape).view(Forgiving)


def _plain(value: Any) -> Any:
    return value.view(np.ndarray) if isinstance(value, Forgiving) else value


def _forgiving(out: tuple[Any, ...] | None) -> bool:
    return out is not None and len(out) == 1 and isinstance(out[0], Forgiving)


def _added(ufunc: np.ufunc, inputs: Sequence[Any]) -> Any:
    """What a sum or difference of a forgiving array and another adds to it."""
    first, second = inputs
    other = second if isinstance(first, Forgiving) else first
    return np.negative(other) if ufunc is np.subtract and other is second else np.asarray(other)
