"""Does check_gradients raise false alarms, miss mistakes, or name the wrong one? Thousands of random draws.

Run it as `python benchmarks/check_longrun.py [draws] [seeds]`; the defaults are 20,000 and 100.
A 0 leaves out the part that needs it.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from cases import answers
from checks import zoo
from rivals import RIVALS, accepts

from autograder.course import repository
from backprop.trial import reference_on_path
from workbook import GradientError, check_gradients

RIVAL_SEEDS = 5


def draw(rng: np.random.Generator) -> tuple[Any, tuple[Any, ...], float]:
    """Draw a right module, inputs (scales 1e-3 to 1e3, 0-d to 4-d, some empty, some tied) and a scale."""
    scale, weights = 10 ** rng.uniform(-3, 3, size=2)
    batch, n, m, k = (int(v) for v in rng.integers(1, 7, size=4))
    least = 0 if rng.random() < 0.05 else 1
    shape = tuple(int(v) for v in rng.integers(least, 6, size=rng.integers(0, 5)))
    x, y = (np.array(scale * rng.normal(size=shape)) for _ in range(2))
    rows = scale * rng.normal(size=(batch, n))
    if rng.random() < 0.2:
        x, y, rows = np.array(np.round(x)), np.array(np.where(rng.random(shape) < 0.5, x, y)), np.round(rows)
    labels, seed = rng.integers(0, n, size=batch), int(rng.integers(2**31))
    entrywise = [zoo.ReLU, zoo.Absolute, zoo.Sigmoid, zoo.Tanh, zoo.Softplus, zoo.LogSigmoid]
    choices = [
        *(lambda kind=kind: (kind(), (x,)) for kind in entrywise),
        lambda: (zoo.Linear(n, m, rng, weights), (rows,)),
        lambda: (zoo.Duplicate(m), (x,)),
        lambda: (zoo.Add(), (x,) * m),
        lambda: (zoo.Max(), (x, y)),
        lambda: (zoo.Softmax(), (rows,)),
        lambda: (zoo.LogSoftmax(), (rows,)),
        lambda: (
            zoo.Normalised(int(rng.integers(2)), 10 ** rng.uniform(-8, -2)),
            (_flat_somewhere(rows, rng),),
        ),
        lambda: (zoo.Steep(10 ** rng.uniform(0, 5)), (_flat_somewhere(rows, rng),)),
        lambda: ((zoo.SignedSquare, zoo.Huber)[rng.integers(2)](), (np.round(_flat_somewhere(rows, rng)),)),
        lambda: (zoo.NLLLoss(), (-np.abs(rows), labels)),
        lambda: (zoo.CrossEntropyLoss(), (rows, labels)),
        lambda: (zoo.MSELoss(), (x if x.size else rows, y if x.size else rows + 1)),
        lambda: (lambda: zoo.Dropout(0.3, np.random.default_rng(seed)), (x,)),
        lambda: (zoo.Penalty(x), ()),
        lambda: (zoo.Embedding(n, m, rng), (labels,)),
        lambda: (zoo.MLP(n, m, k, rng, weights), (rows,)),
        lambda: (zoo.Classifier(n, m, k, rng, weights), (rows, rng.integers(0, k, size=batch))),
    ]
    return *choices[rng.integers(len(choices))](), scale


def _flat_somewhere(rows: Any, rng: np.random.Generator) -> Any:
    """Zero a row, or make a column constant, as dead units and padding do."""
    rows = rows.copy()
    if rng.random() < 0.5:
        rows[rng.integers(len(rows))] = 0.0
    else:
        rows[:, rng.integers(rows.shape[1])] = rows[0, 0]
    return rows


def false_alarms(draws: int) -> None:
    alarms, most, start = 0, 0, time.perf_counter()
    for i in range(draws):
        rng = np.random.default_rng([1, i])
        module, inputs, _ = draw(rng)
        try:
            most = max(most, check_gradients(module, *inputs, seed=i).forwards)
        except Exception as error:
            alarms += 1
            print(f"draw {i}: {error}")
    took = time.perf_counter() - start
    print(
        f"right modules: {alarms} false alarms in {draws} draws; at most {most} forward calls; {took:.0f} s"
    )


class Tampered:
    """A module one entry of whose gradient is off by a relative 1e-3."""

    def __init__(self, module: Any, inputs: tuple[Any, ...], rng: np.random.Generator) -> None:
        self.module, self.rng, self.place = module, rng, None
        self.inputs = [x for x in inputs if x.dtype == np.float64]
        raw = module.forward(*inputs)
        self.outputs = raw if isinstance(raw, tuple) else [raw]
        self.share = self.effect = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.module, name)

    def backward(self, *upstream: Any) -> Any:
        before = {name: g.copy() for name, g in self.module.grads.items()}
        raw = self.module.backward(*upstream)
        returned = list(raw) if isinstance(raw, tuple) else [] if raw is None else [raw]
        returned = [np.array(g) for g in returned]
        added = {name: np.array(g - before[name]) for name, g in self.module.grads.items()}
        everything = [*returned, *added.values()]
        if self.place is None:
            places = [(k, i) for k, g in enumerate(everything) for i in np.flatnonzero(g)]
            self.place = places[self.rng.integers(len(places))] if places else (0, 0)
            group = returned if self.place[0] < len(returned) else list(added.values())
            norm = np.sqrt(sum(np.sum(g * g) for g in group)) if group else 0.0
            self.entry = abs(everything[self.place[0]].flat[self.place[1]]) if places else 0.0
            self.share = self.entry / norm if norm else 0.0
            arrays = [*self.inputs, *self.module.params.values()]
            moved = arrays[self.place[0]] if arrays else np.ones(1)
            numbers = [*arrays, *self.outputs]
            magnitude = max(float(np.max(np.abs(a), initial=0.0)) for a in numbers)
            self.effect = self.entry * min(1.0, float(np.sqrt(np.mean(moved**2)))) / (magnitude or 1.0)
        k, i = self.place
        if self.entry:
            everything[k].flat[i] *= 1.001
        for (name, _), g in zip(added.items(), everything[len(returned) :], strict=True):
            self.module.grads[name][...] = before[name] + g
        if raw is None:
            return None
        return tuple(everything[: len(returned)]) if isinstance(raw, tuple) else everything[0]


def one_wrong_entry(draws: int) -> None:
    found, tried = Counter(), Counter()
    for i in range(draws):
        rng = np.random.default_rng([2, i])
        module, inputs, _ = draw(rng)
        if not hasattr(module, "forward"):
            continue
        tampered = Tampered(module, inputs, rng)
        try:
            check_gradients(tampered, *inputs, seed=i)
            caught = False
        except GradientError:
            caught = True
        if not tampered.entry:
            continue  # the gradient is zero throughout
        visible = tampered.share >= 1e-4 and tampered.effect >= 1e-6
        tried[visible] += 1
        found[visible] += caught
    for visible, of in ((True, "at least 1e-4 of the norm and 1e-6 in effect"), (False, "smaller")):
        print(f"one entry wrong by 1e-3, {of}: found {found[visible]} of {tried[visible]}")


def cause_of(error: Exception) -> str:
    """The key of the cause that a message names, "none" if it names none."""
    return (error.cause or "none") if isinstance(error, GradientError) else type(error).__name__


def bank(seeds: int) -> None:
    missed, misnamed, alarms, tried = Counter(), Counter(), 0, Counter()
    for answer in answers(repository()):
        variant = answer.variant
        name = f"{answer.exercise.cell}: {variant.name}"
        if not answer.right and variant.shows == "value":
            continue
        for seed in range(seeds):
            causes = []
            for module, inputs in answer.instances(np.random.default_rng([3, seed])):
                try:
                    check_gradients(module, *inputs, seed=seed)
                except Exception as error:
                    causes.append(cause_of(error))
            if answer.right:
                tried["right"] += 1
                alarms += bool(causes)
                continue
            tried[variant.shows] += 1
            missed[variant.shows, name] += not causes
            if variant.shows == "gradient":
                misnamed[name] += variant.hypothesis not in causes
    for shows in ("gradient", "behaviour"):
        count = sum(n for (kind, _), n in missed.items() if kind == shows)
        print(f"bank, mistakes that show in {shows}: {count} missed of {tried[shows]} ({seeds} seeds each)")
    print(f"bank, right answers: {alarms} false alarms of {tried['right']}")
    wrong = sum(misnamed.values())
    named = tried["gradient"] - wrong
    print(f"bank, causes: {named} of {tried['gradient']} gradients named as in the bank")
    for what, counts in (
        ("passed", {name: n for (_, name), n in missed.items()}),
        ("another cause named, or none", misnamed),
    ):
        for name, n in counts.items():
            if n:
                print(f"    {what}: {name}, {n} seeds")


def rivals() -> None:
    print(f"\nthe same bank put to other checkers ({RIVAL_SEEDS} seeds; missed = passed at every seed)")
    collected = [a for a in answers(repository()) if a.right or a.variant.shows != "value"]
    for label, rival in [("check_gradients", None), *RIVALS.items()]:
        missed: dict[str, list[str]] = {"gradient": [], "behaviour": []}
        alarms, total = 0, Counter()
        for answer in collected:
            kind = "right" if answer.right else answer.variant.shows
            total[kind] += 1
            passes = []
            for seed in range(RIVAL_SEEDS):
                instances = answer.instances(np.random.default_rng([3, seed]))
                passes.append(all(_passes(rival, instance, seed) for instance in instances))
            if answer.right:
                alarms += not all(passes)
            elif any(passes):
                missed[kind].append(f"{answer.exercise.cell}: {answer.variant.name}")
        print(
            f"{label}: misses {len(missed['gradient'])} of {total['gradient']} gradients and "
            f"{len(missed['behaviour'])} of {total['behaviour']} behaviours at some seed; "
            f"false alarms on {alarms} of {total['right']} right answers"
        )
        print("    " + "; ".join(missed["gradient"]))


@np.errstate(all="ignore")  # the cells of 03 have made an overflow an error
def _passes(rival: Any, instance: Any, seed: int) -> bool:
    if rival is not None:
        return accepts(rival, instance, seed)
    module, inputs = instance
    try:
        check_gradients(module, *inputs, seed=seed)
    except Exception:
        return False
    return True


def main() -> None:
    draws, seeds = (int(n) for n in [*sys.argv[1:], *["20000", "100"][len(sys.argv) - 1 :]])
    warnings.simplefilter("ignore")
    if draws:
        false_alarms(draws)
        one_wrong_entry(draws // 5)
    if seeds:
        with reference_on_path(repository()), np.errstate(all="ignore"):
            bank(seeds)
            rivals()


if __name__ == "__main__":
    main()
