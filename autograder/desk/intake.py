"""What lies in a submission's folder: its notebooks, the files beside them, when it was handed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nbgrader.utils import find_all_files, parse_utc

from autograder.engine.wire.limits import Limits
from autograder.marking.sanitise import too_large
from autograder.marking.surroundings import File


class Unfit(Exception):  # noqa: N818 - said of a submission
    """What was handed in can't be graded; the message says why, for the summary."""


@dataclass(frozen=True)
class HandedIn:
    """What one student handed in for one assignment.

    Attributes:
        notebooks: the assignment's notebooks that are there, by name.
        files: what lies beside them.
    """

    notebooks: dict[str, bytes]
    files: tuple[File, ...]


def read(folder: Path, names: Sequence[str], ignore: Sequence[str], limits: Limits) -> HandedIn:
    """Read a submission's folder.

    Args:
        folder: where it lies.
        names: the assignment's notebooks, without .ipynb.
        ignore: nbgrader's patterns of files that are left out.
        limits: how much is read.

    Raises:
        Unfit: if a notebook is a link, or too large.
        OSError: if a file can't be read.
    """
    paths = {name: folder / f"{name}.ipynb" for name in names}
    if folder.is_symlink() or any(path.is_symlink() for path in paths.values()):
        raise Unfit("not a notebook: a link to one")
    here = {name: path for name, path in paths.items() if path.is_file()}
    for path in here.values():
        if path.stat().st_size > limits.notebook:
            raise Unfit(too_large(path.stat().st_size, limits))
    notebooks = {name: path.read_bytes() for name, path in here.items()}
    return HandedIn(notebooks, tuple(_beside(folder, ignore, limits)))


def _beside(folder: Path, ignore: Sequence[str], limits: Limits) -> list[File]:
    """Return the files beside the notebooks: ordinary ones, no links.

    Those that are too many, too large together or too deep in folders are left out.
    """
    kept: list[File] = []
    room = limits.beside_size
    for name in sorted(find_all_files(str(folder), [*ignore, "*.ipynb"])):
        path = Path(name)
        inside = path.relative_to(folder)
        linked = any(part.is_symlink() for part in [path, *path.parents][: len(inside.parts)])
        if (
            len(str(inside)) > limits.beside_path
            or len(kept) >= limits.beside
            or linked
            or not path.is_file()
        ):
            continue
        size = path.stat().st_size
        if size <= room:
            kept.append(File(str(inside), path.read_bytes()))
            room -= size
    return kept


def timestamp(folder: Path) -> datetime | None:
    """Return when a submission was handed in, if it says so.

    Raises:
        Unfit: if it says something that is no date.
    """
    path = folder / "timestamp.txt"
    if path.is_symlink() or not path.is_file() or path.stat().st_size > 1000:
        return None
    text = path.read_text(encoding="utf-8", errors="replace").strip()
    try:
        parsed: datetime | None = parse_utc(text) if text else None
        return parsed
    except Exception:  # dateutil raises whatever its parts do
        raise Unfit(f"timestamp.txt is no date: {text[:40]!r}") from None
