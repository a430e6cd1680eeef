"""The instructor's cells as code: read and compiled once for the class, before its examiners are forked."""

from __future__ import annotations

import ast
import contextlib
from functools import cache
from types import CodeType
from typing import Any

from autograder.marking.follows import uses_of
from autograder.marking.lifetimes import of_no_use_later
from autograder.marking.paper import Paper
from autograder.marking.source import parse, runs_with_examiner

SET_UP = "<set-up>"


def named(grade_id: str) -> str:
    """Return what tracebacks call a test."""
    return f"<{grade_id}>"


@cache
def compiled(
    source: str, is_test: bool, packages: frozenset[str], name: str
) -> tuple[CodeType, CodeType | None]:
    """Compile a cell as `parse` reads it: its statements, and the last one if it is an expression.

    Raises:
        SyntaxError: if that can't be.
    """
    body = list(parse(source, is_test, packages).tree.body)
    last: Any = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    statements = compile(ast.Module(body, []), name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if last is None:
        return statements, None
    return statements, compile(ast.Expression(last.value), name, "eval", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def read_ahead(paper: Paper) -> None:
    """Read what all submissions of a class have in common; processes that are forked later know it."""
    packages = paper.surroundings.student_packages
    ours = runs_with_examiner(paper.cells, packages)
    of_no_use_later(paper.cells, packages)
    for cell in paper.cells:
        with contextlib.suppress(SyntaxError, ValueError):  # said where it is run
            if cell.tests:
                compiled(cell.source, True, packages, named(cell.grade_id))
            elif cell.grade_id in ours:
                compiled(cell.source, False, packages, SET_UP)


def read_answers(paper: Paper) -> None:
    """Read what only submissions need in which tests fail."""
    if paper.answers:
        for text in (*(cell.source for cell in paper.cells), *paper.answers.values()):
            uses_of(text)
