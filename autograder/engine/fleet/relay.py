"""Grading processes of a machine of a cluster: Dask runs tasks in threads, and threads can't fork.

Each is fed through its standard input, one submission after another. Both ends are the instructor's own
processes on one machine, which is why the frames are pickles.
"""

from __future__ import annotations

import atexit
import os
import pickle
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import IO, Any

from autograder.engine.examiner.job import Result
from autograder.engine.fleet.kits import Known, folded, unpacked
from autograder.engine.fleet.scratch import Scratch, mine
from autograder.engine.wall.premises import OtherCode, SandboxError, version_of

LENGTH = struct.Struct("!Q")
WANTED = "kit"  # the answer of a process that doesn't have a job's kit


class Ended(Exception):  # noqa: N818 - what happened
    """The process has ended."""


class Relay:
    """One such process; it keeps what it has imported for as long as it lives."""

    def __init__(self) -> None:
        self.scratch = Scratch(mine())
        self.process = subprocess.Popen(
            [sys.executable, "-m", "autograder.engine.fleet.relay"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "TMPDIR": str(self.scratch.path)},
        )

    def grade(self, key: str, slip: bytes, kit: bytes) -> bytes:
        """Have it grade one submission.

        Raises:
            SandboxError: if there is no sandbox here.
            Ended: if the process has ended.
        """
        answer = self._ask((key, slip, None))
        if answer == WANTED:
            answer = self._ask((key, slip, kit))
        if isinstance(answer, SandboxError):
            raise answer
        assert isinstance(answer, bytes)
        return answer

    def _ask(self, question: Any) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            _write(self.process.stdin, question)
            return _read(self.process.stdout)
        except (OSError, EOFError):
            raise Ended from None

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.communicate()
        self.scratch.close()


class Relays:
    """As many as are needed at once: one for each of the worker's threads."""

    def __init__(self, start: Callable[[], Relay] = Relay) -> None:
        self.start = start
        self.lock = threading.Lock()
        self.idle: list[Relay] = []
        atexit.register(self.close)

    def close(self) -> None:
        """End those that nobody uses; the others end when their input does."""
        with self.lock:
            while self.idle:
                self.idle.pop().close()

    def grade(self, key: str, slip: bytes, kit: bytes) -> bytes:
        """Grade one submission. If the process ends on the way, another takes it; after two, it is given up.

        Processes that have imported other code than the grader has now make room for new ones.

        Raises:
            SandboxError: if there is no sandbox here.
            OtherCode: if this machine has other code.
        """
        other: OtherCode | None = None
        for _ in range(2):
            with self.lock:
                relay = self.idle.pop() if self.idle else None
            relay = relay or self.start()
            try:
                answer = relay.grade(key, slip, kit)
            except Ended:
                relay.close()
                continue
            except OtherCode as error:
                relay.close()
                self.close()
                other = error
                continue
            except BaseException:
                relay.close()
                raise
            with self.lock:
                self.idle.append(relay)
            return answer
        if other is not None:
            raise other
        return folded(Result(reason="the grading process ended twice while this submission ran"), Known())


def _write(stream: IO[bytes], value: Any) -> None:
    data = pickle.dumps(value)
    stream.write(LENGTH.pack(len(data)) + data)
    stream.flush()


def _read(stream: IO[bytes]) -> Any:
    header = stream.read(LENGTH.size)
    if len(header) < LENGTH.size:
        raise EOFError
    return pickle.loads(stream.read(LENGTH.unpack(header)[0]))


class _NoKitError(Exception):
    """This process has to be given it."""


def _fetch(kit: bytes | None) -> bytes:
    if kit is None:
        raise _NoKitError
    premises = unpacked(kit).premises
    if premises.version and premises.version != version_of(premises.hooks):
        raise OtherCode(
            f"The worker on {socket.gethostname()} has another version of the grader or of the course's "
            "package. Install the same on every machine of the cluster."
        )
    return kit


def main() -> None:
    """Grade what comes in until it ends."""
    from autograder.engine.fleet import warm, worker  # noqa: F401 - warm imports what workers need

    answers = sys.stdout.buffer
    sys.stdout = sys.stderr
    while True:
        try:
            key, slip, kit = _read(sys.stdin.buffer)
        except EOFError:
            return
        try:
            answer: Any = worker.grade_here(key, slip, partial(_fetch, kit))
        except _NoKitError:
            answer = WANTED
        except SandboxError as error:
            answer = error
        _write(answers, answer)


if __name__ == "__main__":
    main()
