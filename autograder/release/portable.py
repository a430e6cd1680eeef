"""What a test cell can't do from outside the student's process: said when an assignment is released."""

from __future__ import annotations

import ast
import builtins
import dis
import re
from collections.abc import Iterator
from types import CodeType

import nbformat

from autograder.marking.cells import grade_id, role
from autograder.marking.source import PREPARES, bound_names

CALLS = {
    "getsource": "the student's text isn't at hand; test what it does",
    "testmod": "call what the examples call",
}
MAGIC = re.compile(r"\s*(?:!|%%?(\w+))")


def check_release(notebook: nbformat.NotebookNode, packages: frozenset[str] = frozenset()) -> list[str]:
    """Return one sentence for each thing in an assignment's source that `autograder grade` can't do.

    Args:
        notebook: the instructor's notebook, with nbgrader's metadata.
        packages: the students' packages.
    """
    return list(_complaints(notebook, packages))


def _complaints(notebook: nbformat.NotebookNode, packages: frozenset[str]) -> Iterator[str]:
    trees: list[tuple[str, str, ast.Module]] = []
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        kind: str = role(cell) if role(cell) in ("test", "given") else "student"
        name = grade_id(cell) or f"number {number + 1}"
        lines = cell.source.split("\n")
        magics = {n: found[1] for n, line in enumerate(lines) if (found := MAGIC.match(line))}
        refused = [n for n, magic in magics.items() if magic not in (*PREPARES, "capture", "time")]
        if kind == "test" and refused:
            yield f"cell '{name}', line {refused[0] + 1}: a test can't use this magic, nor shell commands."
        plain = "\n".join("" if n in magics else line for n, line in enumerate(lines))
        try:
            flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            trees.append((kind, name, compile(plain, name, "exec", flags)))
        except SyntaxError as error:
            if kind != "student":
                yield f"cell '{name}', line {error.lineno}: not Python ({error.msg})."
    theirs = {
        n for kind, _, tree in trees if kind == "student" for node in tree.body for n in bound_names(node)
    }
    remote = theirs | {n for kind, _, tree in trees if kind == "given" for n in _remote(tree, packages)}
    for kind, name, tree in trees:
        if kind == "test":
            yield from _about_test(name, tree, remote)
        if kind == "student":
            yield from _about_answer(name, tree)
    yield from _about_names(trees)


def _remote(tree: ast.Module, packages: frozenset[str]) -> Iterator[str]:
    """Yield names of a given cell that live in the student's process all the same."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (node.module or "").split(".")[0] in packages or alias.name[:1].isupper():
                    yield alias.asname or alias.name


def _about_credit(name: str, tree: ast.Module, remote: set[str]) -> Iterator[str]:
    """Complain of a last line whose value would count as points, and is the student's or no number."""
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        return
    value: ast.expr = last.value
    if isinstance(value, ast.List | ast.Tuple | ast.Dict | ast.Set | ast.ListComp):
        yield f"cell '{name}', line {last.lineno}: the last line's value counts as points; this is no number."
    while isinstance(value, ast.Call | ast.Attribute | ast.Subscript):
        value = value.func if isinstance(value, ast.Call) else value.value
    if isinstance(value, ast.Name) and value.id in remote:
        yield (
            f"cell '{name}', line {last.lineno}: the last line's value counts as points, and this one is the "
            "student's. Assert something about it."
        )


def _about_test(name: str, tree: ast.Module, remote: set[str]) -> Iterator[str]:
    yield from _about_credit(name, tree, remote)
    for node in ast.walk(tree):
        where = f"cell '{name}', line {getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Compare | ast.BoolOp):
            yield f"{where}: this line compares, and whatever comes out nothing fails: put assert before it."
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in CALLS:
            yield f"{where}: {called}() doesn't see into the student's process: {CALLS[called]}."


def _about_answer(name: str, tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        for bound in sorted(bound_names(node) & set(dir(builtins))):
            yield (
                f"cell '{name}', line {node.lineno}: tests would use Python's own {bound}, not this one. "
                "Give it another name."
            )


def globals_read(code: CodeType) -> Iterator[str]:
    """Yield the global names that a cell reads, inside its functions too."""
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_NAME", "LOAD_GLOBAL"):
            yield str(step.argval)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from globals_read(inner)


def _about_names(trees: list[tuple[str, str, ast.Module]]) -> Iterator[str]:
    """Complain of names that would mean one thing in one process and another in the other."""
    tests: dict[str, str] = {}
    elsewhere: set[str] = set()
    for kind, name, tree in trees:
        bound = {each for node in tree.body for each in bound_names(node)}
        if kind == "test":
            tests |= {each: name for each in bound if each not in elsewhere}
            continue
        elsewhere |= bound
        if kind != "student":
            continue
        read = set(globals_read(compile(tree, name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)))
        for each in sorted(read & set(tests) - elsewhere):
            yield (
                f"cell '{name}' reads {each}, which only the test '{tests[each]}' defines, and an answer "
                "doesn't see what tests define. Define it in a read-only cell."
            )
