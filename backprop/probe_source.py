"""A probe as text: its source with all that it needs, so that it can run where the bank isn't."""

from __future__ import annotations

import ast
import inspect
import linecache
import textwrap
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from backprop.mistakes.bank import BankError, Probe
from workbook.reads import globals_read

HEAD = "from __future__ import annotations\nimport numpy as np"


def probe_source(function: Probe, name: str = "probe") -> str:
    """Return Python text that defines a function, under a name of its own, with the helpers that it uses.

    Args:
        function: of the bank's; it may use its module's constants, functions and imports, and be a closure.
        name: what the text calls it.

    Raises:
        BankError: if it uses something that can't be written down.
    """
    texts: dict[str, str] = {}
    _collect(name, function, texts, {})
    return "\n\n".join([HEAD, *texts.values()]) + "\n"


def _collect(name: str, value: Any, texts: dict[str, str], known: dict[str, Any]) -> None:
    if name in known:
        if known[name] is not value:
            raise BankError(f"A probe uses two things called {name!r}. Give one of them another name.")
        return
    known[name] = value
    if isinstance(value, ModuleType):
        texts[name] = f"import {value.__name__} as {name}"
        return
    if isinstance(value, FunctionType | type) and not value.__module__.startswith("backprop."):
        texts[name] = f"from {value.__module__} import {value.__name__} as {name}"
        return
    if isinstance(value, FunctionType):
        for needed, thing in _needs(value):
            _collect(needed, thing, texts, known)
        texts[name] = _text(name, value)
        return
    if isinstance(value, type):
        for method in vars(value).values():
            if isinstance(method, FunctionType):
                for needed, thing in _needs(method):
                    _collect(needed, thing, texts, known)
        texts[name] = _bare(ast.parse(textwrap.dedent(inspect.getsource(value))).body[0])
        return
    try:
        ast.literal_eval(repr(value))
    except (ValueError, SyntaxError):
        raise BankError(
            f"A probe uses {name!r}, a {type(value).__name__}, which can't be written down."
        ) from None
    texts[name] = f"{name} = {value!r}"


def _needs(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """Yield the names that a function reads from outside, with what they stand for."""
    cells = function.__closure__ or ()
    for name, cell in zip(function.__code__.co_freevars, cells, strict=True):
        yield name, cell.cell_contents
    for name in sorted({name for name, _ in globals_read(function.__code__)}):
        if name != "np" and name in function.__globals__:
            yield name, function.__globals__[name]


def _text(name: str, function: FunctionType) -> str:
    """Return a function's own text, without its words and types, so that it can be found by its code."""
    code = function.__code__
    tree = ast.parse("".join(linecache.getlines(code.co_filename)))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and (node.name, node.lineno) == (
            code.co_name,
            code.co_firstlineno,
        ):
            node.name = name
            return _bare(node)
        if isinstance(node, ast.Lambda) and code.co_name == "<lambda>" and node.lineno == code.co_firstlineno:
            made = compile(ast.Expression(node), code.co_filename, "eval").co_consts
            if any(isinstance(c, CodeType) and _same(c, code) for c in made):
                return f"{name} = {ast.unparse(node)}"
    raise BankError(f"The source of {code.co_qualname} in {code.co_filename} can't be found.")


def _same(a: CodeType, b: CodeType) -> bool:
    return list(a.co_positions()) == list(b.co_positions())


def _bare(node: ast.AST) -> str:
    """Return a definition's text without docstrings and annotations."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(inner) is not None:
            inner.body = inner.body[1:] or [ast.Pass()]
        if isinstance(inner, ast.FunctionDef):
            inner.returns = None
        if isinstance(inner, ast.arg):
            inner.annotation = None
    return ast.unparse(_Plain().visit(node))


class _Plain(ast.NodeTransformer):
    """Turn `x: T = value` into `x = value`."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        self.generic_visit(node)
        if node.value is None:
            return ast.Pass()
        return ast.copy_location(ast.Assign([node.target], node.value), node)
