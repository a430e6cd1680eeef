"""Which arrays an expression worked with that failed, so that a message can give their shapes."""

from __future__ import annotations

import ast
import contextlib
import linecache
import os
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Shapes = dict[str, tuple[int, ...]]
MISSING = object()
HERE = Path(__file__).parent
NOT_THE_STUDENTS = tuple(
    {
        f"{HERE}{os.sep}",
        f"{HERE.with_name('autograder')}{os.sep}",
        *map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib")),
    }
)
PACKAGES = ("/site-packages/", "/dist-packages/")  # wherever they are: a grader's sandbox has them elsewhere


def students_frame(trace: TracebackType | None) -> TracebackType | None:
    """Return the innermost frame of an exception that runs the student's own code."""
    found = None
    while trace is not None:
        if is_students(trace.tb_frame.f_code.co_filename):
            found = trace
        trace = trace.tb_next
    return found


def is_students(filename: str) -> bool:
    """Cells and `mynn` are the student's; the standard library, installed packages and `workbook` aren't."""
    if filename.startswith(("<frozen", "<__array_function__", *NOT_THE_STUDENTS)):
        return False
    return not any(folder in Path(filename).as_posix() for folder in PACKAGES)


def line(trace: TracebackType | None) -> str:
    """Return the student's line in which an exception was raised; "" if its text isn't known."""
    frame = students_frame(trace)
    return (
        "" if frame is None else linecache.getline(frame.tb_frame.f_code.co_filename, frame.tb_lineno).strip()
    )


def failed_expression(trace: TracebackType) -> str:
    """Return the text of the expression that raised in this frame; "" if it can't be told from one line."""
    code = trace.tb_frame.f_code
    line, last, start, end = list(code.co_positions())[trace.tb_lasti // 2]
    if line is None or line != last:
        return ""
    return linecache.getline(code.co_filename, line).encode()[start:end].decode("utf-8", "replace")


def arrays(expression: str, trace: TracebackType) -> dict[str, NDArray[Any]]:
    """Return the arrays that an expression names, by their text, without running any of it."""
    names = {**trace.tb_frame.f_globals, **trace.tb_frame.f_locals}
    found: dict[str, NDArray[Any]] = {}
    with contextlib.suppress(SyntaxError):
        _collect(ast.parse(expression, mode="eval").body, names, found)
    return found


def shapes(expression: str, trace: TracebackType) -> Shapes:
    """Return the shapes of the arrays that an expression names, by their text."""
    return {name: array.shape for name, array in arrays(expression, trace).items()}


def added(trace: TracebackType) -> tuple[str, NDArray[Any], NDArray[Any]] | None:
    """Return what `target += value` was to add: the target's text, it and the value; None for anything else.

    The value is worked out once more from the frame's names.
    """
    frame = trace.tb_frame
    with contextlib.suppress(Exception):  # whatever the student's expressions raise
        (node,) = ast.parse(failed_expression(trace)).body
        if isinstance(node, ast.AugAssign):
            sides = [ast.unparse(node.target), ast.unparse(node.value)]
            target, value = (eval(side, frame.f_globals, frame.f_locals) for side in sides)
            if isinstance(target, np.ndarray) and isinstance(value, np.ndarray):
                return sides[0], target, value
    return None


def looked_up(trace: TracebackType) -> tuple[str, list[Any]] | None:
    """Return the text and the keys of a dict that was asked in vain; None for anything else."""
    names = {**trace.tb_frame.f_globals, **trace.tb_frame.f_locals}
    with contextlib.suppress(SyntaxError):
        node = ast.parse(failed_expression(trace), mode="eval").body
        if isinstance(node, ast.Subscript) and isinstance(owner := _value(node.value, names), dict):
            return ast.unparse(node.value), list(owner)
    return None


def factors(expression: str) -> list[str]:
    """Return the two sides of a product with @ (one, if they are the same); nothing for another text."""
    with contextlib.suppress(SyntaxError):
        product = ast.parse(expression, mode="eval").body
        if isinstance(product, ast.BinOp) and isinstance(product.op, ast.MatMult):
            return list(dict.fromkeys([ast.unparse(product.left), ast.unparse(product.right)]))
    return []


@dataclass(frozen=True)
class Factors:
    """A product that failed.

    Attributes:
        matrix: whether it is a matrix product (@, np.dot, np.matmul, .dot), not one entry by entry (*).
        sides: text and value of the two factors.
    """

    matrix: bool
    sides: tuple[tuple[str, NDArray[Any]], tuple[str, NDArray[Any]]]


def product(trace: TracebackType) -> Factors | None:
    """Return the two factors of a product of arrays that failed; None for anything else.

    The factors are worked out once more from the frame's names: they were, a moment ago.
    """
    text, frame = failed_expression(trace), trace.tb_frame
    with contextlib.suppress(Exception):  # whatever the student's expressions raise
        node = ast.parse(text, mode="eval").body
        sides = _factors(node)
        if sides is None:
            return None
        named = [ast.get_source_segment(text, side) or ast.unparse(side) for side in sides]
        code = [compile(ast.Expression(side), "<factor>", "eval") for side in sides]
        left, right = (eval(one, frame.f_globals, frame.f_locals) for one in code)
        if isinstance(left, np.ndarray) and isinstance(right, np.ndarray):
            by_entry = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)
            return Factors(not by_entry, ((named[0], left), (named[1], right)))
    return None


@dataclass(frozen=True)
class Stop:
    """Where the student's code stopped, and with what.

    Attributes:
        line: its text.
        added: what `added` returns of it.
        product: what `product` returns of it.
    """

    line: str = ""
    added: tuple[str, NDArray[Any], NDArray[Any]] | None = None
    product: Factors | None = None

    def to_plain(self) -> tuple[Any, ...]:
        """Return it as tuples, strings and arrays."""
        return self.line, self.added, (self.product.matrix, *self.product.sides) if self.product else None

    @classmethod
    def from_plain(cls, plain: Any) -> Stop:
        """Make it of what `to_plain` returned; what is none of that is nothing."""
        match plain:
            case (str(line), added, product):
                sum_of = (*added,) if _is_sum(added) else None
                match product:
                    case (bool(matrix), (str(), np.ndarray()) as left, (str(), np.ndarray()) as right):
                        return cls(line, sum_of, Factors(matrix, (left, right)))
                return cls(line, sum_of)
        return cls()


def stop(error: BaseException) -> Stop:
    """Return where the student's code raised an error; one from another process is asked for it."""
    ask = getattr(error, "detail", None)
    if callable(ask):
        return Stop.from_plain(ask())
    frame = students_frame(error.__traceback__)
    return Stop(line(error.__traceback__), added(frame), product(frame)) if frame is not None else Stop()


def _is_sum(plain: Any) -> bool:
    match plain:
        case (str(), np.ndarray(), np.ndarray()):
            return True
    return False


def _factors(node: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult | ast.Mult):
        return node.left, node.right
    if not isinstance(node, ast.Call):
        return None
    if ast.unparse(node.func) in ("np.dot", "np.matmul") and len(node.args) == 2:
        return node.args[0], node.args[1]
    if isinstance(node.func, ast.Attribute) and node.func.attr == "dot" and len(node.args) == 1:
        return node.func.value, node.args[0]
    return None


def _collect(node: ast.AST, names: dict[str, Any], found: dict[str, NDArray[Any]]) -> None:
    value = _value(node, names)
    if isinstance(value, np.ndarray):
        found[ast.unparse(node)] = value
    elif value is MISSING:
        for child in ast.iter_child_nodes(node):
            _collect(child, names, found)


def _value(node: ast.AST, names: dict[str, Any]) -> Any:
    """Return what a name, an attribute or a dict's item stands for; MISSING for whatever would compute."""
    if isinstance(node, ast.Name):
        return names.get(node.id, MISSING)
    if isinstance(node, ast.Attribute):
        owner = _value(node.value, names)
        if isinstance(owner, np.ndarray) and node.attr == "T":
            return owner.T
        if node.attr in ("params", "grads") and hasattr(owner, "forward"):
            return getattr(owner, node.attr, MISSING)  # a container makes these dicts when it is asked
        return vars(owner).get(node.attr, MISSING) if hasattr(owner, "__dict__") else MISSING
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        owner = _value(node.value, names)
        return owner.get(node.slice.value, MISSING) if type(owner) is dict else MISSING
    return MISSING
