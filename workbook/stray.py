"""Names that an answer reads and only its notebook has: there it works, in `mynn` it can't."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from workbook.reads import attributes_of, functions_of, globals_read


def stray_names(bound: Mapping[str, Any], provided: set[str], names: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence about each name that functions and classes read, and nobody but the notebook has.

    Args:
        bound: the names that the cell binds, with what they stand for.
        provided: the names that the module of `mynn` has.
        names: the notebook's.
    """
    known = spelt_out(provided)
    if known is None:
        return
    told: set[tuple[str, str]] = set()
    for owner, value in bound.items():
        if getattr(value, "__module__", None) != "__main__":  # imported
            continue
        for function in functions_of(value):
            for name, line in globals_read(function.__code__):
                if name in bound or name in known or name not in names or hasattr(builtins, name):
                    continue
                if (function.__qualname__, name) not in told:
                    told.add((function.__qualname__, name))
                    yield _sentence(function.__qualname__, name, line, attributes_of(names.get(owner)))


def spelt_out(provided: Iterable[str]) -> set[str] | None:
    """Return names with those that `from math import *` has brought; None if nobody knows what that was."""
    names = set[str]()
    for name in provided:
        if not name.startswith("*"):
            names.add(name)
            continue
        module = sys.modules.get(name.removeprefix("* from "))
        if module is None:
            return None
        names.update(getattr(module, "__all__", [n for n in vars(module) if not n.startswith("_")]))
    return names


def _sentence(what: str, name: str, line: int | None, attributes: set[str]) -> str:
    where = f" (line {line})" if line else ""
    meant = f"Did you mean self.{name}? " if name in attributes else ""
    instead = "Or export" if meant else "Give it as an argument, or export"
    return (
        f"{what} uses {name}{where}, which only your notebook has. {meant}{instead} the cell that makes it."
    )
