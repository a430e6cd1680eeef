"""A mistake in a parameter's gradient gets one sentence, however the line that adds it is written."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from cases import INSTANCES, names_with

from autograder.course import repository
from backprop.mistakes import banks
from backprop.reference import exported_cells, solution
from backprop.trial import reference_on_path
from workbook import GradientError, check_gradients

pytestmark = pytest.mark.filterwarnings("ignore")
Form = Callable[[str, str], str]


def by_rows(target: str, value: str) -> str:
    one = value.replace("grad_output", "grad_output[i:i + 1]").replace("self.x", "self.x[i:i + 1]")
    return f"for i in range(len(grad_output)): {target} += {one}"


FORMS: dict[str, Form] = {
    "+=": lambda target, value: f"{target} += {value}",
    "=": lambda target, value: f"{target} = {value}",
    "sum": lambda target, value: f"{target} = {target} + {value}",
    "-=": lambda target, value: f"{target} -= -({value})",
    "[...] +=": lambda target, value: f"{target}[...] += {value}",
    "[:] =": lambda target, value: f"{target}[:] = {target} + {value}",
    "out=": lambda target, value: f"np.add({target}, {value}, out={target})",
    "copyto": lambda target, value: f"np.copyto({target}, {value})",
    "second name": lambda target, value: f"g = {target}; g += {value}",
    "loop": by_rows,
}


class Rewritten(ast.NodeTransformer):
    """Every statement that adds into `grads`, in another form."""

    def __init__(self, form: Form) -> None:
        self.form, self.count = form, 0

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        return self._statement(node, node.target, node.value) if isinstance(node.op, ast.Add) else node

    def visit_Assign(self, node: ast.Assign) -> Any:
        target, value = node.targets[0], node.value
        added = isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add)
        if added and ast.unparse(value.left) == ast.unparse(target):
            value = value.right
        return self._statement(node, target, value)

    def _statement(self, node: ast.stmt, target: ast.expr, value: ast.expr) -> Any:
        if not (isinstance(target, ast.Subscript) and ast.unparse(target.value).endswith("self.grads")):
            return node
        self.count += 1
        return ast.parse(self.form(ast.unparse(target), f"({ast.unparse(value)})")).body


def rewritten(source: str, form: Form) -> str | None:
    """The cell in that form; None if it has no such statement."""
    rewriter = Rewritten(form)
    new = ast.unparse(rewriter.visit(ast.parse(source)))
    return new if rewriter.count else None


def said(names: Any, cell: str, seed: int) -> list[str]:
    """What is wrong with each instance, and which mistake it looks like; nothing where it passes."""
    found = []
    for module, inputs in INSTANCES[cell](names, np.random.default_rng([7, seed])):
        try:
            check_gradients(module, *inputs, seed=seed)
        except GradientError as error:
            found.append(f"{error.cause}: {error.looks}")
    return found


def gradient_mistakes() -> Iterator[tuple[str, Any, str, str]]:
    """Yield cell, notebook, mistake and source of the bank's wrong gradients that write to `self.grads`."""
    for assignment, bank in banks().items():
        notebook = solution(repository(), assignment)
        cells = exported_cells(notebook)
        for exercise in bank.exercises:
            for variant in exercise.wrong:
                if exercise.cell in INSTANCES and variant.shows == "gradient":
                    source = variant.apply(cells[exercise.cell])
                    if rewritten(source, FORMS["+="]) is not None:
                        yield exercise.cell, notebook, variant.name, source


def test_every_form_gets_the_same_sentence() -> None:
    with reference_on_path(repository()):
        tried = 0
        for cell, notebook, name, source in gradient_mistakes():
            forms = {form: rewritten(source, write) for form, write in FORMS.items()}
            heard = {
                form: said(names_with(notebook, {cell: text}), cell, seed=1)
                for form, text in forms.items()
                if text
            }
            loop = heard.pop("loop")
            usual = heard["="]
            assert usual, f"{cell}: {name} passes"
            assert heard == dict.fromkeys(heard, usual), f"{cell}: {name}"
            # row by row, an average is right, and an axis that isn't summed is one of length 1
            assert all(sentence in usual or sentence.startswith("keepdims") for sentence in loop), loop
            tried += 1
        assert tried >= 5
