"""The module under test, reached through the module contract only: calls, `params`, `grads`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbook.checks.errors import GradientError, kind_of

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Slot:
    """One array that has a gradient: a float input or a parameter.

    Attributes:
        key: position of the input, or name of the parameter.
        base: its value, a private copy.
        label: how messages call it, for example "input 1" or "weight".
        where: where its gradient is found, for example "what backward returned" or 'grads["weight"]'.
    """

    key: int | str
    base: Array
    label: str
    where: str


class Subject:
    """A module at one point: evaluates `forward` near it and `backward` at it, and counts.

    Everything goes through `forward`, `backward`, `zero_grad`, `params` and `grads`, so a handle on an
    object in another process does as well as the object itself.
    """

    def __init__(self, module: Any, inputs: Sequence[Any]) -> None:
        self._make: Callable[[], Any] | None = None
        if isinstance(module, type):
            raise GradientError(f"check_gradients takes a module, not a class: write {module.__name__}(...).")
        if not hasattr(module, "forward") and callable(module):
            self._make, module = module, module()
        self.module = module
        self.name = _class_name(module)
        self.forwards = 0
        for method in ("forward", "backward"):
            if not hasattr(module, method):
                raise GradientError(
                    f"check_gradients takes a module with forward and backward; "
                    f"{kind_of(module)} has no {method}."
                )
        for attribute in ("params", "grads"):
            if not hasattr(module, attribute):
                raise GradientError(
                    f"{self.name} has no `{attribute}`. Its __init__ has to call super().__init__() first."
                )
        self.inputs = [_checked_input(i, x, len(inputs)) for i, x in enumerate(inputs)]
        self._twins = {i: _first_index(inputs, x) for i, x in enumerate(inputs)}
        names = self._names()
        self.params = {name: self._read_param(name) for name in names}
        self.slots = [*self._input_slots(), *self._param_slots()]
        self._written: dict[str, Array] = dict(self.params)
        self._by_item: set[str] = set()

    def _names(self) -> list[str]:
        try:
            return [str(name) for name in self.module.params]
        except TypeError:
            raise GradientError(
                f"{self.name}.params must be a dict, it is {kind_of(self.module.params)}."
            ) from None

    def _read_param(self, name: str) -> Array:
        value = self.module.params[name]
        if not isinstance(value, np.ndarray) or value.dtype != np.float64:
            raise GradientError(
                f'{self.name}: params["{name}"] must be an array of float64, it is {kind_of(value)}.'
            )
        return np.array(value, copy=True)

    def _input_slots(self) -> list[Slot]:
        floats = [i for i, x in enumerate(self.inputs) if _is_float(x)]
        alone = len(floats) == 1
        return [
            Slot(
                i,
                self.inputs[i],
                "the input" if alone else f"input {i + 1}",
                "what backward returned" if alone else f"number {k + 1} of what backward returned",
            )
            for k, i in enumerate(floats)
        ]

    def _param_slots(self) -> list[Slot]:
        return [Slot(name, value, name, f'grads["{name}"]') for name, value in self.params.items()]

    def forward(self, point: Mapping[int | str, Array] | None = None) -> list[Array]:
        """Run `forward` at the base point, with some inputs or parameters replaced; return checked copies."""
        return self.forward_with(self.arguments(point), point)[0]

    def arguments(self, point: Mapping[int | str, Array] | None = None) -> list[Any]:
        """Return fresh copies of the inputs; an array that was passed twice stays one array."""
        fresh: list[Any] = []
        for i, x in enumerate(self.inputs):
            moved = point is not None and i in point
            twin = self._twins[i]
            if not moved and twin < i and (point is None or twin not in point):
                fresh.append(fresh[twin])
            else:
                value = point[i] if point is not None and i in point else x
                fresh.append(np.array(value, copy=True) if isinstance(value, np.ndarray) else value)
        return fresh

    def forward_with(
        self, arguments: list[Any], point: Mapping[int | str, Array] | None = None
    ) -> tuple[list[Array], Any]:
        """Run `forward` on these very arguments; return checked copies of the outputs, and what came back."""
        if self._make is not None and self.forwards:
            self.module, self._written = self._make(), {}
        for name, base in self.params.items():
            self._write_param(name, point[name] if point is not None and name in point else base)
        self.forwards += 1
        raw = self.module.forward(*arguments)
        return self._outputs(raw), raw

    def _outputs(self, raw: Any) -> list[Array]:
        parts = list(raw) if isinstance(raw, tuple | list) else [raw]
        outputs = []
        for k, part in enumerate(parts):
            what = "forward" if len(parts) == 1 else f"forward's output {k + 1}"
            if part is None:
                raise GradientError(
                    f"{self.name}.forward returned None. Does it end with a return statement?"
                )
            if isinstance(part, int | float) and not isinstance(part, bool):
                part = np.float64(part)
            if not isinstance(part, np.ndarray | np.generic) or part.dtype != np.float64:
                raise GradientError(
                    f"{self.name}: {what} must be an array of float64, it is {_kind_of_output(part)}."
                )
            outputs.append(np.array(part, copy=True))
        return outputs

    def _write_param(self, name: str, value: Array) -> None:
        if self._written.get(name) is value:
            return
        self._written[name] = value
        if name not in self._by_item:
            target = self.module.params[name]
            target[...] = value
            if np.array_equal(self.module.params[name], value, equal_nan=True):
                return
            self._by_item.add(name)  # reading gave a copy, as a handle's does: assign the item instead
        self.module.params[name] = np.array(value, copy=True)

    def restore(self) -> None:
        """Give every parameter its value from before the check."""
        for name, base in self.params.items():
            self._write_param(name, base)

    def read_grads(self) -> dict[str, Array]:
        """Read `grads` into checked copies, keyed as `params`."""
        grads = self.module.grads
        names = set(map(str, grads))
        if names != set(self.params):
            raise GradientError(
                f"{self.name}: params and grads must have the same keys; params has {_listed(self.params)}, "
                f"grads has {_listed(names)}."
            )
        return {
            name: self._checked(grads[name], f'grads["{name}"]', base) for name, base in self.params.items()
        }

    def raw_backward(self, upstream: Sequence[Array] | None) -> Any:
        """Run `backward` on these very arrays (None: a loss, whose `backward` takes no argument)."""
        return self.module.backward() if upstream is None else self.module.backward(*upstream)

    def returned(self, raw: Any) -> list[Array]:
        """Check what `backward` returned: one gradient for each float input, of its shape."""
        wanted = [s for s in self.slots if isinstance(s.key, int)]
        parts = list(raw) if isinstance(raw, tuple | list) else [raw]
        if not wanted:
            return []
        if raw is None:
            raise GradientError(
                f"{self.name}.backward returned None. It must return dC/dinput, "
                f"{_plural(len(wanted), 'gradient')} of shape {', '.join(str(s.base.shape) for s in wanted)}."
            )
        if len(parts) == len(self.inputs) != len(wanted):
            parts = [parts[s.key] for s in wanted if isinstance(s.key, int)]
        if len(parts) != len(wanted):
            raise GradientError(
                f"{self.name}.backward returned {_plural(len(parts), 'gradient')} for "
                f"{_plural(len(wanted), 'input')}: it must return one for each, as a tuple."
            )
        return [self._checked(part, slot.where, slot.base) for part, slot in zip(parts, wanted, strict=True)]

    def _checked(self, value: Any, where: str, like: Array) -> Array:
        if isinstance(value, float) and like.ndim == 0:
            value = np.float64(value)
        if not isinstance(value, np.ndarray | np.generic):
            raise GradientError(
                f"{self.name}: {where} must be an array of shape {like.shape}, it is {kind_of(value)}."
            )
        if value.shape != like.shape:
            raise ShapeError(f"{self.name}: {where}", np.asarray(value), like)
        if value.dtype != np.float64:
            raise GradientError(f"{self.name}: {where} must be of type float64, it is {value.dtype}.")
        return np.array(value, copy=True)


class ShapeError(GradientError):
    """A gradient that doesn't have the shape of what it is the gradient of."""

    def __init__(self, where: str, got: NDArray[Any], like: Array) -> None:
        super().__init__(
            f"{where} has the wrong shape.\nexpected {like.shape}, the shape of what it is the gradient of\n"
            f"got      {got.shape}",
            cause="shape",
        )
        self.got, self.like, self.where = got, like, where


def _class_name(module: Any) -> str:
    return type(module).__name__


def _is_float(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype == np.float64


def _first_index(items: Sequence[Any], item: Any) -> int:
    return next(i for i, other in enumerate(items) if other is item)


def _checked_input(i: int, x: Any, count: int) -> Any:
    name = "the input" if count == 1 else f"input {i + 1}"
    if isinstance(x, np.float64 | float):
        x = np.array(x, dtype=np.float64)
    if isinstance(x, list | tuple):
        raise GradientError(f"{name} is {kind_of(x)}: pass an array, np.array(..., dtype=float).")
    if isinstance(x, np.ndarray):
        if x.dtype == object:
            raise GradientError(f"{name} is an array of Python objects (are its rows of different length?).")
        if x.dtype.kind == "c":
            raise GradientError(f"{name} is complex: derivatives are measured for real numbers only.")
        if x.dtype.kind == "f" and x.dtype != np.float64:
            raise GradientError(
                f"{name} is {x.dtype}, too coarse to measure a derivative: convert it with .astype(float)."
            )
        if x.dtype == np.float64 and not np.isfinite(x).all():
            where = tuple(int(n) for n in np.argwhere(~np.isfinite(x))[0])
            raise GradientError(f"{name} contains {x[where]} at {list(where)}: no derivative exists there.")
        return np.array(x, copy=True)
    return x


def _kind_of_output(part: Any) -> str:
    return f"of type {part.dtype}" if isinstance(part, np.ndarray | np.generic) else kind_of(part)


def _listed(names: Any) -> str:
    return ", ".join(sorted(names)) or "none"


def _plural(n: int, noun: str) -> str:
    return f"{n} {noun}" + ("" if n == 1 else "s")
