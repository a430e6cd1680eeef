"""Cells of a table that a spreadsheet opens: students choose names, and a name must not compute anything."""

from __future__ import annotations

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


def no_formula(value: object) -> object:
    """Return a cell as it is, but for text that would begin a formula or that no screen can show."""
    if not isinstance(value, str):
        return value
    text = "".join(c if c.isprintable() or c in "\t\r\n" else "?" for c in value)
    return f"'{text}" if text.startswith(FORMULAS) and not _is_number(text) and len(text) > 1 else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
