"""What lies in a submission's folder: its notebooks, the files beside them, when it was handed in."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nbgrader.utils import find_all_files

from autograder.desk.dates import LONGEST, NoDateError, moment
from autograder.desk.files import STAMP
from autograder.engine.wire.limits import Limits
from autograder.marking.outcome import printable
from autograder.marking.sanitise import too_large
from autograder.marking.surroundings import File

TOLD = 5  # files that one remark names


class Unfit(Exception):  # noqa: N818 - said of a submission
    """What was handed in can't be graded; the message says why, for the summary."""


@dataclass(frozen=True)
class HandedIn:
    """What one student handed in for one assignment.

    Attributes:
        notebooks: the assignment's notebooks that are there, by name.
        files: what lies beside them.
        time: when, in UTC, if it says so.
        others: notebooks under other names or in other folders, which nobody grades.
        remarks: what was left out.
    """

    notebooks: dict[str, bytes]
    files: tuple[File, ...]
    time: datetime | None = None
    others: tuple[Path, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def own_files(self) -> tuple[File, ...]:
        """What lies beside the notebooks and is the student's: all but the time."""
        return tuple(file for file in self.files if file.path != STAMP)


def read(
    folder: Path, names: Sequence[str], ignore: Sequence[str], limits: Limits, home: str = "UTC"
) -> HandedIn:
    """Read a submission's folder.

    Args:
        folder: where it lies.
        names: the assignment's notebooks, without .ipynb.
        ignore: nbgrader's patterns of files that are left out.
        limits: how much is read.
        home: the time zone that this course's own programs write.

    Raises:
        Unfit: if a notebook is a link, or too large, or it says no date of when it was handed in.
        OSError: if a file can't be read.
    """
    time = timestamp(folder, home)
    paths = {name: _spelt(folder / f"{name}.ipynb") for name in names}
    if folder.is_symlink() or any(path.is_symlink() for path in paths.values()):
        raise Unfit("not a notebook: a link to one")
    here = {name: path for name, path in paths.items() if path.is_file()}
    for path in here.values():
        if path.stat().st_size > limits.notebook:
            raise Unfit(too_large(path.stat().st_size, limits))
    notebooks = {name: path.read_bytes() for name, path in here.items()}
    files, remarks = _beside(folder, ignore, limits)
    return HandedIn(notebooks, files, time, tuple(_others(folder, ignore, here.values())), remarks)


def _spelt(path: Path) -> Path:
    """Return a path as its folder spells it: é is one character here, and two in archives of macOS."""
    if path.exists() or path.name.isascii():
        return path
    wanted = unicodedata.normalize("NFC", path.name)
    return next((p for p in path.parent.iterdir() if unicodedata.normalize("NFC", p.name) == wanted), path)


def _others(folder: Path, ignore: Sequence[str], graded: Iterable[Path]) -> Iterator[Path]:
    """Yield what looks like a notebook and isn't graded, but for macOS's notes about files (._name)."""
    counted = set(graded)
    for name in sorted(find_all_files(str(folder), list(ignore))):
        path = Path(name)
        if ".ipynb" in path.name.lower() and not path.name.startswith("._") and path not in counted:
            yield path


def _beside(folder: Path, ignore: Sequence[str], limits: Limits) -> tuple[tuple[File, ...], tuple[str, ...]]:
    """Return the files beside the notebooks, ordinary ones and no links, and a remark on what was left out.

    These are too many, too large together or too deep in folders.
    """
    kept: list[File] = []
    left: list[str] = []
    room = limits.beside_size
    for name in sorted(find_all_files(str(folder), [*ignore, "*.ipynb"])):
        path = Path(name)
        inside = path.relative_to(folder)
        linked = any(part.is_symlink() for part in [path, *path.parents][: len(inside.parts)])
        shown = printable(str(inside))[-60:]
        if len(str(inside)) > limits.beside_path:
            left.append(f"{shown} (its name is too long)")
        elif len(kept) >= limits.beside:
            left.append(f"{shown} (more than {limits.beside} files)")
        elif linked or not path.is_file():
            left.append(f"{shown} (a link or no file)")
        elif (size := path.stat().st_size) > room:
            left.append(f"{shown} (more than {limits.beside_size / 2**20:.0f} MB of files)")
        else:
            kept.append(File(str(inside), path.read_bytes()))
            room -= size
    more = f", and {len(left) - TOLD} more" if len(left) > TOLD else ""
    remark = f"files were left out: {', '.join(left[:TOLD])}{more}"
    return tuple(kept), (remark,) if left else ()


def timestamp(folder: Path, home: str = "UTC") -> datetime | None:
    """Return when a submission was handed in, in UTC, if it says so.

    Args:
        folder: where it lies.
        home: the time zone that this course's own programs write.

    Raises:
        Unfit: if it says something that is no date, or could be two.
        OSError: if the file can't be read.
    """
    path = folder / STAMP
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise Unfit(f"{STAMP} is no file; it holds the date when this was handed in")
    if not path.exists():
        return None
    try:
        with path.open("rb") as file:
            return moment(file.read(LONGEST + 1), home)
    except NoDateError as error:
        raise Unfit(f"{STAMP} {error}") from None
