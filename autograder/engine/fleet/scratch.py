"""Folders of a process's own for what it needs for a while: whatever becomes of it, they don't pile up.

Each is locked by the process that made it, and the system takes the lock back when that process ends, however
it ends. Who makes the next one removes those that nobody holds any more. (Names with a process's number would
say less: the number may be another's by now, and another container's processes can't be seen.)
"""

from __future__ import annotations

import contextlib
import multiprocessing.util
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

if sys.platform != "win32":
    import fcntl

PREFIX = "grader-"
SHORT = 70  # characters: a socket's path, which has at most 107 on Linux and 103 on macOS, goes on for 32
LAST = -200  # after multiprocessing has removed its folder


class Scratch:
    """A folder of this process's own.

    Args:
        within: where to make it, and to look for those that are left; by default where temporary files go.

    Attributes:
        path: the folder.
    """

    def __init__(self, within: Path | None = None) -> None:
        place = within or Path(tempfile.gettempdir())
        _sweep(place)
        self.path, self._lock = _made(place)
        self._owner: int | None = os.getpid()

    @property
    def ours(self) -> bool:
        """Whether this process made it: one that was forked from that one leaves it alone."""
        return self._owner == os.getpid()

    def close(self) -> None:
        """Remove it with all that is in it."""
        if self.ours:
            _remove(self.path)
            os.close(self._lock)
            self._owner = None


_mine: Scratch | None = None


def mine() -> Path:
    """Return this process's own folder, which is made once and lasts until the process ends."""
    global _mine
    if _mine is None or not _mine.ours:
        _mine = Scratch()
        multiprocessing.util.Finalize(None, _mine.close, exitpriority=LAST)
    return _mine.path


def settle(within: Path) -> None:
    """Have all temporary files of this process, whoever makes them, in a folder that is swept after it."""
    tempfile.tempdir = str(Scratch(within).path)


def keep_sockets() -> None:
    """Have the folder in which `multiprocessing` keeps the fork server's socket in this process's own."""
    here = mine()
    if len(str(here)) <= SHORT:
        with _temporary_files_in(here):
            multiprocessing.util.get_temp_dir()


@contextlib.contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


def _made(place: Path) -> tuple[Path, int]:
    """Make a folder and lock it; if somebody has swept it away before it was locked, make another."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        with contextlib.suppress(FileNotFoundError):
            lock = os.open(path, os.O_RDONLY)
            _locked(lock, wait=True)
            if path.exists():
                return path, lock
            os.close(lock)


def _sweep(place: Path) -> None:
    """Remove what is left of processes of this user that have ended."""
    with os.scandir(place) as entries:
        found = [each.path for each in entries if each.name.startswith(PREFIX)]
    for path in found:
        with contextlib.suppress(OSError):  # swept by somebody else
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if os.fstat(lock).st_uid == os.getuid() and _locked(lock, wait=False):
                    _remove(Path(path))
            finally:
                os.close(lock)


def _locked(folder: int, *, wait: bool) -> bool:
    """Lock an open folder; say whether that was possible, which it isn't on some network file systems."""
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


def _remove(folder: Path) -> None:
    """Remove a folder, with folders in it that are read-only."""
    for root, names, _ in os.walk(folder):
        for path in (Path(root, name) for name in names):
            if not path.is_symlink():
                with contextlib.suppress(OSError):
                    path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
