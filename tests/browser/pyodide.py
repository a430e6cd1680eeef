"""Pyodide's files for the tests: $PYODIDE, else from a package that is pinned by its hash, kept once."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PINNED = Path(__file__).with_name("pyodide.txt")
INSIDE = "/assets/pyodide/"


class NotHereError(Exception):
    """They can't be had; the message says why."""


def folder() -> Path:
    """Return the folder that holds them.

    Raises:
        NotHereError: if no registry has them, or none is reached.
    """
    if os.environ.get("PYODIDE"):
        return Path(os.environ["PYODIDE"])
    name = hashlib.sha256(PINNED.read_bytes()).hexdigest()[:16]
    kept = Path(tempfile.gettempdir(), f"backprop-workbook-{os.getuid()}", f"pyodide-{name}")
    if kept.is_dir():
        return kept
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as work:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        options = ["--no-deps", "--require-hashes", "-r", str(PINNED), "-d", work]
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotHereError(done.stderr.strip()[-500:])
        (wheel,) = Path(work).glob("*.whl")
        unpacked = Path(work, "unpacked")
        unpacked.mkdir()
        with zipfile.ZipFile(wheel) as archive:
            for each in archive.namelist():
                if INSIDE in each and not each.endswith("/"):
                    (unpacked / Path(each).name).write_bytes(archive.read(each))
        try:
            unpacked.rename(kept)
        except OSError:  # another test process was faster
            if not kept.is_dir():
                raise
    return kept
