"""A worker: one sandbox, kept warm, and a fresh examiner process for each submission."""

from __future__ import annotations

import ast
import contextlib
import ctypes
import importlib
import importlib.util
import os
import select
import signal
import socket
import struct
import sys
import time
import traceback
from dataclasses import replace
from pathlib import Path

from autograder.engine.examinee.template import import_all
from autograder.engine.examiner.compiled import read_ahead, read_answers
from autograder.engine.examiner.folder import Folders, enter
from autograder.engine.examiner.job import Job, Result
from autograder.engine.examiner.sitting import sit
from autograder.engine.fleet import ahead
from autograder.engine.wall.bubblewrap import PACKAGES
from autograder.engine.wall.premises import Premises, SandboxError, SandboxLost
from autograder.engine.wall.sandbox import Sandbox
from autograder.hooks import Namer, load
from autograder.marking.paper import Paper

MARGIN = 60.0  # seconds that an examiner may take beyond its budget before it is ended
DIE_WITH_PARENT = 1


class Station:
    """Grades one submission after another.

    Args:
        premises: what its sandbox is built from. It starts now; the first submission waits until it is ready.
        paper: what will probably be graded first: what it needs is made meanwhile.

    Raises:
        SandboxError: if there is no sandbox here.
    """

    def __init__(self, premises: Premises, paper: Paper | None = None) -> None:
        self.premises = premises
        self.folders = Folders()
        self.warmed: set[str] = set()
        self.unsafe: set[str] = set()
        self.met: set[tuple[object, ...]] = set()
        self.prepared: set[tuple[object, ...]] = set()
        self.namers: dict[tuple[object, ...], tuple[Namer | None, str]] = {}
        self.sandbox = ahead.taken(premises) or Sandbox.begin(premises)
        self.ready = False
        self._preload()
        if paper is not None:
            self._expect(paper)
        else:  # it will be a solution, probably, which draws all its figures
            self.sandbox.practise()

    def _expect(self, paper: Paper) -> None:
        """Make what a paper needs; one that an older version has kept may lack what this one asks for."""
        with contextlib.suppress(Exception):  # the first submission finds out
            self._namer(paper)
            read_ahead(paper)
            self._get_ready()
            self._warm(paper)
        # what names nothing was asked too early, perhaps: nbgrader_config.py hasn't been read
        self.namers = {key: made for key, made in self.namers.items() if not made[1]}

    def _get_ready(self) -> None:
        if not self.ready:
            self.ready = True
            try:
                self.sandbox.finish()
            except SandboxError:  # ended from outside while it started: the next one may do
                self.sandbox = Sandbox(self.premises)

    def move(self, premises: Premises) -> None:
        """Grade in another sandbox from now on, if the premises aren't the same."""
        if premises != self.premises:
            self.premises = premises
            self._restart()

    def grade(self, job: Job) -> Result:
        """Grade one submission in a forked process, and return what is to be written down.

        If the sandbox fails on the way, the submission gets another; if that fails too, it alone is given up.

        Raises:
            SandboxError: if there is no sandbox to be had any more.
        """
        try:
            return self._attempt(job)
        except SandboxLost:
            self._restart()
        try:
            return self._attempt(job)
        except SandboxLost as error:
            self._restart()
            return Result(reason=f"the sandbox failed twice while this submission ran: {error}")

    def _attempt(self, job: Job) -> Result:
        namer, unnamed = self._namer(job.paper)
        folder = self.folders.of(job.paper.files)
        read_ahead(job.paper)
        if _named_by(job.paper) in self.met:  # the first mark doesn't wait for what a right answer needn't
            self._prepare(job.paper, namer)
        if not job.rehearsal:
            self.met.add(_named_by(job.paper))
        self._get_ready()
        self._warm(job.paper)
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            ours.close()
            _examine(job, self.sandbox, namer, folder, theirs)
        theirs.close()
        try:
            until = time.monotonic() + job.budget + MARGIN
            answer = _read_all(ours, until)
            in_time = time.monotonic() < until
        finally:
            ours.close()
            os.kill(pid, signal.SIGKILL)
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if answer[:1] == b"+":
            result = Result.from_json(answer[1:])
            return replace(result, unnamed=result.unnamed or unnamed or self.sandbox.trouble)
        said = answer[1:].decode("utf-8", "replace")
        if answer[:1] == b"~":
            raise SandboxLost(said)
        if not answer and in_time and status == -signal.SIGKILL:
            raise SandboxLost("the examiner was ended from outside")
        self._restart()
        if answer[:1] == b"!":
            raise SandboxError(said)
        if answer[:1] == b"?":
            return Result(reason=f"the examiner failed: {said.strip().splitlines()[-1]}", trace=said)
        late = "it took too long" if status == -signal.SIGKILL else f"exit status {status}"
        return Result(reason=f"the examiner ended before it was done ({late})")

    def _namer(self, paper: Paper) -> tuple[Namer | None, str]:
        """Return what names known mistakes in this assignment, or why nothing can.

        It is made before the fork, so that it is kept.
        """
        around, key = paper.surroundings, _named_by(paper)
        if key not in self.namers:
            try:
                self.namers[key] = (
                    load(paper.course, self.folders.of(around.course)).namer(assignment=paper.assignment),
                    "",
                )
            except Exception:
                self.namers[key] = None, traceback.format_exc()
        return self.namers[key]

    def _prepare(self, paper: Paper, namer: Namer | None) -> None:
        """Find out, once, what submissions needn't find out by themselves, each for its own."""
        if _named_by(paper) in self.prepared:
            return
        self.prepared.add(_named_by(paper))
        with contextlib.suppress(Exception):  # said where a submission needs it
            read_answers(paper)
            prepare = getattr(namer, "prepare", None)
            if prepare is not None:
                prepare()

    def _warm(self, paper: Paper) -> None:
        """Import what the source notebook does, once for the class: here for its tests, and in the sandbox.

        What lies beside the notebook, or would start threads before the fork, is left to each submission.
        """
        beside = {Path(file.path).parts[0].partition(".")[0] for file in paper.files}
        statements = [line for text in paper.imports.values() for line in text.splitlines()]
        statements = [line for line in statements if installed(line, beside)]
        new = [line for line in dict.fromkeys(statements) if line not in self.warmed | self.unsafe]
        if not new:
            return
        self.warmed.update(new)
        import_all(new)
        if not self.sandbox.warm(new):
            self.unsafe.update(new)
            self._restart()

    def _preload(self) -> None:
        for name in self.premises.preload:
            with contextlib.suppress(Exception):  # what needs it says so
                importlib.import_module(name)

    def _restart(self) -> None:
        self.ready = True
        self.warmed.clear()
        self.sandbox.close()
        try:
            self.sandbox = Sandbox(self.premises, self._preload)
        except SandboxError:  # ended from outside while it started: the next one may do
            self.sandbox = Sandbox(self.premises, self._preload)

    def close(self) -> None:
        """End the sandbox, and remove what was laid out for tests."""
        self.sandbox.close()
        self.folders.close()


def _examine(job: Job, sandbox: Sandbox, namer: Namer | None, folder: Path, answer: socket.socket) -> None:
    """Be the examiner of one submission; never return."""
    code = 1
    try:
        die_with_parent()
        if sys.platform == "linux":
            import resource

            memory = sandbox.premises.limits.examiner_memory
            resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
        os.setpgid(0, 0)
        enter(folder)
        try:
            _write_all(answer, b"+" + sit(job, sandbox, namer).to_json())
        except SandboxLost as error:
            _write_all(answer, b"~" + str(error).encode())
        except SandboxError as error:
            _write_all(answer, b"!" + str(error).encode())
        except Exception:
            _write_all(answer, b"?" + traceback.format_exc().encode("utf-8", "replace"))
        code = 0
    finally:
        os._exit(code)


def _named_by(paper: Paper) -> tuple[object, ...]:
    """Return what decides who names mistakes in a paper, and what that one knows."""
    around = paper.surroundings
    return paper.course, paper.assignment, around.version, around.course


def installed(statement: str, beside: set[str]) -> bool:
    """Say whether an import statement is of Python's library or of an installed package, not of a file."""
    (node,) = ast.parse(statement).body
    named = (
        node.module if isinstance(node, ast.ImportFrom) else getattr(node, "names", [ast.alias("")])[0].name
    )
    top = (named or "").partition(".")[0]
    if top in ("", "__main__") or top in beside:
        return False
    if top in sys.stdlib_module_names:
        return True
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):  # a module that has no specification, as __main__
        return False
    places = [spec.origin or "", *(spec.submodule_search_locations or [])] if spec else []
    return any(name in PACKAGES for place in places for name in Path(place).parts)


def die_with_parent() -> None:
    """Have the kernel end this process when the one that started it ends (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)


def _write_all(connection: socket.socket, data: bytes) -> None:
    connection.sendall(struct.pack("!Q", len(data)) + data)


def _read_all(connection: socket.socket, deadline: float) -> bytes:
    """Read one answer; what came until the deadline, if it isn't whole, is as good as none."""
    data = bytearray()
    while len(data) < 8 or len(data) < 8 + struct.unpack("!Q", data[:8])[0]:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([connection], [], [], left)[0]:
            return b""
        part = connection.recv(2**20)
        if not part:
            return b""
        data += part
    return bytes(data[8:])
