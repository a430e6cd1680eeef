"""What the text of the instructor's cells says about the names that they bind and need."""

from __future__ import annotations

import ast
import builtins
import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from autograder.marking.paper import Cell

STAR = "*"
EXAMINERS = "#| examiner"  # a line of a read-only cell: its classes are the examiner's, as a test's are
CAPTURE = "__capture_output__"  # stands for what `%%capture` does
MAGICS = ("run_cell_magic", "run_line_magic", "system", "getoutput")
PREPARES = ("matplotlib", "load_ext", "reload_ext", "autoreload", "config", "precision", "pylab", "pdb")
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
PROMPT = re.compile(r"^\s*(In *\[|>>>|\.\.\.)", re.MULTILINE)
LINES = re.compile(r"^%\w.*|^!.*", re.MULTILINE)
INNER = (*SCOPES, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Parsed:
    """One cell, ready to be run by the examiner.

    Attributes:
        tree: its statements, without magics and without what lives in the student's process.
        binds: the names that it binds at the top level.
        remote: of the names in the cell, those that live in the student's process all the same: classes of a
            read-only cell, and what is imported from the students' package.
        mentions: every name in it.
        modules: the names that it binds by importing.
    """

    tree: ast.Module
    binds: frozenset[str]
    remote: frozenset[str]
    mentions: frozenset[str]
    modules: frozenset[str]


@cache
def parse(source: str, is_test: bool, packages: frozenset[str] = frozenset()) -> Parsed:
    """Parse a cell as IPython would, leaving out magics and shell commands.

    Args:
        source: its text.
        is_test: whether it is a test, whose own classes live with the examiner.
        packages: the students' packages: what is imported from them lives in the student's process.

    Raises:
        SyntaxError: if it isn't Python, or a test has a magic that only the student's process could run.
    """
    tree = _without_magics(ast.parse(transformed(source)), is_test)
    own = is_test or examiners(source)
    theirs = {id(node): _lives_with_student(node, own, packages) for node in tree.body}
    remote = {name for names in theirs.values() for name in names}
    tree.body = [node for node in tree.body if not theirs[id(node)]]
    modules = {
        (alias.asname or alias.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    binds = {name for node in tree.body for name in bound_names(node)}
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return Parsed(tree, frozenset(binds), frozenset(remote), frozenset(names), frozenset(modules))


def examiners(source: str) -> bool:
    """Say whether a read-only cell is marked as one whose classes live with the examiner."""
    return any(line.strip() == EXAMINERS for line in source.split("\n"))


def transformed(source: str) -> str:
    """Turn magics and shell commands into calls, as IPython does."""
    if _plain(source):  # most cells are: IPython's tokens cost ten times as much
        return source
    from IPython.core.inputtransformer2 import TransformerManager

    manager: Any = TransformerManager  # untyped
    return str(manager().transform_cell(source))


def python_of(source: str) -> str:
    """Return a cell as Python text in which a line that is a magic or a shell command does nothing."""
    quiet = LINES.sub("pass", source)
    return quiet if _plain(quiet) else transformed(source)


def _plain(source: str) -> bool:
    """Say whether a cell is Python as it stands, without what IPython takes away: prompts, empty lines."""
    if not source or source[0].isspace() or PROMPT.search(source):
        return False
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def bound_names(node: ast.AST) -> set[str]:
    """Return the names that a statement binds in its own scope."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.Name):
            if isinstance(part.ctx, ast.Store):
                found.add(part.id)
        elif isinstance(part, SCOPES):
            found.add(part.name)
        elif isinstance(part, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in part.names}
        elif not isinstance(part, INNER):
            if isinstance(part, ast.ExceptHandler) and part.name:
                found.add(part.name)
            waiting.extend(ast.iter_child_nodes(part))
    return found


def imported_names(cells: Iterable[str], packages: frozenset[str] = frozenset()) -> dict[str, str]:
    """Return the names that a notebook only ever binds by importing, each with the statement that does it.

    Args:
        cells: the text of its code cells.
        packages: the students' packages, which are theirs whoever imports them.

    Returns:
        The statements by name, those with a star under `STAR`: what they bind isn't known before they run.
    """
    found: dict[str, str] = {}
    otherwise: set[str] = set()
    stars: list[str] = []
    for source in cells:
        try:
            tree = ast.parse(python_of(source))
        except (SyntaxError, ValueError):
            continue
        for node in _module_scope(tree):
            if _lives_with_student(node, True, packages):
                continue
            if not isinstance(node, ast.Import | ast.ImportFrom):
                otherwise |= {node.id} if isinstance(node, ast.Name) and _stores(node) else set()
                otherwise |= {node.name} if isinstance(node, SCOPES) else set()
                continue
            for alias in node.names:
                one = type(node)(**{**vars(node), "names": [alias]})
                if alias.name == STAR:
                    stars.append(ast.unparse(one))
                else:
                    name = (alias.asname or alias.name).split(".")[0]
                    found[name] = "\n".join(filter(None, [found.get(name), ast.unparse(one)]))
    kept = {name: statements for name, statements in found.items() if name not in otherwise}
    return {**kept, STAR: "\n".join(stars)} if stars else kept


def students_names(cells: Iterable[str]) -> tuple[str, ...]:
    """Return the names that cells bind, in order of the alphabet; cells that aren't Python bind none."""
    found: set[str] = set()
    for source in cells:
        with contextlib.suppress(SyntaxError, ValueError):
            found |= {name for node in ast.parse(python_of(source)).body for name in bound_names(node)}
    return tuple(sorted(found))


def _stores(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _module_scope(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what runs when a cell does: the bodies of functions and classes don't bind its names."""
    for child in ast.iter_child_nodes(node):
        inner: list[ast.AST] = [child] if isinstance(child, INNER) else [child, *_module_scope(child)]
        if isinstance(child, ast.ExceptHandler):  # what stands in for a module that can't be imported
            inner = [each for each in inner if isinstance(each, ast.Import | ast.ImportFrom)]
        yield from inner


def _without_magics(tree: ast.Module, is_test: bool) -> ast.Module:
    """Return statements with what `%%capture` and `%%time` hold, and without other magics and shell commands.

    Raises:
        SyntaxError: if a test has one that does more than to prepare a notebook.
    """
    kept: list[ast.stmt] = []
    for node in tree.body:
        called = _magic(node)
        if called is None:
            kept.append(node)
            continue
        kind, name, *rest = called
        if kind == "run_cell_magic" and name in ("capture", "time"):
            body = _without_magics(ast.parse(transformed(rest[1])), is_test).body
            kept += [_captured(rest[0], body)] if name == "capture" and body else body
        elif kind == "run_line_magic" and name == "time":
            kept += ast.parse(rest[0]).body
        elif is_test and not (kind == "run_line_magic" and name in PREPARES):
            shown = name if kind != "run_line_magic" else f"%{name}"
            raise SyntaxError(f"{shown[:60]} can't be run from outside the student's process")
    return ast.Module(kept, [])


def _captured(line: str, body: list[ast.stmt]) -> ast.stmt:
    """Return `with capture_output() as name:`, which is what `%%capture name` does."""
    names = [ast.Name(word, ast.Store()) for word in line.split() if word.isidentifier()]
    item = ast.withitem(ast.Call(ast.Name(CAPTURE, ast.Load()), [], []), names[0] if names else None)
    return ast.fix_missing_locations(ast.copy_location(ast.With([item], body), body[0]))


def _magic(node: ast.stmt) -> list[str] | None:
    """Return what a magic or a shell command calls, and with which texts; None for any other statement."""
    for inner in ast.walk(node):
        if (
            (isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute))
            and (isinstance(inner.func.value, ast.Call) and isinstance(inner.func.value.func, ast.Name))
            and (inner.func.value.func.id == "get_ipython" and inner.func.attr in MAGICS)
        ):
            texts = [part.value for part in inner.args if isinstance(part, ast.Constant)]
            return [inner.func.attr, *(str(text) for text in texts), "", ""]
    return None


def _lives_with_student(node: ast.AST, own_classes: bool, packages: frozenset[str]) -> set[str]:
    if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in packages:
        return {alias.asname or alias.name for alias in node.names}
    if isinstance(node, ast.Import) and all(alias.name.split(".")[0] in packages for alias in node.names):
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    return {node.name} if isinstance(node, ast.ClassDef) and not own_classes else set()


@cache
def runs_with_examiner(cells: tuple[Cell, ...], packages: frozenset[str] = frozenset()) -> frozenset[str]:
    """Return the grade_ids of the cells that the examiner runs: tests, and what they need.

    A read-only cell that only draws or prints is left to the student's process.
    """
    needed: set[str] = set()
    chosen: set[str] = set()
    imported: set[str] = set()
    parsed = {}
    for cell in cells:
        if cell.cell_type == "code" and cell.locked:
            try:
                parsed[cell.grade_id] = parse(cell.source, cell.tests, packages)
            except SyntaxError:
                continue
            imported |= parsed[cell.grade_id].modules
    for cell in reversed(cells):
        if cell.grade_id not in parsed:
            continue
        about = parsed[cell.grade_id]
        shares = about.modules & needed or (about.mentions | about.binds) & (needed - imported)
        if cell.tests or shares or ".seed(" in cell.source:
            chosen.add(cell.grade_id)
            needed |= about.mentions - set(dir(builtins))
    return frozenset(chosen)
