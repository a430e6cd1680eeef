"""The module under test, reached through the module contract only: calls, `params`, `grads`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from workbook.ask import ask_each
from workbook.checks import contract
from workbook.checks.contract import Array
from workbook.checks.errors import GradientError, kind_of

Key = int | str
Point = Mapping[Key, Array]
HERE: Point = {}


@dataclass(frozen=True)
class Slot:
    """One array that has a gradient: a float input or a parameter.

    Attributes:
        key: position of the input, or name of the parameter.
        base: its value, a private copy.
        label: how messages call it, for example "input 1" or "weight".
        where: where its gradient is found, for example 'grads["weight"]'.
    """

    key: Key
    base: Array
    label: str
    where: str

    @property
    def size(self) -> float:
        """The length over which it makes sense to move the entries: their root mean square, at most 1."""
        rms = float(np.sqrt(np.mean(self.base**2))) if self.base.size else 0.0
        return min(1.0, rms) or 1.0


class TakesNothing(Exception):  # noqa: N818  (what backward does, not what went wrong)
    """A `backward` without arguments, as a loss has it, was given an upstream gradient."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def explained(self, outputs: Sequence[Array]) -> GradientError:
        """Say what doesn't go together."""
        returned = contract.listed(f"an array of shape {y.shape}" for y in outputs)
        return GradientError(
            f"{self.name}.backward takes no gradient, as a loss's does: forward must return one number.\n"
            f"It returned {returned}. Does its sum or mean run over all axes?\n"
            "(A module that is no loss: def backward(self, "
            f"{'grad_output' if len(outputs) == 1 else '*grad_outputs'}).)",
            cause="loss-shape",
        )


class Subject:
    """A module at one point: evaluates `forward` near it and `backward` at it, and counts.

    Everything goes through `forward`, `backward`, `zero_grad`, `params` and `grads`, so a handle on an
    object in another process does as well as the object itself.

    Attributes:
        module: the module; if a function that makes modules was given, the one made last.
        name: its class's name.
        slots: the arrays that have a gradient.
        forwards: how many times `forward` has run.
        given: what `check_gradients` was given: the module, or the function that makes it.
        inputs: private copies of the inputs.
        first: for each input the position of the first one that is the same object.
        params: private copies of the parameters.
    """

    def __init__(self, module: Any, inputs: Sequence[Any]) -> None:
        if isinstance(module, type):
            raise GradientError(
                f"check_gradients takes a module, not a class: write {module.__name__}(...), with brackets."
            )
        self.given = module
        self._make: Callable[[], Any] | None = None
        if not hasattr(module, "forward") and callable(module):
            self._make, module = module, _made_by(module)
        self._read = contract.expect_module(module)
        self.module, self.name, self.forwards = module, type(module).__name__, 0
        names = [_input_name(i, len(inputs)) for i in range(len(inputs))]
        self.inputs = [contract.checked_input(x, name) for x, name in zip(inputs, names, strict=True)]
        self.first = [next(i for i, other in enumerate(inputs) if other is x) for x in inputs]
        self.params = self._read_params()
        self.slots = [*self._input_slots(), *self._param_slots()]
        self._written = dict(self.params)
        self._in_place: dict[str, bool] = {}
        self._dict: Any = None  # module.params, once its arrays are known to stay

    def move(self, params: Mapping[str, Array]) -> None:
        """Make other values of the parameters the base point."""
        self.params = dict(params)
        self.take_over()
        self.slots = [*self._input_slots(), *self._param_slots()]

    def _input_slots(self) -> list[Slot]:
        floats = [i for i, x in enumerate(self.inputs) if contract.is_differentiable(x)]
        where = [
            f"{self.name}.backward's return value" + (f" {k + 1}" if len(floats) > 1 else "")
            for k in range(len(floats))
        ]
        labels = [_input_name(i, len(floats)) for i in floats]
        return [Slot(i, self.inputs[i], name, at) for i, name, at in zip(floats, labels, where, strict=True)]

    def _param_slots(self) -> list[Slot]:
        return [
            Slot(name, value, name, f'{self.name}.grads["{name}"]') for name, value in self.params.items()
        ]

    def _read_params(self) -> dict[str, Array]:
        params = self._read
        if isinstance(params, list | tuple | np.ndarray) or not hasattr(params, "keys"):
            raise GradientError(f"{self.name}.params must be a dict, it is {kind_of(params)}.")
        found = {}
        for name in map(str, params.keys()):
            value = params[name]
            if not isinstance(value, np.ndarray) or value.dtype != np.float64:
                raise GradientError(
                    f'{self.name}.params["{name}"] must be an array of float64, it is {kind_of(value)}.'
                )
            found[name] = np.array(value, copy=True)
        return found

    @property
    def made_anew(self) -> bool:
        """Whether each forward is another module's."""
        return self._make is not None

    def unchecked(self) -> list[str]:
        """Return the inputs that are numbers or arrays and have no gradient, each with its type."""
        found = []
        for i, x in enumerate(self.inputs):
            kind = x.dtype if isinstance(x, np.ndarray | np.generic) else type(x).__name__
            if isinstance(x, np.ndarray | np.generic | int) and not contract.is_differentiable(x):
                found.append(f"{_input_name(i, len(self.inputs))} ({kind})")
        return found

    def arguments(self, point: Point = HERE) -> list[Any]:
        """Return fresh copies of the inputs, some replaced; an array passed twice stays one array."""
        fresh: list[Any] = []
        for i, x in enumerate(self.inputs):
            twin = self.first[i]
            if twin < i and i not in point and twin not in point:
                fresh.append(fresh[twin])
            else:
                value = point.get(i, x)
                fresh.append(np.array(value, copy=True) if isinstance(value, np.ndarray) else value)
        return fresh

    def forward(self, arguments: list[Any], point: Point = HERE) -> Any:
        """Run `forward` on these very arguments, with some parameters replaced."""
        if self._make is not None and self.forwards:
            self.module, self._dict = self._make(), None
            self._written = {}
        self._write(point)
        self.forwards += 1
        return self.module.forward(*arguments)

    def reordered(self) -> Point:
        """Return the inputs' own numbers in another order: other inputs, for which a logarithm is as good."""
        return {slot.key: slot.base.ravel()[::-1].reshape(slot.base.shape) for slot in self._input_slots()}

    def start_elsewhere(self) -> None:
        """Run `forward` once on other numbers, whatever comes of it: what it keeps then must not count."""
        if not self.made_anew:
            self.forwards += 1
            with suppress(Exception), np.errstate(all="ignore"):
                self.module.forward(*self.arguments(self.reordered()))

    def outputs(self, point: Point = HERE) -> list[Array]:
        """Return checked copies of the outputs at a point."""
        return self.checked(self.forward(self.arguments(point), point))

    def checked(self, raw: Any) -> list[Array]:
        """Return checked copies of what `forward` returned."""
        return contract.checked_outputs(raw, self.name, self.unchecked())

    def flat(self, points: Sequence[Point]) -> list[Array]:
        """Return all outputs at each of several points, as one flat array.

        A handle's are asked for in one message where only inputs move. If two of them are alike, forward may
        have written its answers into the same memory: then each is copied before the next call.
        """
        at_once = hasattr(type(self.module), "__ask_each__") and not self.made_anew
        if at_once and not any(isinstance(key, str) for point in points for key in point):
            self._write(HERE)
            raw = ask_each(self.module, [self.arguments(point) for point in points], "forward")
            answers = [self.checked(each) for each in raw]
            if not any(_alike(one, other) for one, other in combinations(answers, 2)):
                self.forwards += len(points)
                return [flatten(answer) for answer in answers]
        return [flatten(self.outputs(point)) for point in points]

    def backward(self, upstream: Sequence[Array] | None) -> Any:
        """Run `backward` on these very arrays (None: a loss, whose `backward` takes no argument).

        Raises:
            GradientError: if it takes another number of gradients.
            TakesNothing: if it takes none.
        """
        if upstream is None:
            return self.module.backward()
        try:
            return self.module.backward(*upstream)
        except TypeError as error:
            trace = error.__traceback__
            called_here = trace is not None and trace.tb_next is None  # not in a backward further in
            start = "" if called_here else f"{self.name}."
            if not re.search(rf"{re.escape(start)}backward\(\) takes", str(error)):
                raise
            if str(error).endswith(f"takes 1 positional argument but {len(upstream) + 1} were given"):
                raise TakesNothing(self.name) from None
            count = len(upstream)
            raise GradientError(
                f"{self.name}.forward returns {contract.plural(count, 'output')}, so backward gets "
                f"{contract.plural(count, 'gradient')}, one for each: "
                f"def backward(self, {'grad_output' if count == 1 else '*grad_outputs'})."
            ) from None

    def returned(self, returned: Any) -> dict[Key, Array]:
        """Return checked copies of the gradients that `backward` returned, by the inputs' positions."""
        wanted = [slot for slot in self.slots if not isinstance(slot.key, str)]
        shapes = [slot.base.shape for slot in wanted]
        parts = contract.checked_returns(returned, self.name, shapes, len(self.inputs))
        if len(parts) > len(wanted):
            parts = [parts[i] for i in range(len(parts)) if any(slot.key == i for slot in wanted)]
        return {
            slot.key: contract.checked_gradient(part, slot.where, slot.key, slot.base)
            for part, slot in zip(parts, wanted, strict=True)
        }

    def gradients(self, returned: Any) -> dict[Key, Array]:
        """Return checked copies of every gradient: what `backward` returned, and `grads`."""
        found = self.returned(returned)
        grads = self.module.grads
        if not hasattr(grads, "keys"):
            raise GradientError(f"{self.name}.grads must be a dict, it is {kind_of(grads)}.")
        names = sorted(map(str, grads.keys()))
        if names != sorted(self.params):
            raise GradientError(
                f"{self.name}: params and grads must have the same keys. params has "
                f"{contract.listed(sorted(self.params))}, grads has {contract.listed(names)}."
            )
        for slot in self.slots[len(found) :]:
            found[slot.key] = contract.checked_gradient(grads[slot.key], slot.where, slot.key, slot.base)
        return found

    def gradients_for(self, upstream: Sequence[Array] | None) -> dict[Key, Array]:
        """Return every gradient of one `backward` alone; `forward` must have run at the base point last."""
        self.module.zero_grad()
        return self.gradients(self.backward(None if upstream is None else [g.copy() for g in upstream]))

    def owns(self, array: Array) -> bool:
        """Say whether an array shares memory with a parameter."""
        return any(np.shares_memory(array, self._read[name]) for name in self.params)

    def changed_param(self) -> str | None:
        """Return the name of a parameter that no longer has its base value, if there is one.

        It is asked after `forward` and `backward`: if the arrays are still those that were there before, the
        dict that holds them is kept (a container makes another dict of the same arrays each time).
        """
        params = self.module.params if self.params else {}
        self._dict = params if all(params[name] is self._read[name] for name in self.params) else None
        for name, base in self.params.items():
            if not np.array_equal(params[name], base):
                return name
        return None

    def _write(self, point: Point) -> None:
        """Set the parameters that have another value now: in place, or, where reading gives a copy, as items.

        The dict is read as seldom as can be: to read it from a handle takes as long as to run `forward`.
        """
        wanted = {name: point.get(name, base) for name, base in self.params.items()}
        changed = {name: value for name, value in wanted.items() if self._written.get(name) is not value}
        if not changed:
            return
        params = self.module.params if self._dict is None else self._dict
        for name, value in changed.items():
            self._written[name] = value
            if self._in_place.get(name, True):
                params[name][...] = value
        new = changed.keys() - self._in_place.keys()
        now = self.module.params if new else {}
        self._in_place.update({name: bool(np.array_equal(now[name], changed[name])) for name in new})
        for name, value in changed.items():
            if not self._in_place[name]:
                params[name] = value.copy()

    def take_over(self) -> None:
        """Write every parameter anew next time: another subject may have moved them since."""
        self._written = {}

    def restore(self) -> None:
        """Give every parameter the value it had before the check."""
        self.take_over()
        self._write(HERE)


def flatten(arrays: Sequence[Array]) -> Array:
    """Return all entries of several arrays as one flat array."""
    return np.concatenate([a.ravel() for a in arrays]) if arrays else np.empty(0)


def _alike(one: Sequence[Array], other: Sequence[Array]) -> bool:
    """Say whether two answers have an output in common: they may lie in the same memory."""
    return any(np.array_equal(a, b) for a, b in zip(one, other, strict=False))


def _made_by(function: Callable[[], Any]) -> Any:
    """Return the module that a function makes."""
    try:
        return function()
    except TypeError as error:
        trace = error.__traceback__
        if trace is None or trace.tb_next is not None:  # it was raised inside the function
            raise
        name = getattr(function, "__name__", type(function).__name__)
        raise GradientError(
            "check_gradients takes a module, or a function without arguments that makes one; "
            f"{name} is neither: it needs arguments."
        ) from None


def _input_name(i: int, count: int) -> str:
    return "the input" if count == 1 else f"input {i + 1}"
