"""Pyodide's files are the pinned ones, wherever they come from, or there is no site."""

from __future__ import annotations

import hashlib
import io
import random
import re
import socket
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.course import CourseError
from backprop.site import __main__ as site
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


@dataclass
class Web:
    """A server with Pyodide's release on it, or with what is found there instead."""

    answer: bytes | None = None
    chunked: bool = False  # as proxies send: what is missing at the end is noticed


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.close_connection = True
            if web.answer is None:
                self.send_error(404)
                return
            self.send_response(200)
            if web.chunked:
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self.wfile.write(b"%x\r\n" % (2 * len(web.answer)) + web.answer)
            else:
                self.send_header("Content-Length", str(len(web.answer)))
                self.end_headers()
                self.wfile.write(web.answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        web = Web()
        monkeypatch.setattr(runtime, "ARCHIVE", f"http://127.0.0.1:{server.server_port}/pyodide.tar.bz2")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield web
        server.shutdown()
        thread.join()


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


def test_it_is_downloaded_once(web: Web, tmp_path: Path) -> None:
    web.answer = release(tmp_path / "p.tar.bz2", CONTENT).read_bytes()
    runtime.gather(None, tmp_path / "first")
    web.answer = None
    runtime.gather(None, tmp_path / "second")
    assert held(tmp_path / "first") == held(tmp_path / "second") == CONTENT


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


def cut(archive: bytes) -> bytes:
    return archive[: len(archive) // 2]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("cut short", "can't be unpacked"),
        ("cut short, and the server says so", "Can't download"),
        ("another hash", r"numpy-2\.whl has another sha256"),
        ("a file less", r"six-1\.whl is missing"),
        ("a page of a proxy", "can't be unpacked"),
        ("no such file", "404"),
        ("no server", "Can't download .*refused"),
    ],
)
def test_a_download_that_fails_is_one_sentence_and_leaves_nothing(
    web: Web,
    tmp_path: Path,
    name: str,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As `make site` ends: what is wrong, what to do instead, a status, no site and no half of a download."""
    archive = release(tmp_path / "p.tar.bz2", CONTENT).read_bytes()
    noise = random.Random(0).randbytes(200_000)
    long = release(tmp_path / "long.tar.bz2", {"noise": noise, **CONTENT}).read_bytes()
    other = release(tmp_path / "o.tar.bz2", {**CONTENT, "numpy-2.whl": b"no numbers"}).read_bytes()
    less = release(tmp_path / "l.tar.bz2", {k: v for k, v in CONTENT.items() if k != "six-1.whl"})
    web.answer = {
        "cut short": cut(archive),
        "cut short, and the server says so": cut(long),
        "another hash": other,
        "a file less": less.read_bytes(),
        "a page of a proxy": b"<!doctype html><title>Sign in</title>",
    }.get(name)
    web.chunked = name.endswith("says so")
    if name == "no server":
        with socket.create_server(("127.0.0.1", 0)) as nobody:  # no one listens there once it is closed
            port = nobody.getsockname()[1]
        monkeypatch.setattr(runtime, "ARCHIVE", f"http://127.0.0.1:{port}/pyodide.tar.bz2")
    assert site.main(["--output", str(tmp_path / "site")]) == 1
    said = capsys.readouterr().err
    assert re.search(says, said), said
    assert "Traceback" not in said
    assert said.count("\n") == 1
    assert "make site PYODIDE=FOLDER" in said
    assert not (tmp_path / "site").exists()
    assert list((tmp_path / "cache" / "backprop-workbook").iterdir()) == []


def test_what_is_kept_is_looked_at_again_and_mended(web: Web, tmp_path: Path) -> None:
    web.answer = release(tmp_path / "p.tar.bz2", CONTENT).read_bytes()
    runtime.gather(None, tmp_path / "first")
    (runtime._cache() / "six-1.whl").write_bytes(b"half")
    runtime.gather(None, tmp_path / "second")
    assert held(tmp_path / "second") == CONTENT
