"""An answer as a sequence of signs that renaming, reordering, comments and layout leave as it is."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from copy import copy, deepcopy
from dataclasses import dataclass

END = "\n"  # of a statement
SKIPPED = {
    tokenize.NEWLINE,
    tokenize.NL,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
    tokenize.COMMENT,
}
WORD = re.compile(r"[^\W\d]\w*|\d+(?:\.\d+)?|[^\w\s]")
SHORTEST = 15  # characters of a comment that says something


@dataclass(frozen=True)
class Answer:
    """One cell.

    Attributes:
        source: as it was written.
        tokens: its signs, in an order that doesn't depend on that of its statements.
        lines: for each of them, the line that it comes from.
        comments: comments and texts of some length, without layout, and their lines.
    """

    source: str
    tokens: tuple[str, ...]
    lines: tuple[int, ...]
    comments: tuple[tuple[str, int], ...] = ()


def answer(source: str) -> Answer:
    """Return an answer's signs: code that can't be read is taken word by word."""
    kept = "".join("\n" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines(True))
    try:
        found = _of_block(ast.parse(kept).body, _names(ast.parse(kept)))
        tokens = [(sign, line) for text, line in found for sign in (*_signs(text), END)]
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError):
        rows = enumerate(re.sub(r"#.*", "", kept).splitlines(), 1)
        tokens = [(sign, number) for number, line in rows for sign in WORD.findall(line)]
    signs, lines = zip(*tokens, strict=True) if tokens else ((), ())
    return Answer(source, tuple(signs), tuple(lines), tuple(_comments(source)))


def _names(tree: ast.AST) -> frozenset[str]:
    """Return the names that an answer gives itself: variables, arguments, functions, attributes of `self`."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(f".{node.attr}")
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
    return frozenset(found)


def _of_block(body: list[ast.stmt], names: frozenset[str]) -> list[tuple[str, int]]:
    """Return each statement's own text, names numbered by their first use in it, and its line.

    The statements of a block come in the order of all that is in them, whatever theirs was.
    """
    found = []
    for statement in body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue  # a docstring: see `_comments`
        head, inner = _split(statement)
        text = ast.unparse(ast.fix_missing_locations(_Numbered(names).visit(head)))
        below = [each for block in inner for each in _of_block(block, names)]
        found.append([(text, statement.lineno), *below])
    return [each for part in sorted(found, key=lambda part: [text for text, _ in part]) for each in part]


def _split(statement: ast.stmt) -> tuple[ast.stmt, list[list[ast.stmt]]]:
    """Return a statement without the blocks in it, and these."""
    head, inner = copy(statement), []
    for name in ("body", "orelse", "finalbody"):
        block = getattr(head, name, None)
        if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
            inner.append(block)
            setattr(head, name, [ast.Pass()] if name == "body" else [])
    for handler in getattr(head, "handlers", []):
        inner.append(handler.body)
    if getattr(head, "handlers", None):
        head.handlers = []  # type: ignore[attr-defined]
        head.finalbody = [ast.Pass()]  # type: ignore[attr-defined]
    return deepcopy(head), inner


class _Numbered(ast.NodeTransformer):
    """Puts numbers for the names that an answer gives itself, and leaves annotations out."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names
        self.numbers: dict[str, str] = {}

    def number(self, name: str) -> str:
        if name not in self.names:
            return name.removeprefix(".")
        return self.numbers.setdefault(name, f"v{len(self.numbers)}")

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self.number(node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg, node.annotation = self.number(node.arg), None
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        self.generic_visit(node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        node.attr = self.number(f".{node.attr}")
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        self.generic_visit(node)
        node.name = self.number(node.name)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        node.name = self.number(node.name)
        return node


def _signs(text: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in SKIPPED:
            yield token.string


def _comments(source: str) -> Iterator[tuple[str, int]]:
    """Yield what an answer says in words, line by line: comments, docstrings, messages."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (SyntaxError, tokenize.TokenError):
        return
    for token in tokens:
        if token.type in (tokenize.COMMENT, tokenize.STRING):
            for below, line in enumerate(token.string.splitlines()):
                words = " ".join(re.findall(r"\w+", line)).casefold()
                if len(words) >= SHORTEST:
                    yield words, token.start[0] + below
