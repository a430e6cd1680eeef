"""Which global names a function or class reads, from its compiled code, without running it."""

from __future__ import annotations
import __future__

import ast
import dis
import inspect
import symtable
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

AT_ONCE = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
PYTHONS_OWN = ("__name__", "__file__", "__doc__", "__annotations__")


def functions_of(value: Any) -> Iterator[FunctionType]:
    """Yield a function itself, or the functions that a class defines (its base classes' are not its own).

    What decorators have made of a function is looked into, and so are classes inside classes.
    """
    if isinstance(value, FunctionType):
        yield value
    elif isinstance(value, type):
        for member in vars(value).values():
            if isinstance(member, property):
                yield from (f for f in (member.fget, member.fset, member.fdel) if isinstance(f, FunctionType))
            elif not isinstance(member, type) or member.__qualname__.startswith(f"{value.__qualname__}."):
                yield from functions_of(getattr(member, "__func__", getattr(member, "func", member)))
    if hasattr(value, "__wrapped__"):
        inner = inspect.unwrap(value)
        if isinstance(inner, FunctionType):
            yield inner


def globals_read(code: CodeType) -> Iterator[tuple[str, int | None]]:
    """Yield each global name that code reads, with its line, in inner functions too."""
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield str(step.argval), step.positions.lineno if step.positions else None
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from globals_read(inner)


def read_at_once(source: str, annotations: bool = True) -> Iterator[tuple[str, int | None]]:
    """Yield each name that Python text reads while it is imported, before it binds it, with its line.

    That is what decorators, default values, base classes, class bodies and plain assignments use; what
    functions use when they are called isn't.

    Args:
        source: the text.
        annotations: whether Python works annotations out (not under `from __future__ import annotations`).
    """
    flags = 0 if annotations else __future__.annotations.compiler_flag
    tree = _Imported().visit(ast.parse(source))
    yield from _at_once(compile(tree, "<cell>", "exec", flags, dont_inherit=True), frozenset(PYTHONS_OWN))


def names_needed(source: str) -> set[str]:
    """Return the names that Python text reads before it has bound them itself, or later, in its functions."""
    table = symtable.symtable(source, "<cell>", "exec")
    bound = {each.get_name() for each in table.get_symbols() if each.is_assigned() or each.is_imported()}
    later = {name for inner in table.get_children() for name in _globals_of(inner)} - bound
    return later | {name for name, _ in read_at_once(source)}


def _globals_of(table: symtable.SymbolTable) -> Iterator[str]:
    """Yield the global names that a function or class reads, in what it holds too."""
    for each in table.get_symbols():
        if each.is_referenced() and each.is_global():
            yield each.get_name()
    for inner in table.get_children():
        yield from _globals_of(inner)


class _Imported(ast.NodeTransformer):
    """Leaves out what runs in the notebook only, under `if __name__ == "__main__":`."""

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        match node.test:
            case ast.Compare(ast.Name("__name__"), [ast.Eq()], [ast.Constant("__main__")]) | ast.Compare(
                ast.Constant("__main__"), [ast.Eq()], [ast.Name("__name__")]
            ):
                return [line for each in node.orelse for line in [self.visit(each)]]
        return self.generic_visit(node)


def _at_once(code: CodeType, bound: frozenset[str]) -> Iterator[tuple[str, int | None]]:
    line = None
    for step in dis.get_instructions(code):
        line = step.positions.lineno if step.positions and step.positions.lineno else line
        if step.opname in ("STORE_NAME", "STORE_GLOBAL", "IMPORT_NAME"):
            bound |= {str(step.argval).split(".")[0]} if step.opname != "IMPORT_NAME" else frozenset()
        elif step.opname in ("LOAD_NAME", "LOAD_GLOBAL") and step.argval not in bound:
            yield str(step.argval), line
        elif step.opname == "LOAD_CONST" and isinstance(step.argval, CodeType):
            inner = step.argval
            if inner.co_name in AT_ONCE or not inner.co_flags & inspect.CO_OPTIMIZED:
                yield from _at_once(inner, bound | {"__module__", "__qualname__"})


def names_read(value: Any) -> set[str]:
    """Return the global names that a function or class reads."""
    return {name for function in functions_of(value) for name, _ in globals_read(function.__code__)}


def attributes_of(value: Any) -> set[str]:
    """Return the attributes that a class's methods set on an object."""
    return {
        str(step.argval)
        for function in functions_of(value)
        for step in dis.get_instructions(function.__code__)
        if step.opname == "STORE_ATTR"
    }
