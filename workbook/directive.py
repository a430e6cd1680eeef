"""The line `#| export mynn.modules` at the head of a cell: where the cell is to be kept."""

from __future__ import annotations

import re

EXPORT = re.compile(r"\s*#\s*\|\s*export\b[ \t:=]*([^\s#]*)\s*(?:#.*)?$")
LIKE_EXPORT = re.compile(r"\s*#\s*\|?\s*(exp\w*|xport|default_exp)\b[^#]*\bmynn\b", re.IGNORECASE)
TARGET = re.compile(r"mynn\.([a-z_][a-z0-9_]*)$")
HARMLESS = ("%%time", "%%capture")  # cell magics under which the cell still binds its names


class ExportError(Exception):
    """The cell ran, but can't become part of `mynn`; the message says why and what to change."""


def read(cell: str) -> tuple[str, str] | None:
    """Return the module that a cell exports to and the source that goes there; None if it doesn't export.

    The directive may stand below comments, empty lines and `%%time`, and be spaced as a formatter likes it.

    Raises:
        ExportError: if there is a directive that can't be followed; the message says what to write.
    """
    lines = cell.split("\n")
    magic = ""
    for number, line in enumerate(lines):
        if match := EXPORT.match(line):
            rest = lines[number + 1 :]
            if any(EXPORT.match(other) for other in rest):
                raise ExportError("There are two '#| export' lines: a cell goes into one module, say which.")
            return _target(match[1], magic), "\n".join([*_comments(lines[:number]), *rest])
        if match := LIKE_EXPORT.match(line):
            raise ExportError(f"'{line.strip()}': did you mean '#| export mynn.…'?")
        if line.lstrip().startswith("%%"):
            magic = line.split()[0]
        elif line.strip() and not line.lstrip().startswith(("#", "%", "!")):
            if any(EXPORT.match(other) and "mynn" in other for other in lines[number:]):
                raise ExportError("'#| export …' stands below code: make it the cell's first line.")
            return None
    return None


def _target(target: str, magic: str) -> str:
    if not target:
        raise ExportError("'#| export' doesn't say where to: write e.g. '#| export mynn.modules'.")
    if not TARGET.match(target):
        raise ExportError(
            f"'#| export {target}': exports go into the mynn package; write e.g. '#| export mynn.modules'."
        )
    if magic and magic not in HARMLESS:
        raise ExportError(f"A cell that starts with {magic} can't be kept in {target}: take that line out.")
    return target


def _comments(lines: list[str]) -> list[str]:
    """Return what stood above the directive and is Python."""
    return [line for line in lines if line.lstrip().startswith("#") and "|" not in line[:4]]


def target_of(cell: str) -> str | None:
    """Return the module that a cell exports to (``"mynn.modules"``), or None if it doesn't export.

    Raises:
        ExportError: if the directive can't be followed.
    """
    found = read(cell)
    return found[0] if found else None
