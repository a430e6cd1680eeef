"""The blocks of an exported file: one for each cell, with the names that it leaves behind."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

OPENING = "# --- exported from your notebook: "
HEADER = '"""Yours: filled by the `#| export` cells of your notebooks. Edit the cell, not this file."""\n'
SPLIT = re.compile(rf"^{re.escape(OPENING)}.*\n", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One exported cell: the names it binds for good and its source, without the directive.

    Attributes:
        names: what others may use: no loop variables, no `_`; "A.forward" for a method set from outside.
        source: Python text.
        only_imports: whether it belongs at the top.
        unfilled: functions that the student has yet to write, for example "Linear.backward".
        provided: every name that it gives to its module, imports among them.
    """

    names: frozenset[str]
    source: str
    only_imports: bool
    unfilled: tuple[str, ...] = ()
    provided: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, source: str) -> Block:
        """Read one cell's source.

        Raises:
            SyntaxError: if it isn't plain Python.
        """
        body = ast.parse(source).body
        imports = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
        rest = [node for node in body if node not in imports]
        only_imports = bool(imports) and all(isinstance(node, ast.Expr) for node in rest)
        names = _imported(imports) if only_imports else set(_bound(rest)) - set(_deleted(rest))
        stubs = tuple(_stubs(body, "")) if "YOUR CODE HERE" in source else ()
        provided = frozenset(names | _imported(imports))
        return cls(frozenset(names), source.strip("\n") + "\n", only_imports, stubs, provided)


def ahead(source: str) -> tuple[str, str]:
    """Return what Python wants at the head of a file, `from __future__ import ...`, and a cell without it.

    A cell that holds imports only stays whole: it goes to the top as it is.

    Raises:
        SyntaxError: if it isn't plain Python.
    """
    lines, found = source.split("\n"), []
    for node in [] if Block.parse(source).only_imports else ast.parse(source).body:
        text, line = ast.unparse(node), node.lineno - 1
        if not text.startswith("from __future__ import ") or lines[line].split("#")[0].strip() != text:
            break
        found.append(text)
        lines[line] = ""
    return "\n".join(found), "\n".join(lines)


def _imported(nodes: Iterable[ast.Import | ast.ImportFrom]) -> set[str]:
    names = set()
    for node in nodes:
        for alias in node.names:
            whole = f"* from {getattr(node, 'module', '')}" if alias.name == "*" else alias.name.split(".")[0]
            names.add(alias.asname or whole)
    return names


def _bound(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the names that statements leave behind; those of loops and patterns aren't meant to last."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                yield from _targets(target)
            yield from _bound(ast.iter_child_nodes(node))
        elif isinstance(node, ast.Import | ast.ImportFrom):  # inside `try`: above they are told apart
            yield from _imported([node])
        elif isinstance(node, ast.NamedExpr):
            yield from _targets(node.target)
            yield from _bound([node.value])
        elif not isinstance(node, ast.Lambda):
            yield from _bound(ast.iter_child_nodes(node))


def _deleted(nodes: Iterable[ast.stmt]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Delete):
            for target in node.targets:
                yield from _targets(target)


def _targets(target: ast.AST) -> Iterator[str]:
    if isinstance(target, ast.Name) and target.id != "_":
        yield target.id
    elif isinstance(target, ast.Attribute):
        yield ast.unparse(target)
    elif isinstance(target, ast.Tuple | ast.List | ast.Starred):
        for inner in ast.iter_child_nodes(target):
            yield from _targets(inner)


def _stubs(nodes: Iterable[ast.stmt], owner: str) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            yield from _stubs(node.body, f"{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            last = node.body[-1]
            if isinstance(last, ast.Raise) and last.exc and "NotImplementedError" in ast.unparse(last.exc):
                yield owner + node.name


def split(text: str) -> list[Block]:
    """Read the blocks of an exported file.

    Raises:
        SyntaxError: if it isn't Python any more.
    """
    return [Block.parse(part) for part in SPLIT.split(text)[1:]]


def merge(blocks: list[Block], new: Block) -> tuple[list[Block], frozenset[str]]:
    """Put a new block among others: in the place of the first that it replaces, else at the end.

    A block goes only where everything that it left behind is bound anew; imports stay on top.

    Returns:
        The blocks, and the names that stay although the new block binds others of their block.
    """
    kept: list[Block] = []
    rest: frozenset[str] = frozenset()
    place = None
    for old in blocks:
        if old.names <= new.names and old.only_imports == new.only_imports:
            place = len(kept) if place is None else place
            continue
        if not old.only_imports:
            rest |= old.names - new.names if old.names & new.names else frozenset()
        kept.append(old)
    later = kept[place:] if place is not None else []
    if place is None or any(old.names & new.names for old in later):  # what stands further down would win
        place = len(kept)
    merged = [*kept[:place], new, *kept[place:]]
    whole = [b for k, b in enumerate(merged) if b is new or not _covered(b, merged[k + 1 :])]
    lost = frozenset[str]().union(*(b.names for b in merged if b not in whole))
    return sorted(whole, key=lambda b: (not b.only_imports, "__future__" not in b.source)), rest - lost


def taken_over(blocks: Iterable[Block], new: Block) -> dict[str, list[str]]:
    """Return what a new block defines in another way than one that stays beside it, with who reads it there.

    A module has one thing of a name, the last: what an earlier cell has made calls that from now on.
    """
    mine, found = _definitions(new), dict[str, set[str]]()
    for old in blocks:
        if old.only_imports or old.names <= new.names:
            continue
        theirs = _definitions(old)
        for name in mine.keys() & theirs.keys():
            if ast.dump(mine[name]) != ast.dump(theirs[name]):
                readers = {r for r in theirs.keys() - mine.keys() if name in _loaded(theirs[r])}
                found[name] = found.get(name, set()) | readers
    return {name: sorted(readers) for name, readers in sorted(found.items()) if readers}


def _definitions(block: Block) -> dict[str, ast.stmt]:
    found: dict[str, ast.stmt] = {}
    for node in ast.parse(block.source).body:
        found |= dict.fromkeys(set(_bound([node])), node)
    return found


def _loaded(node: ast.stmt) -> set[str]:
    names = [each for each in ast.walk(node) if isinstance(each, ast.Name)]
    return {each.id for each in names if isinstance(each.ctx, ast.Load)}


def _covered(block: Block, later: Iterable[Block]) -> bool:
    same = [other.names for other in later if other.only_imports == block.only_imports]
    return not block.only_imports and block.names <= frozenset[str]().union(*same)


def render(blocks: Iterable[Block]) -> str:
    """Return the file's text; every block is announced by the names it binds."""
    return HEADER + "".join(f"\n\n{OPENING}{', '.join(sorted(b.names))}\n{b.source}" for b in blocks)
