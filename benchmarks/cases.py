"""The bank's answers as modules with inputs: what the checker's figures are measured on."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.course import Course
from backprop.mistakes import Exercise, Variant, banks
from backprop.reference import exported_cells, solution
from backprop.trial import given_and_solved
from workbook import Module

Names = Mapping[str, Any]
Rng = np.random.Generator
Instance = tuple[Any, tuple[Any, ...]]


def entrywise(name: str) -> Callable[[Names, Rng], list[Instance]]:
    """A usual batch, and one with entries far out, where slopes end."""

    def make(names: Names, rng: Rng) -> list[Instance]:
        far = rng.normal(size=(3, 4))
        far[0, :2] = [800.0, -800.0]
        return [(names[name](), (rng.normal(size=(4, 5)),)), (names[name](), (far,))]

    return make


def loss(name: str, sign: float) -> Callable[[Names, Rng], list[Instance]]:
    """A batch with integer targets."""

    def make(names: Names, rng: Rng) -> list[Instance]:
        x = rng.normal(size=(4, 5)) if sign > 0 else -rng.uniform(1, 3, size=(4, 5))
        return [(names[name](), (x, rng.permutation(5)[[0, 1, 1, 2]]))]

    return make


def linear(names: Names, rng: Rng) -> list[Instance]:
    """Three sizes that differ, and a square weight, which hides a transpose from the shapes."""
    make = names["Linear"]
    return [(make(5, 3, rng), (rng.normal(size=(4, 5)),)), (make(4, 4, rng), (rng.normal(size=(3, 4)),))]


def relu(names: Names, rng: Rng) -> list[Instance]:
    """Mixed signs, and some zeros."""
    zeros = np.round(rng.normal(size=(4, 3)))
    return [(names["ReLU"](), (rng.normal(size=(4, 3)),)), (names["ReLU"](), (zeros,))]


def larger(names: Names, rng: Rng) -> list[Instance]:
    """No ties, and three."""
    a = rng.normal(size=(4, 5))
    b = rng.normal(size=(4, 5))
    b[0, :3] = a[0, :3]
    return [(names["Max"](), tuple(rng.normal(size=(2, 4, 5)))), (names["Max"](), (a, b))]


def tiny(names: Names, rng: Rng) -> list[Instance]:
    """Wide enough that each of its paths is taken by some entry of every draw."""
    return [(names["TinyNetwork"](5, 24, rng), (rng.normal(size=(4, 5)),))]


def sequential(names: Names, rng: Rng) -> list[Instance]:
    """Layers of one width, where the wrong order computes something instead of failing."""
    layers = names["Linear"](4, 4, rng), names["ReLU"](), names["Linear"](4, 4, rng)
    return [(names["Sequential"](*layers), (rng.normal(size=(6, 4)),))]


def graph(names: Names, rng: Rng) -> list[Instance]:
    """Shared values, one that a node reads twice, an output in the middle; and a block with a residual."""
    nodes = {
        "low": (names["Linear"](4, 4, rng), ["x1"]),
        "mid": (names["Multiply"](), ["low", "x2"]),
        "square": (names["Multiply"](), ["mid", "mid"]),
        "side": (names["Linear"](4, 4, rng), ["mid"]),
        "out": (names["Add"](), ["square", "side", "mid"]),
    }
    linear = names["Linear"]
    layers = {
        "low": (linear(5, 6, rng), ["x"]),
        "left": (linear(6, 6, rng), ["low"]),
        "right": (linear(6, 6, rng), ["low"]),
        "out": (names["Add"](), ["left", "right", "low", "low"]),
    }
    return [
        (names["Graph"](nodes, ["x1", "x2"], ["out", "mid"]), tuple(rng.normal(size=(2, 3, 4)))),
        (names["Graph"](layers, ["x"], ["out"]), (rng.normal(size=(3, 5)),)),
    ]


class Penalised(Module):
    """A penalty on a layer's weights as a module: forward gives its value, backward its gradient."""

    def __init__(self, penalty: Callable[[Module, float], float], layer: Module) -> None:
        super().__init__()
        self.penalty, self.params, self.grads = penalty, layer.params, layer.grads

    def forward(self) -> float:
        """Return the value; a penalty adds its gradient in the same call, which is undone here."""
        before = {name: grad.copy() for name, grad in self.grads.items()}
        value = self.penalty(self, 0.3)
        for name, grad in before.items():
            self.grads[name][...] = grad
        return value

    def backward(self) -> None:
        """Add the penalty's gradient."""
        self.penalty(self, 0.3)


def penalty(name: str) -> Callable[[Names, Rng], list[Instance]]:
    """A layer's weights under a penalty."""
    return lambda names, rng: [(Penalised(names[name], names["Linear"](5, 3, rng)), ())]


def rules(*operations: tuple[Any, ...]) -> Callable[[Names, Rng], list[Instance]]:
    """The tape's operations as modules: (name, further arguments, shapes); logs of positive numbers."""

    def make(names: Names, rng: Rng) -> list[Instance]:
        made = []
        for name, more, *shapes in operations:
            inputs = [rng.normal(size=shape) for shape in shapes]
            if name == "log" or more == (-0.5,):
                inputs = [np.abs(x) + 0.3 for x in inputs]
            made.append((names["Rules"](names[name], *more), tuple(inputs)))
        return made

    return make


def broadcast(names: Names, rng: Rng) -> list[Instance]:
    """Axes that are new, axes that are stretched, and both."""

    def program(x: Any, w: Any, b: Any) -> Any:
        return names["add"](names["multiply"](x, w), b)

    return [(names["Program"](program), tuple(rng.normal(size=n) for n in ((2, 5, 3), (5, 1), (3,))))]


def played(names: Names, rng: Rng) -> list[Instance]:
    """A program in which one value is read early and late, and twice by one operation."""

    def program(a: Any, b: Any) -> Any:
        add, multiply = names["add"], names["multiply"]
        m = multiply(a, a)
        n = multiply(m, b)
        return add(add(add(n, m), multiply(m, n)), add(a, b))

    return [(names["Program"](program), tuple(rng.normal(size=(2, 5, 3))))]


INSTANCES: dict[str, Callable[[Names, Rng], list[Instance]]] = {
    "linear": linear,
    "relu": relu,
    "duplicate": lambda names, rng: [(names["Duplicate"](3), (rng.normal(size=(4, 5)),))],
    "add": lambda names, rng: [(names["Add"](), tuple(rng.normal(size=(3, 4, 5))))],
    "max": larger,
    "tiny": tiny,
    "sigmoid": entrywise("Sigmoid"),
    "tanh": entrywise("Tanh"),
    "softplus": entrywise("Softplus"),
    "logsigmoid": entrywise("LogSigmoid"),
    "softmax": entrywise("Softmax"),
    "logsoftmax": entrywise("LogSoftmax"),
    "nll": loss("NLLLoss", -1.0),
    "crossentropy": loss("CrossEntropyLoss", 1.0),
    "mse": lambda names, rng: [
        (names["MSELoss"](), (rng.normal(size=(4, 5)), rng.integers(-2, 3, size=(4, 5))))
    ],
    "sequential": sequential,
    "graph": graph,
    "arithmetic": rules(
        ("add", (), (4, 3), (4, 3)),
        ("multiply", (), (4, 3), (4, 3)),
        ("power", (5,), (4, 3)),
        ("power", (-0.5,), (4, 3)),
    ),
    "functions": rules(("relu", (), (5, 4)), ("exp", (), (5, 4)), ("log", (), (5, 4))),
    "matrices": rules(
        ("matmul", (), (4, 3), (3, 5)),
        ("matmul", (), (3, 3), (3, 3)),
        ("reduce_sum", (), (4, 3)),
        ("reduce_sum", (1,), (3, 3, 3)),
        ("reduce_sum", (-1, True), (4, 3)),
    ),
    "unbroadcast": broadcast,
    "backward": played,
    "l2": penalty("l2_penalty"),
    "l1": penalty("l1_penalty"),
    "dropout": lambda names, rng: [
        (lambda: names["Dropout"](0.4, np.random.default_rng(1)), (rng.normal(size=(5, 6)),))
    ],
}


@dataclass(frozen=True)
class Answer:
    """One answer of the bank, right or wrong, with the names that its notebook defines."""

    exercise: Exercise
    variant: Variant
    right: bool
    names: Names

    def instances(self, rng: Rng) -> list[Instance]:
        """Return modules and inputs."""
        return INSTANCES[self.exercise.cell](self.names, rng)


def answers(course: Course) -> Iterator[Answer]:
    """Yield every answer of the bank that is a module; `mynn` must be importable."""
    for assignment, bank in banks().items():
        notebook = solution(course, assignment)
        cells = exported_cells(notebook)
        for exercise in bank.exercises:
            if exercise.cell not in INSTANCES:
                continue
            for right, variants in ((False, exercise.wrong), (True, exercise.right)):
                for variant in variants:
                    cell = {exercise.cell: variant.apply(cells[exercise.cell])}
                    yield Answer(exercise, variant, right, names_with(notebook, cell))


def names_with(notebook: Any, replace: Mapping[str, str]) -> Names:
    """Return what a notebook defines, some of its cells replaced; tracebacks show its lines."""
    names: dict[str, Any] = {"__name__": "benchmark"}
    for grade_id, source in given_and_solved(notebook, replace):
        filename = f"<{grade_id} {hash(source)}>"
        linecache.cache[filename] = len(source), None, source.splitlines(keepends=True), filename
        try:
            exec(compile(source, filename, "exec"), names)
        except Exception:
            continue  # another exercise's cell, which this one doesn't need
    return names
