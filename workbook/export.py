"""Export: a cell that starts with `#| export mynn.modules` becomes a block of `mynn/modules.py`."""

from __future__ import annotations

import builtins
import importlib.util
import os
import re
import tempfile
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbook import blocks, directive, reads, stray
from workbook.blocks import Block
from workbook.directive import ExportError as ExportError

ASSIGNMENT = re.compile(r"\d\d-")  # a folder of the course: 02-modules
PACKAGE = '"""Your neural network library: `#| export` cells of your notebooks fill it, block by block."""\n'


@dataclass(frozen=True)
class Exported:
    """What became of a cell.

    Attributes:
        target: the module that it is in now, for example "mynn.modules".
        block: the cell there.
        kept: names of an earlier block that stay beside it, since this cell doesn't bind them.
        provided: every name that the module has now.
        taken_over: helpers of another cell's that have become this one's, and what calls them there.
    """

    target: str
    block: Block
    kept: frozenset[str]
    provided: set[str]
    taken_over: Mapping[str, Sequence[str]]


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


def export_cell(cell: str, workspace: Path, names: Container[str] = ()) -> Exported | None:
    """Put one cell into `mynn`, replacing the blocks whose names it binds anew.

    The file is replaced in one step, and only after the whole of it has been compiled: whatever goes
    wrong, what was on disk stays.

    Args:
        cell: the cell's source as typed.
        workspace: the folder that holds `mynn/`.
        names: the notebook's, in which the cell has just run.

    Returns:
        What became of it, or None if the cell doesn't export.

    Raises:
        ExportError: with one sentence for the student.
    """
    found = directive.read(cell)
    if found is None:
        return None
    target, source = found
    try:
        ahead, source = blocks.ahead(source)
        block = Block.parse(source)
    except SyntaxError as error:
        raise ExportError(
            f"This cell can't go into {target}: line {_line(error, cell, source)} isn't plain Python "
            "(a magic such as %timeit, or a top-level await). Move that line to a cell of its own."
        ) from None
    if not block.names and not block.only_imports:
        raise ExportError(f"This cell defines nothing that {target} could keep: no class, function or name.")
    path = workspace.joinpath(*target.split(".")).with_suffix(".py")
    try:
        create_package(workspace)
        there = read_blocks(path) if path.exists() else []
        if ahead:
            there, _ = blocks.merge(there, Block.parse(ahead))
        merged, kept = blocks.merge(there, block)
        taken = blocks.taken_over([other for other in merged if other is not block], block)
        _expect_importable(merged, block, target, names, cell.count("\n") - source.count("\n"))
        _replace(path, blocks.render(merged), target)
    except OSError as error:
        raise ExportError(f"Can't write {path}: {error.strerror}. Nothing was changed.") from None
    return Exported(target, block, kept, {name for other in merged for name in other.provided}, taken)


def _expect_importable(
    merged: Sequence[Block], block: Block, target: str, names: Container[str], above: int
) -> None:
    """Refuse a cell that needs, as soon as it is imported, what only the notebook has."""
    before = merged[: merged.index(block)]
    there = stray.spelt_out(name for other in before for name in other.provided)
    lazy = any("from __future__ import annotations" in other.source for other in before)
    try:
        needed = list(reads.read_at_once(block.source, annotations=not lazy))
    except SyntaxError:
        return  # what is compiled for the file will say so
    for name, line in needed:
        if there is None or name in there or name not in names or hasattr(builtins, name):
            continue
        raise ExportError(
            f"{target} couldn't be imported: line {(line or 1) + above} uses {name} at once, which only your "
            f"notebook has. Put it into this cell, or first export the cell that makes or imports it."
        )


def _line(error: SyntaxError, cell: str, source: str) -> int:
    return (error.lineno or 0) + cell.count("\n") - source.count("\n")


def read_blocks(path: Path) -> list[Block]:
    """Read the blocks of an exported file.

    Raises:
        ExportError: if the file was edited into something that isn't Python.
    """
    try:
        return blocks.split(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        raise ExportError(
            f"{path} isn't valid Python any more ({error.msg}). Delete it and run your notebook's cells "
            "again: the notebook is the source, the file is made from it."
        ) from None


def _replace(path: Path, text: str, target: str) -> None:
    try:
        compile(text, str(path), "exec")
    except SyntaxError as error:
        raise ExportError(
            f"This cell can't go into {target}: {error.msg}. Nothing was changed."
            + (" It belongs in a cell that holds imports only." if "__future__" in str(error.msg) else "")
        ) from None
    write_atomically(path, text)
    # Python compares seconds and sizes, and might take the old compiled file for the new one's
    Path(importlib.util.cache_from_source(path)).unlink(missing_ok=True)
    importlib.invalidate_caches()


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
