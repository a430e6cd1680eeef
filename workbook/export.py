"""Export: a cell that starts with `#| export mynn.modules` becomes a block of `mynn/modules.py`."""

from __future__ import annotations

import ast
import importlib
import os
import re
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

DIRECTIVE = re.compile(r"#\|\s*export\s+(\S+)\s*$")
TARGET = re.compile(r"mynn\.([a-z_][a-z0-9_]*)$")
OPENING = "# --- exported from your notebook: "
ASSIGNMENT = re.compile(r"\d\d-")  # a folder of the course: 02-modules
PACKAGE = '"""Your neural network library: `#| export` cells of your notebooks fill it, block by block."""\n'
HEADER = '"""Yours: filled by the `#| export` cells of your notebooks. Edit the cell, not this file."""\n'


class ExportError(Exception):
    """The cell ran, but can't become part of `mynn`; the message says why and what to change."""


@dataclass(frozen=True)
class Block:
    """One exported cell: the names it binds and its source, without the directive."""

    names: frozenset[str]
    source: str
    only_imports: bool

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
        names = _imported(imports) if only_imports else _defined(rest)
        return cls(frozenset(names), source.strip("\n") + "\n", only_imports)


def _imported(nodes: Iterable[ast.Import | ast.ImportFrom]) -> set[str]:
    return {(alias.asname or alias.name).split(".")[0] for node in nodes for alias in node.names}


def _defined(nodes: Iterable[ast.stmt]) -> set[str]:
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
            continue
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                names.add(inner.id)
    return names


def directive(cell: str) -> str | None:
    """Return the module that a cell exports to (``"mynn.modules"``), or None if it doesn't export.

    Raises:
        ExportError: if the directive names something that isn't a module of `mynn`.
    """
    first = cell.lstrip("\n").split("\n", 1)[0]
    match = DIRECTIVE.match(first)
    if match is None:
        return None
    if not TARGET.match(match[1]):
        raise ExportError(
            f"'#| export {match[1]}': exports go into the mynn package; write e.g. '#| export mynn.modules'."
        )
    return match[1]


def find_workspace(start: Path | None = None) -> Path:
    """Return the folder that holds `mynn/`: $WORKBOOK_HOME, else the nearest one at or above `start`.

    Args:
        start: where to look from; by default the notebook's folder, then the working directory.

    A notebook in a folder such as `02-modules` finds its course even where `mynn` has been deleted: the
    package stands beside that folder.

    Raises:
        ExportError: if there is none.
    """
    home = os.environ.get("WORKBOOK_HOME")
    if home:
        return Path(home).expanduser().resolve()
    session = os.environ.get("JPY_SESSION_NAME", "")  # Jupyter's name of the notebook that a kernel serves
    starts = [start] if start else [Path.cwd(), *([Path(session).parent] if session else [])]
    for origin in starts:
        for folder in [origin.resolve(), *origin.resolve().parents]:
            if (folder / "mynn" / "__init__.py").is_file():
                return folder
    for origin in starts:
        for folder in [origin.resolve(), *origin.resolve().parents]:
            if ASSIGNMENT.match(folder.name):
                return folder.parent
    raise ExportError(
        f"No folder 'mynn' at or above {starts[0].resolve()}. Open the notebook from the course's notebooks/ "
        "folder, or set WORKBOOK_HOME to the folder that holds mynn/."
    )


def create_package(workspace: Path) -> None:
    """Make an empty `mynn` in a workspace that has none."""
    init = workspace / "mynn" / "__init__.py"
    if not init.exists():
        write_atomically(init, PACKAGE)


def export_cell(cell: str, workspace: Path) -> tuple[str, frozenset[str]] | None:
    """Put one cell into `mynn`, replacing the blocks that bound the same names.

    The file is replaced in one step, and only after the whole of it has been parsed: whatever goes
    wrong, what was on disk stays.

    Args:
        cell: the cell's source as typed.
        workspace: the folder that holds `mynn/`.

    Returns:
        The module's name and the names that the block binds, or None if the cell doesn't export.

    Raises:
        ExportError: with one sentence for the student.
    """
    target = directive(cell)
    if target is None:
        return None
    source = cell.lstrip("\n").partition("\n")[2]
    try:
        block = Block.parse(source)
    except SyntaxError as error:
        raise ExportError(
            f"This cell can't go into {target}: line {(error.lineno or 0) + 1} isn't plain Python "
            "(a magic such as %timeit, or a top-level await). Move that line to a cell of its own."
        ) from None
    if not block.names and not block.only_imports:
        raise ExportError(f"This cell defines nothing that {target} could keep: no class, function or name.")
    path = workspace.joinpath(*target.split(".")).with_suffix(".py")
    try:
        create_package(workspace)
        blocks = read_blocks(path) if path.exists() else []
        write_atomically(path, render(merge(blocks, block)))
    except OSError as error:
        raise ExportError(f"Can't write {path}: {error.strerror}. Nothing was changed.") from None
    importlib.invalidate_caches()
    sys.modules.pop(target, None)  # so that the next `from mynn.modules import Linear` sees the new one
    return target, block.names


def read_blocks(path: Path) -> list[Block]:
    """Read the blocks of an exported file.

    Raises:
        ExportError: if the file was edited into something that isn't Python.
    """
    text = path.read_text(encoding="utf-8")
    parts = re.split(rf"^{re.escape(OPENING)}.*\n", text, flags=re.MULTILINE)[1:]
    try:
        return [Block.parse(part) for part in parts]
    except SyntaxError as error:
        raise ExportError(
            f"{path} isn't valid Python any more ({error.msg}). Delete it and run your notebook's cells "
            "again: the notebook is the source, the file is made from it."
        ) from None


def merge(blocks: list[Block], new: Block) -> list[Block]:
    """Return the blocks with `new` in place of those that bind one of its names; imports stay on top."""
    clashes = [
        i for i, old in enumerate(blocks) if old.only_imports == new.only_imports and old.names & new.names
    ]
    place = clashes[0] if clashes else len(blocks)
    kept = [(i, old) for i, old in enumerate(blocks) if i not in clashes]
    merged = [old for i, old in kept if i < place] + [new] + [old for i, old in kept if i > place]
    return sorted(merged, key=lambda block: not block.only_imports)


def render(blocks: Iterable[Block]) -> str:
    """Return the file's text; every block is announced by the names it binds."""
    return HEADER + "".join(f"\n\n{OPENING}{', '.join(sorted(b.names))}\n{b.source}" for b in blocks)


def write_atomically(path: Path, text: str) -> None:
    """Replace a file in one step: readers see the old text or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
