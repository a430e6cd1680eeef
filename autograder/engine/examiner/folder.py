"""The examiner's working folder: the instructor's files as they lie beside the source notebook, read-only."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from autograder.marking.surroundings import File


class Folders:
    """A folder for each assignment that a worker has met; whoever made them has to close them."""

    def __init__(self) -> None:
        self._made: dict[tuple[File, ...], tempfile.TemporaryDirectory[str]] = {}

    def of(self, files: tuple[File, ...]) -> Path:
        """Return the folder of some files, which is made once."""
        if files not in self._made:
            self._made[files] = tempfile.TemporaryDirectory(prefix="examiner-", ignore_cleanup_errors=True)
            _lay_out(Path(self._made[files].name), files)
        return Path(self._made[files].name)

    def close(self) -> None:
        """Remove them all."""
        for made in self._made.values():
            made.cleanup()
        self._made.clear()


def _lay_out(folder: Path, files: Iterable[File]) -> None:
    """Write files; tests can read them, and can't leave one of their own for the next submission's."""
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        path.chmod(0o444)
    for path in [*folder.rglob("*"), folder]:
        if path.is_dir():
            path.chmod(0o555)


def enter(folder: Path) -> None:
    """Make a folder the process's working folder, and the first place where modules are looked for."""
    os.chdir(folder)
    sys.path.insert(0, str(folder))
