"""Pyodide's files are the pinned ones, wherever they come from, or there is no site."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.course import CourseError
from backprop.site import runtime

CONTENT = {
    "pyodide.js": b"core",
    "numpy-2.whl": b"numbers" * 1000,
    "six-1.whl": b"six",
}


def pins(content: dict[str, bytes]) -> dict[str, Any]:
    def sha256(name: str) -> str:
        return hashlib.sha256(content[name]).hexdigest()

    packages = {n: {"file_name": n, "sha256": sha256(n)} for n in content if n.endswith(".whl")}
    return {"core": {"pyodide.js": sha256("pyodide.js")}, "lock": {"packages": packages}}


@pytest.fixture(autouse=True)
def _a_small_pyodide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "PINS", pins(CONTENT))


def release(path: Path, content: dict[str, bytes]) -> Path:
    """An archive like Pyodide's: everything in one folder, and more than is needed."""
    with tarfile.open(path, "w:bz2") as archive:
        for name, data in {"README.md": b"more", **content, "scipy-1.whl": b"much"}.items():
            about = tarfile.TarInfo(f"pyodide/{name}")
            about.size = len(data)
            archive.addfile(about, io.BytesIO(data))
    return path


def folder(path: Path, content: dict[str, bytes]) -> Path:
    path.mkdir(parents=True)
    for name, data in content.items():
        (path / name).write_bytes(data)
    return path


def held(path: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in path.iterdir()}


def test_a_folder_and_an_unpacked_release_are_taken(tmp_path: Path) -> None:
    for place in (
        folder(tmp_path / "flat", CONTENT),
        folder(tmp_path / "release" / "pyodide", CONTENT).parent,
    ):
        into = tmp_path / f"from-{place.name}"
        runtime.gather(place, into)
        assert held(into) == CONTENT


def test_an_archive_is_taken_and_only_what_is_needed_is_kept(tmp_path: Path) -> None:
    runtime.gather(release(tmp_path / "p.tar.bz2", CONTENT), tmp_path / "into")
    assert held(tmp_path / "into") == CONTENT


def test_it_is_downloaded_once(tmp_path: Path) -> None:
    archive = release(tmp_path / "p.tar.bz2", CONTENT)
    kept = tmp_path / "kept"
    runtime.gather(None, tmp_path / "first", archive=archive.as_uri(), cache=kept)
    archive.unlink()
    runtime.gather(None, tmp_path / "second", archive=archive.as_uri(), cache=kept)
    assert held(tmp_path / "second") == CONTENT


@settings(deadline=None)
@given(name=st.sampled_from(sorted(CONTENT)), wrong=st.binary(max_size=40))
def test_another_file_under_a_pinned_name_is_refused_by_name(
    tmp_path_factory: pytest.TempPathFactory, name: str, wrong: bytes
) -> None:
    if wrong == CONTENT[name]:
        return
    root = tmp_path_factory.mktemp("pyodide")
    with pytest.raises(CourseError, match=f"{name} has another sha256"):
        runtime.gather(folder(root / "wrong", {**CONTENT, name: wrong}), root / "into")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda root: root / "nowhere", "No .*nowhere"),
        (lambda root: folder(root / "part", {"six-1.whl": b"six"}), "numpy-2.whl is missing"),
        (lambda root: folder(root / "text", {"x": b"no archive"}) / "x", "can't be unpacked"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, make: Any, says: str) -> None:
    with pytest.raises(CourseError, match=says):
        runtime.gather(make(tmp_path), tmp_path / "into")


def test_a_download_that_fails_says_what_to_do_instead(tmp_path: Path) -> None:
    address = (tmp_path / "nothing.tar.bz2").as_uri()
    with pytest.raises(CourseError, match="make site PYODIDE=FOLDER"):
        runtime.gather(None, tmp_path / "into", archive=address, cache=tmp_path / "kept")
