"""Start the template process inside bubblewrap, and talk to it."""

from __future__ import annotations

import array
import contextlib
import dataclasses
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.engine.examinee.confine import SANDBOX_HOME
from autograder.engine.wall.bubblewrap import ENVIRONMENT, INSIDE, command, find_bwrap, python_folders
from autograder.engine.wall.premises import Premises, SandboxError, SandboxLost, folder_of

START_SECONDS = END_SECONDS = 60.0
FORK_SECONDS = 20.0
MOST_STATEMENTS = 3500  # bytes of import statements: they travel in one datagram


@dataclass(frozen=True)
class End:
    """How a submission's process ended."""

    status: int | None  # exit code, or minus the signal's number
    peak: int  # bytes
    reason: str  # why the sandbox ended it, or ""


def _above(names: tuple[str, ...]) -> list[Path]:
    """Return the folders that packages which are shown lie in, for a submission that nothing isolates."""
    return [folder.parent for name in names if "/" not in name and (folder := folder_of(name))]


def _line(command: str, **more: Any) -> bytes:
    """Return a command to the template process."""
    return json.dumps({"do": command, **more}).encode() + b"\n"


class Sandbox:
    """A running template process: `connect` gives a fresh examinee, `end` ends it.

    Args:
        premises: what it is built from.
        meanwhile: is called while it starts, which takes two seconds.

    Attributes:
        trouble: why the course's part can't take part inside, or "".

    Raises:
        SandboxError: if it can't be started.
    """

    def __init__(self, premises: Premises, meanwhile: Callable[[], None] = lambda: None) -> None:
        self._begin(premises)
        self.finish(meanwhile)

    @classmethod
    def begin(cls, premises: Premises) -> Sandbox:
        """Return one that has been started and isn't ready until it is `finished`.

        Raises:
            SandboxError: if it can't be started.
        """
        begun = cls.__new__(cls)
        begun._begin(premises)
        return begun

    def _begin(self, premises: Premises) -> None:
        self.premises = premises
        self.trouble = ""
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        ours, theirs = socket.socketpair()
        self.control = ours
        self._received = b""
        self._lost = ""
        try:
            with theirs:
                self.process = self._start(theirs)
        except BaseException:
            ours.close()
            raise

    def finish(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Wait until it is ready, and do something meanwhile.

        Raises:
            SandboxError: if it doesn't get ready.
        """
        try:
            meanwhile()
            self.trouble = str(self._hear("ready", START_SECONDS)["trouble"])
        except SandboxError:
            self.close()
            raise

    @property
    def home(self) -> str:
        """The folder that a submission may write to, as it sees it."""
        return SANDBOX_HOME if self.premises.isolated else self._fresh_home()

    def _fresh_home(self) -> str:
        self._scratch = tempfile.TemporaryDirectory(prefix="submission-", ignore_cleanup_errors=True)
        return self._scratch.name

    def _start(self, control: socket.socket) -> subprocess.Popen[bytes]:
        setting = {
            "control": control.fileno(),
            "isolated": self.premises.isolated,
            "limits": dataclasses.asdict(self.premises.limits),
            "inside": self.premises.inside,
        }
        packages = [INSIDE, *python_folders()[1]]
        environment = {}
        prefix: list[str] = []
        if self.premises.isolated:
            prefix = command(find_bwrap(), self.premises, as_root=os.geteuid() == 0)
        else:
            packages = [
                str(Path(__file__).resolve().parents[3]),
                *map(str, _above(self.premises.shown)),
                *packages[1:],
            ]
            environment = {
                k: v
                for k, v in ENVIRONMENT.items()
                if k in ("PATH", "LANG") or "THREADS" in k or "PYTHON" in k
            }
            environment["HOME"] = tempfile.gettempdir()
        python = str(Path(getattr(sys, "_base_executable", sys.executable)).resolve())
        main = "autograder.engine.examinee.template"
        # what is imported stays: it is searched for rubbish in vain; submissions have their rubbish collected
        start = f"import gc, sys; gc.disable(); sys.path[:0] = {packages!r}; from {main} import main; main()"
        return subprocess.Popen(
            [*prefix, python, "-s", "-S", "-P", "-c", start, json.dumps(setting)],
            pass_fds=[control.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment or None,
        )

    def connect(self, *, draws: bool = False) -> socket.socket:
        """Fork an examinee and return the connection to it.

        Args:
            draws: it will draw figures; otherwise the first one is taken not to.

        Raises:
            SandboxError: if it can't be confined.
            SandboxLost: if the sandbox doesn't answer any more.
        """
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                rights = array.array("i", [theirs.fileno()]).tobytes()
                command = _line("fork", draws=draws)
                self.control.sendmsg([command], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
            answer = self._hear("forked", FORK_SECONDS)
        except (OSError, SandboxError) as error:
            ours.close()
            self._lost = str(error)
            raise SandboxLost(self._lost) from None
        if "failed" in answer:
            ours.close()
            raise SandboxError(f"a submission can't be confined here ({answer['failed']})")
        return ours

    def warm(self, statements: Sequence[str]) -> bool:
        """Have a notebook's imports run before the first submission forks; say whether forking is safe still.

        Raises:
            SandboxLost: if the sandbox doesn't answer any more.
        """
        chosen: list[str] = []
        for statement in statements:
            if len(json.dumps([*chosen, statement])) < MOST_STATEMENTS:
                chosen.append(statement)
        try:
            self.control.sendall(_line("import", statements=chosen))
            return int(self._hear("imported", START_SECONDS)["threads"]) <= 1
        except (OSError, SandboxError) as error:
            self._lost = str(error)
            raise SandboxLost(self._lost) from None

    def practise(self) -> None:
        """Have it do, as soon as it is ready, what it otherwise does after the first submission."""
        with contextlib.suppress(OSError):  # whoever connects finds out
            self.control.sendall(_line("practise"))

    def interrupt(self, look: bool = False) -> None:
        """Stop what the examinee's code is doing, as Ctrl-C would; to look: only where it has hung before."""
        self._tell("interrupt", "interrupted", look=look)

    def end(self) -> End:
        """End the examinee and all that it started, and say how it ended.

        Raises:
            SandboxLost: if the sandbox doesn't answer any more, here as in `interrupt`.
        """
        answer = self._tell("end", "status")
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None
        return End(answer["status"], int(answer["peak"]), str(answer["reason"]))

    def leave(self) -> None:
        """Let go of it without ending it: it belongs to another process that was forked from the same."""
        self.control.close()
        if self.process.stderr:
            self.process.stderr.close()
        self.process.returncode = 0  # not this process's to wait for

    def close(self) -> None:
        """End everything."""
        with contextlib.suppress(OSError):
            self.control.shutdown(socket.SHUT_RDWR)  # a process that was forked on the way may hold it open
        self.control.close()
        if self.process.stderr:
            self.process.stderr.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _tell(self, what: str, answered: str, **more: Any) -> dict[str, Any]:
        try:
            if not self._lost:
                self.control.sendall(_line(what, **more))
                return self._hear(answered, END_SECONDS)  # a thousand processes take their time to die
        except OSError:
            self._lost = "the sandbox was ended from outside"
        except SandboxError as error:
            self._lost = str(error)
        raise SandboxLost(self._lost)

    def _hear(self, key: str, seconds: float) -> dict[str, Any]:
        """Wait for the template's answer; older answers, to someone who has ended since, are skipped."""
        self.control.settimeout(seconds)
        try:
            while True:
                while b"\n" not in self._received:
                    data = self.control.recv(4096)
                    if not data:
                        raise SandboxError(self._explain())
                    self._received += data
                line, _, self._received = self._received.partition(b"\n")
                answer: dict[str, Any] = json.loads(line)
                if key in answer or "failed" in answer:
                    return answer
        except ConnectionError:  # it had not read all that it was told
            raise SandboxError(self._explain()) from None
        except TimeoutError:
            raise SandboxError(f"the sandbox didn't answer within {seconds:.0f} seconds") from None

    def _explain(self) -> str:
        said = (
            self.process.stderr.read(4000).decode("utf-8", "replace").strip() if self.process.stderr else ""
        )
        last = said.splitlines()[-1] if said else "no message"
        return f"the sandbox has ended, or could not be started here: {last}"
