"""Which arrays an expression worked with that failed, so that a message can give their shapes."""

from __future__ import annotations

import ast
import contextlib
import linecache
from types import TracebackType
from typing import Any

import numpy as np

Shapes = dict[str, tuple[int, ...]]
MISSING = object()


def failed_expression(trace: TracebackType) -> str:
    """Return the text of the expression that raised in this frame; "" if it can't be told from one line."""
    code = trace.tb_frame.f_code
    line, last, start, end = list(code.co_positions())[trace.tb_lasti // 2]
    if line is None or line != last:
        return ""
    return linecache.getline(code.co_filename, line).encode()[start:end].decode("utf-8", "replace")


def shapes(expression: str, trace: TracebackType) -> Shapes:
    """Return the arrays that an expression names, as their text -> shape, without running any of it."""
    names = {**trace.tb_frame.f_globals, **trace.tb_frame.f_locals}
    found: Shapes = {}
    with contextlib.suppress(SyntaxError):
        _collect(ast.parse(expression, mode="eval").body, names, found)
    return found


def factors(expression: str) -> list[str]:
    """Return the two sides of a product with @ (one, if they are the same); nothing for another text."""
    with contextlib.suppress(SyntaxError):
        product = ast.parse(expression, mode="eval").body
        if isinstance(product, ast.BinOp) and isinstance(product.op, ast.MatMult):
            return list(dict.fromkeys([ast.unparse(product.left), ast.unparse(product.right)]))
    return []


def _collect(node: ast.AST, names: dict[str, Any], found: Shapes) -> None:
    value = _value(node, names)
    if isinstance(value, np.ndarray):
        found[ast.unparse(node)] = value.shape
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
        return vars(owner).get(node.attr, MISSING) if hasattr(owner, "__dict__") else MISSING
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        owner = _value(node.value, names)
        return owner.get(node.slice.value, MISSING) if type(owner) is dict else MISSING
    return MISSING
