"""What a bank is made of: exercises, variants as edits of the solution, and probes that tell them apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Probe = Callable[[Mapping[str, Any], np.random.Generator], dict[str, Any]]
Shows = Literal["gradient", "value", "behaviour"]


class BankError(Exception):
    """A variant doesn't fit the solution any more; the message names both."""


@dataclass(frozen=True)
class Variant:
    """One answer to an exercise: the solution with some text replaced, or a source of its own.

    Attributes:
        name: short and stable, for example "bias-averaged".
        sentence: what a student should read about it (empty for a right answer).
        edits: (old, new) pairs, applied in order to the solution; each old text must occur exactly once.
        source: the whole cell instead, without the export directive.
        shows: where a mistake first shows: in a gradient, in a value, or in behaviour.
        hypothesis: the key of the cause that `check_gradients` should name; empty where there is none to name.
    """

    name: str
    sentence: str = ""
    edits: tuple[tuple[str, str], ...] = ()
    source: str | None = None
    shows: Shows = "gradient"
    hypothesis: str = ""

    def apply(self, solution: str) -> str:
        """Return this variant's cell, given the solution's.

        Raises:
            BankError: if an edit's old text doesn't occur exactly once.
        """
        if self.source is not None:
            return solution.split("\n", 1)[0] + "\n" + self.source.strip("\n")
        cell = solution
        for old, new in self.edits:
            if cell.count(old) != 1:
                raise BankError(
                    f"'{self.name}' edits {old!r}, which occurs {cell.count(old)} times in:\n{cell}"
                )
            cell = cell.replace(old, new)
        return cell


@dataclass(frozen=True)
class Exercise:
    """One exercise: its solution cell's grade_id, a probe, and the answers that are known.

    Attributes:
        cell: grade_id of the solution cell; its test cells' grade_ids start with it.
        probe: runs an implementation (names -> objects) on random inputs and returns labelled plain data.
        wrong: known mistakes, each rejected by the tests and named in feedback.
        right: other ways to be right, each accepted.
    """

    cell: str
    probe: Probe
    wrong: tuple[Variant, ...]
    right: tuple[Variant, ...]


@dataclass(frozen=True)
class Bank:
    """The exercises of one assignment."""

    assignment: str
    exercises: tuple[Exercise, ...]

    def checked_by(self, grade_id: str) -> Exercise | None:
        """Return the exercise that a test cell checks: the one whose grade_id its own starts with."""
        fit = [each for each in self.exercises if f"{grade_id}-".startswith(f"{each.cell}-")]
        return max(fit, key=lambda each: len(each.cell), default=None)


def run_module(
    module: Any, *inputs: Any, rng: np.random.Generator, upstream: bool = True, outputs: int = 1
) -> dict[str, Any]:
    """Probe a module: forward, then backward twice with other upstream gradients, then its gradients.

    Args:
        module: follows the module contract; its parameters are overwritten with random numbers.
        inputs: what `forward` takes.
        rng: draws the upstream gradients, of the outputs' shapes.
        upstream: False for a loss, whose `backward` takes no argument.
        outputs: how many arrays `forward` returns (Duplicate returns a tuple).

    Returns:
        "output", "first", "second" (what the two backward calls returned), "grads", and "inputs changed".
    """
    for name in sorted(module.params):  # the probe's own numbers, however the constructor draws
        module.params[name][...] = rng.normal(size=np.shape(module.params[name]))
    before = [np.array(x, copy=True) for x in inputs]
    result = module.forward(*inputs)
    parts = list(result) if outputs > 1 else [result]

    seen: dict[str, Any] = {"output": [np.array(part, copy=True) for part in parts]}
    for call in ("first", "second"):
        gradients = [rng.normal(size=np.shape(part)) for part in parts] if upstream else []
        kept = [gradient.copy() for gradient in gradients]
        returned = module.backward(*gradients)
        seen[call] = _plain(returned)
        seen[f"{call}: upstream changed"] = [
            not np.array_equal(x, y) for x, y in zip(kept, gradients, strict=True)
        ]
    seen["grads"] = {name: np.array(module.grads[name], copy=True) for name in sorted(module.params)}
    seen["inputs changed"] = [
        not np.array_equal(x, y, equal_nan=True) for x, y in zip(before, inputs, strict=True)
    ]
    return seen


class Weights:
    """Parameters without a network. Gradients come into new arrays at one turn, into the old at the next."""

    student_may_change = ("params", "grads")

    def __init__(self, **arrays: Any) -> None:
        self.params = arrays
        self._own = dict(arrays)  # what a network's layers would hold
        self._turns = 0
        self.zero_grad()

    def zero_grad(self) -> None:
        """Give every parameter a gradient of zeros."""
        self.grads = {name: np.zeros_like(array) for name, array in self._own.items()}

    def turn(self, **gradients: Any) -> None:
        """Give every parameter its next gradient."""
        self._turns += 1
        if self._turns % 2:
            self.zero_grad()
        for name, gradient in gradients.items():
            self.grads[name][...] = gradient

    def values(self) -> dict[str, Any]:
        """Return what the parameters are now."""
        return {name: array.copy() for name, array in self._own.items()}


def probe_optimizer(make: Callable[[Mapping[str, Any], Any], Any]) -> Probe:
    """Return a probe of an optimiser: seven steps, the rate changed on the way; parameters alike, and unlike."""

    def probe(names: Mapping[str, Any], rng: np.random.Generator) -> dict[str, Any]:
        alike = {"first.weight": (2, 3), "last": (2, 3)}
        unlike = {"first.bias": (2,), **alike}
        return {
            "alike": run_optimizer(lambda weights: make(names, weights), alike, rng),
            "unlike": run_optimizer(lambda weights: make(names, weights), unlike, rng),
        }

    return probe


def run_optimizer(
    make: Callable[[Any], Any], shapes: Mapping[str, tuple[int, ...]], rng: np.random.Generator
) -> dict[str, Any]:
    """Return the parameters and gradients after each of seven steps, and at which one the optimiser failed."""
    weights = Weights(**{name: rng.normal(size=shape) for name, shape in shapes.items()})
    for gradient in weights.grads.values():
        gradient[...] = rng.normal(size=gradient.shape)
    optimizer = make(weights)
    seen: dict[str, Any] = {}
    for turn in range(7):
        weights.turn(**{name: rng.normal(size=shape) for name, shape in shapes.items()})
        try:
            optimizer.step()
        except ValueError:  # shapes that don't fit
            return {**seen, "fails": turn}
        seen[f"step {turn}"] = list(weights.values().values())
        seen[f"gradients {turn}"] = [np.array(gradient) for gradient in weights.grads.values()]
        if turn == 2:
            optimizer.lr = 0.03
    return seen


def attempt(function: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a function returns, or the name of what it raises, which tells mistakes apart as well."""
    try:
        return function(*arguments)
    except Exception as error:
        return f"raised {type(error).__name__}"


def sent_back(output: Any, sources: Sequence[Any], upstream: Any, gated: bool = False) -> list[Any] | str:
    """Return what a tensor's rules send to each of its sources, summed over the places where it was read.

    What can't be sent is said in words: it raises in a notebook in another way than in the whole of `mynn`.
    """
    read = [source for source, _ in output.sources]
    gated = gated and all(any(source is one for one in read) for source in sources)
    for source, rule in output.sources:
        if not any(source is one for one in sources):
            if gated and not source.sources:
                continue  # what the operation has multiplied by
            return "something else is a source"
        part = rule(upstream.copy())
        if part is None or np.ndim(part) < np.ndim(source.value):
            return "nothing is sent" if part is None else f"{np.ndim(part)} axes are sent"
    sent: list[Any] = [0.0 for _ in sources]
    for source, part in output.send(upstream.copy()):
        for place in [k for k, one in enumerate(sources) if one is source][:1]:
            sent[place] = sent[place] + np.array(part)
    return sent


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [np.array(item, copy=True) for item in value]
    return None if value is None else np.array(value, copy=True)


def variants(exercise: Exercise) -> Iterable[tuple[Variant, bool]]:
    """Yield every variant of an exercise with whether it is right."""
    yield from ((variant, False) for variant in exercise.wrong)
    yield from ((variant, True) for variant in exercise.right)
