"""Names: hidden tests change none that a later cell reads, and no test reads one that another binds."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import nbformat

from autograder.marking.cells import Hidden
from autograder.marking.source import bound_names, parse
from autograder.release.portable import globals_read
from backprop.house.page import is_check, numbered


@dataclass(frozen=True)
class Given:
    """One cell that is no check: what it is called, binds and reads, and what its definitions read."""

    where: str
    binds: frozenset[str]
    reads: frozenset[str]
    within: dict[str, frozenset[str]]


def name_problems(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Yield which hidden tests take a name away from the cells that follow them."""
    cells = [(where, cell) for where, cell in numbered(notebook) if cell.cell_type == "code"]
    given = [None if is_check(cell) else _given(where, cell.source) for where, cell in cells]
    definitions = {name: reads for other in given if other for name, reads in other.within.items()}
    for n, (where, cell) in enumerate(cells):
        hidden = _given(where, Hidden().part(cell.source) if is_check(cell) else "")
        taken = hidden.binds & {name for other in given[:n] if other for name in other.binds}
        for later in filter(None, given[n + 1 :]):
            for name in sorted(taken & _reached(later, definitions)):
                yield f"{where}: its hidden tests change {name}, which {later.where} reads: rename it there."
            taken -= later.binds
    yield from _borrowed([(where, cell.source) for where, cell in cells if is_check(cell)])


def _borrowed(tests: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield which tests need another to have passed: of one that fails, the grader keeps no name."""
    bound: dict[str, str] = {}
    for where, source in tests:
        cell = _given(where, source)
        for name in sorted((cell.reads - cell.within.keys()) & bound.keys()):
            yield f"{where}: it reads {name}, which {bound[name]} binds: that one may fail. Bind it here."
        bound |= dict.fromkeys(cell.binds, where)


def _given(where: str, source: str) -> Given:
    """Return what a cell's text says of its names; nothing if it isn't Python, which is told elsewhere."""
    try:
        parsed = parse(source, True)
    except SyntaxError:
        return Given(where, frozenset(), frozenset(), {})
    kinds = ast.FunctionDef | ast.ClassDef
    within = {node.name: _reads([node]) for node in parsed.tree.body if isinstance(node, kinds)}
    outside = [node for node in parsed.tree.body if not isinstance(node, kinds)]
    bound: set[str] = set()
    reads: set[str] = set()
    for node in outside:  # a name that the cell itself has bound before is its own
        own = bound_names(node)
        if isinstance(node, ast.For):
            reads |= _reads([ast.copy_location(ast.Expr(node.iter), node)]) - bound
            bound |= own
        reads |= _reads([node]) - bound
        bound |= own
    return Given(where, parsed.binds, frozenset(reads), within)


def _reads(nodes: Sequence[ast.stmt]) -> frozenset[str]:
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    return frozenset(globals_read(compile(ast.Module(list(nodes), []), "cell", "exec", flags)))


def _reached(cell: Given, definitions: dict[str, frozenset[str]]) -> set[str]:
    """Return what a cell reads, itself and through the functions and classes that it mentions."""
    found: set[str] = set()
    waiting = set(cell.reads)
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= definitions.get(name, frozenset()) - found
    return found
