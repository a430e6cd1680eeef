"""Pyodide, pinned: which of its files a site needs, where they come from, and that they are those files.

`runtime.json` is taken from the npm package `pyodide` of one version: the sha256 of its core, and of its own
`pyodide-lock.json` the entries that this course needs.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
import tempfile
import urllib.request
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError, URLError

from autograder.course import CourseError

PINS: dict[str, Any] = json.loads(Path(__file__).with_name("runtime.json").read_text(encoding="utf-8"))
VERSION: str = PINS["npm"]["version"]
BROKEN = (tarfile.TarError, EOFError)
ARCHIVE = f"https://github.com/pyodide/pyodide/releases/download/{VERSION}/pyodide-{VERSION}.tar.bz2"


def files() -> dict[str, str]:
    """Return the sha256 of each file of Pyodide that a site needs, by its name."""
    packages = PINS["lock"]["packages"].values()
    return {**PINS["core"], **{about["file_name"]: about["sha256"] for about in packages}}


def gather(source: Path | None, into: Path) -> None:
    """Copy Pyodide's files into a folder, each of them checked.

    Args:
        source: a folder that holds them, or Pyodide's release archive; by default the archive is downloaded,
            once, and what is needed of it is kept.
        into: the folder that gets them.

    Raises:
        CourseError: if a file is missing, isn't the one that is pinned, or can't be downloaded.
    """
    if source is None:
        source = _cache()
        if _wanting(source):
            _download(ARCHIVE, source)
    elif not source.exists():
        raise CourseError(
            f"No {source}. PYODIDE names a folder with Pyodide {VERSION}'s files, or its archive."
        )
    if source.is_dir():
        _copy(source, into)
    else:
        try:
            with source.open("rb") as stream:
                _unpack(stream, into)
        except BROKEN as error:
            raise CourseError(f"{source} can't be unpacked: {error}. Get it again.") from None
    wrong = _wanting(into)
    if wrong:
        raise CourseError(
            f"Pyodide in {source} isn't version {VERSION} as pinned: {_some(wrong)}. "
            f"Give the folder or archive of that release ({ARCHIVE}), or leave PYODIDE out to download it."
        )


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base, "backprop-workbook", f"pyodide-{VERSION}")


def _wanting(folder: Path, pinned: Mapping[str, str] | None = None) -> list[str]:
    """Return what is wrong, file by file."""
    wrong = []
    for name, sha256 in (pinned or files()).items():
        path = folder / name
        if not path.is_file():
            wrong.append(f"{name} is missing")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            wrong.append(f"{name} has another sha256")
    return wrong


def _copy(source: Path, into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    for name in files():
        found = next((path for path in (source / name, source / "pyodide" / name) if path.is_file()), None)
        if found is not None:
            shutil.copyfile(found, into / name)


def _download(address: str, into: Path) -> None:
    """Read the archive as it comes, and keep what is needed of it: all of it, or nothing.

    Raises:
        CourseError: if it can't be had, or is another one.
    """
    print(f"Pyodide {VERSION}: downloading {address} (some hundred megabytes, once) ...", flush=True)
    instead = "Get that file on a machine that can, unpack it, and say 'make site PYODIDE=FOLDER'."
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=into.parent, prefix="download-") as work:
            came = Path(work, "pyodide")
            with urllib.request.urlopen(address, timeout=60) as stream:
                _unpack(stream, came)
            wrong = _wanting(came)
            if wrong:
                raise CourseError(
                    f"{address} isn't Pyodide {VERSION} as pinned: {_some(wrong)}. "
                    f"Nothing of it was kept. {instead}"
                )
            shutil.rmtree(into, ignore_errors=True)
            came.rename(into)
    except HTTPError as error:
        error.close()
        raise CourseError(f"Can't download {address}: {error}. {instead}") from None
    except (OSError, HTTPException) as error:
        why = error.reason if type(error) is URLError else error
        raise CourseError(f"Can't download {address}: {why}. {instead}") from None
    except BROKEN as error:
        raise CourseError(
            f"{address} can't be unpacked ({error}): it came in part, or is another file. "
            f"Nothing of it was kept: try again. {instead}"
        ) from None


def _some(wrong: Sequence[str], most: int = 3) -> str:
    more = f", and {len(wrong) - most} more" if len(wrong) > most else ""
    return ", ".join(wrong[:most]) + more


def _unpack(stream: IO[bytes], into: Path) -> None:
    """Keep what is needed of a release archive; reading ends when all of it is there.

    Raises:
        tarfile.TarError, EOFError: if it is no archive, or half of one.
    """
    into.mkdir(parents=True, exist_ok=True)
    wanted = set(files())
    with tarfile.open(fileobj=stream, mode="r|*") as archive:
        for member in archive:
            name = Path(member.name).name
            content = archive.extractfile(member) if name in wanted and member.isfile() else None
            if content is None:
                continue
            with (into / name).open("wb") as file:
                shutil.copyfileobj(content, file)
            wanted.discard(name)
            if not wanted:
                return
