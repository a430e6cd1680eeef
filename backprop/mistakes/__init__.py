"""The mistake bank: for each exercise, known wrong and right answers. Students never receive it."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from backprop.mistakes.bank import Bank, Exercise, Variant

__all__ = ["Bank", "Exercise", "Variant", "bank_of", "banks"]


@cache
def banks() -> dict[str, Bank]:
    """Return every bank by its assignment: each module of this package that defines `BANK`."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        if module.name not in {"bank", "far"}:  # what banks are made of
            bank: Bank = importlib.import_module(f"{__name__}.{module.name}").BANK
            found[bank.assignment] = bank
    return dict(sorted(found.items()))


def bank_of(assignment: str) -> Bank | None:
    """Return the bank of an assignment, or None if it has none."""
    return banks().get(assignment)
