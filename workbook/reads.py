"""Which global names a function or class reads, from its compiled code, without running it."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any


def functions_of(value: Any) -> Iterator[FunctionType]:
    """Yield a function itself, or the functions that a class defines (its base classes' are not its own)."""
    if isinstance(value, FunctionType):
        yield value
    elif isinstance(value, type):
        for member in vars(value).values():
            inner = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
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
