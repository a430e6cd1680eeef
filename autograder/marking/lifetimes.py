"""How long the names of the examiner's cells are needed: what a test holds on to costs each later message."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from autograder.marking.paper import Cell
from autograder.marking.source import Parsed, bound_names, parse, runs_with_examiner

DYNAMIC = {"globals", "locals", "vars", "eval", "exec", "dir", "get_ipython"}  # with these, any name is read
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@cache
def of_no_use_later(
    cells: tuple[Cell, ...], packages: frozenset[str] = frozenset()
) -> Mapping[str, frozenset[str]]:
    """Return, by the grade_id of a test, the names that it binds and no later cell of the examiner's needs.

    A cell needs what it reads, and what those cells read that have bound that: a helper may use another.
    """
    parsed: list[tuple[Cell, Parsed]] = []
    for cell in cells:
        if cell.grade_id in runs_with_examiner(cells, packages):
            with contextlib.suppress(SyntaxError, ValueError):
                parsed.append((cell, parse(cell.source, cell.tests, packages)))
    if any(about.mentions & DYNAMIC or "__main__" in cell.source for cell, about in parsed):
        return {}
    found = {}
    read = [reads(about.tree) for _, about in parsed]
    for k, (cell, about) in enumerate(parsed):
        needed = set[str]().union(*read[k + 1 :])
        for place in range(k, -1, -1):
            if parsed[place][1].binds & needed:
                needed |= read[place]
        if cell.tests:
            found[cell.grade_id] = about.binds - needed
    return found


def reads(tree: ast.Module) -> frozenset[str]:
    """Return the names that a cell may read before it has bound them itself."""
    found = set[str]()
    _follow(tree.body, set(), found)
    return frozenset(found)


def _follow(statements: Sequence[ast.stmt], bound: set[str], reads: set[str]) -> set[str]:
    """Collect what statements read of names that aren't bound; return what is bound for sure after them."""
    bound = set(bound)
    for node in statements:
        match node:
            case ast.If(test=test, body=body, orelse=orelse):
                reads |= set(_loads(test)) - bound
                bound = _follow(body, bound, reads) & _follow(orelse, bound, reads)
            case ast.For(target=target, iter=iterated, body=body, orelse=orelse):
                reads |= {*_loads(iterated), *_loads(target)} - bound
                _follow(body, bound | bound_names(target), reads)
                _follow(orelse, bound, reads)
            case ast.With(items=items, body=body):
                reads |= {name for item in items for name in _loads(item)} - bound
                bound = bound.union(*map(bound_names, items))
                _follow(body, bound, reads)  # the context may swallow what ends it
            case ast.AugAssign(target=ast.Name(id=name)):
                reads |= {name, *_loads(node.value)} - bound
            case ast.Assign() | ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.ClassDef():
                reads |= set(_loads(node)) - bound
                bound |= bound_names(node)
            case _:  # may end anywhere: what it binds isn't counted on
                reads |= set(_loads(node)) - bound
    return bound


def _loads(node: ast.AST) -> Iterator[str]:
    """Yield the names that a part of a cell reads, less what its comprehensions and functions bind inside."""
    if isinstance(node, ast.Name):
        if not isinstance(node.ctx, ast.Store):
            yield node.id
    elif isinstance(node, COMPREHENSIONS):
        first, *_ = node.generators
        yield from _loads(first.iter)
        own = set[str]().union(*(bound_names(each.target) for each in node.generators))
        yield from (name for name in _all_loads(ast.iter_child_nodes(node)) if name not in own)
    elif isinstance(node, FUNCTIONS):
        arguments = node.args
        own = {each.arg for each in ast.walk(arguments) if isinstance(each, ast.arg)}
        yield from _all_loads([*arguments.defaults, *filter(None, arguments.kw_defaults)])
        yield from _all_loads(getattr(node, "decorator_list", []))
        body = node.body if isinstance(node.body, list) else [node.body]
        if not any(isinstance(each, ast.Global) for part in body for each in ast.walk(part)):
            own |= set[str]().union(*map(bound_names, body))
        yield from (name for name in _all_loads(body) if name not in own)
    else:
        yield from _all_loads(ast.iter_child_nodes(node))


def _all_loads(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        yield from _loads(node)
