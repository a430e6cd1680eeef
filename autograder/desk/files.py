"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from pathlib import Path

FOLDER = ".autograder"  # in the course: what the grader keeps for itself
STAMP = "timestamp.txt"  # nbgrader's, in a submission's folder: when it was handed in
PART = ".part"  # a file that is being written
LONG_AGO = 60.0  # seconds


def write_atomically(path: Path, content: str | bytes) -> None:
    """Replace a file in one step: readers see the old content or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=PART)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def tidy(folder: Path, pattern: str = "") -> None:
    """Remove what processes that were killed had begun to write, a minute ago or more.

    Args:
        folder: where.
        pattern: of folders below it, each to end in a slash, as "*/"; or only there.
    """
    for path in folder.glob(f"{pattern}.*{PART}"):
        with contextlib.suppress(FileNotFoundError):
            if abs(time.time() - path.stat().st_mtime) > LONG_AGO:
                path.unlink()
