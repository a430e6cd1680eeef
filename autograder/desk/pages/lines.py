"""Which line of an answer a message speaks of, so that the cause can stand beside it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

OURS = re.compile(r"^(?:(?P<where>[\w.<>]+), )?line (?P<line>\d+):$")  # "Linear.backward, line 12:"
PYTHONS = re.compile(r"line (?P<line>\d+)(?:, in (?P<where>[\w.<>]+))?$")  # of a usual traceback
KERNELS = re.compile(r"^-+> (?P<line>\d+) (?P<text>.*)$")  # of IPython's own
RETURNED = re.compile(r"(?P<kind>\w+)\.(?P<method>\w+)'s return value")
KEPT = re.compile(
    r"(?P<kind>[A-Za-z_]\w*)\.(?:\w+'s )?grads\[[\"'](?P<name>\w+)[\"']\]|gradient of (?P<named>\w+) is wrong"
)
SPOKEN = re.compile(r"\b(?P<kind>[A-Za-z_]\w*)\.(?P<method>[A-Za-z_]\w*)\b")


def line_of(source: str, messages: Sequence[str]) -> int | None:
    """Return the number of the line, from 1, that some lines of an error speak of; None if they don't say.

    Args:
        source: the student's cell.
        messages: the error's lines: a traceback, or what a check says.
    """
    lines = source.split("\n")
    shown = [number for number in _in_traceback(lines, messages) if number]
    if shown:
        return shown[-1]
    methods = _methods(source)
    text = "\n".join(messages)
    for found in RETURNED.finditer(text):
        method = methods.get((found["kind"], found["method"]))
        if method is not None:
            returns = [node.lineno for node in ast.walk(method) if isinstance(node, ast.Return)]
            return max(returns, default=method.lineno)
    for found in KEPT.finditer(text):
        name = found["name"] or found["named"]
        of_class = [method for (kind, _), method in methods.items() if found["kind"] in (None, kind)]
        for method in of_class:
            number = _that_sets(method, name)
            if number is not None:
                return number
    for found in SPOKEN.finditer(text):
        method = methods.get((found["kind"], found["method"]))
        if method is not None:
            return int(method.lineno)
    return None


def _in_traceback(lines: Sequence[str], messages: Sequence[str]) -> Iterator[int | None]:
    """Yield the lines of the answer that a traceback shows: number and text have to agree."""
    for place, message in enumerate(messages):
        arrow = KERNELS.match(message.strip())
        found = OURS.match(message.strip()) or PYTHONS.search(message.rstrip())
        if arrow:
            number, text = int(arrow["line"]), arrow["text"]
        elif found and place + 1 < len(messages):
            number, text = int(found["line"]), messages[place + 1]
        else:
            continue
        if 0 < number <= len(lines) and text.strip() and lines[number - 1].strip() == text.strip():
            yield number


def _methods(source: str) -> dict[tuple[str, str], ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return the methods of the classes that a cell defines, by the names of both."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return {}
    return {
        (kind.name, each.name): each
        for kind in ast.walk(tree)
        if isinstance(kind, ast.ClassDef)
        for each in kind.body
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def _that_sets(method: ast.AST, name: str) -> int | None:
    """Return the line that changes `….grads["name"]`, if there is one."""
    for node in ast.walk(method):
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AugAssign)
            else []
        )
        for target in targets:
            inner = target.value if isinstance(target, ast.Subscript) else None
            while isinstance(inner, ast.Subscript):
                target, inner = inner, inner.value
            key = target.slice if isinstance(target, ast.Subscript) else None
            if (
                isinstance(inner, ast.Attribute)
                and inner.attr == "grads"
                and isinstance(key, ast.Constant)
                and key.value == name
            ):
                return int(target.lineno)
    return None
