"""A process that has imported what every notebook needs, and forks into a confined child per submission.

Its one argument is JSON: the number of a socket to the grader, and the limits. Commands are lines of JSON:
 {"do": "fork", "draws": true} with a file descriptor attached, {"do": "import", "statements": [...]},
 {"do": "practise"}, {"do": "interrupt", "look": false}, {"do": "end"}.
"""

from __future__ import annotations

import array
import contextlib
import gc
import json
import os
import pkgutil
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from autograder.engine.examinee import confine
from autograder.engine.examinee.reserve import open_for
from autograder.engine.examinee.serve import serve
from autograder.engine.examinee.watch import Watch, processes
from autograder.engine.wire.frames import Channel
from autograder.engine.wire.limits import Limits

IDLE = 1.0  # seconds that the first submission takes before anything is done beside it
TICK = 0.05  # seconds between two looks at what the child uses


@dataclass
class Child:
    """The one child that is running, or how the last one ended."""

    pid: int = 0
    status: int | None = None
    peak: int = 0
    reason: str = ""
    watch: Watch | None = None
    begun: float = field(default_factory=time.monotonic)


class Template:
    """Answers one grader; runs one submission at a time."""

    def __init__(self, control: socket.socket, isolated: bool, limits: Limits, shell: Any) -> None:
        self.control = control
        self.isolated = isolated
        self.limits = limits
        self.shell = shell
        self.child = Child()
        self.later = [*LATER]
        self.met = False  # a submission

    def serve(self, trouble: str) -> None:
        """Say that everything is ready, with what went wrong on the way, and do what the grader says."""
        confine.libc.prctl(36, 1, 0, 0, 0)  # children of children that have ended come to this process
        self._say({"ready": True, "trouble": trouble[:2000]})
        while True:
            ready = select.select([self.control], [], [], TICK if self.child.pid else None)[0]
            self._watch()
            if not ready:
                if time.monotonic() > self.child.begun + IDLE:
                    self._warm_up_later()
                continue
            data, rights, _, _ = self.control.recvmsg(4096, socket.CMSG_SPACE(4))
            if not data:
                self._end("the grader is gone")
                return
            descriptors = _descriptors(rights)
            for line in data.splitlines():  # nobody waits for the answer to "practise", which has none
                self._obey(json.loads(line), descriptors)

    def _obey(self, command: dict[str, Any], descriptors: list[int]) -> None:
        if command["do"] == "fork":
            if command["draws"]:
                self._practise(len(FAILING))
            elif self.met:
                self._practise()
            self.met = self.met or not command["draws"]
            try:
                self.child = Child(pid=self._fork(descriptors[0]))
                self._say({"forked": True})
            except OSError as error:
                self._say({"failed": str(error)})
            finally:
                os.close(descriptors[0])
        elif command["do"] == "practise":
            self._practise(len(FAILING))
        elif command["do"] == "import":
            done = import_all(command["statements"], self.shell.course)
            self._say({"imported": done, "threads": _threads()})
        elif command["do"] == "interrupt":
            if self.isolated and self.child.pid and not command["look"]:
                open_for(self.child.pid)
            self._signal(signal.SIGUSR1 if command["look"] else signal.SIGINT)
            self._say({"interrupted": True})
        elif command["do"] == "end":
            self._end("")
            self._say({"status": self.child.status, "peak": self.child.peak, "reason": self.child.reason})

    def _practise(self, left: int = 0) -> None:
        """Do what no submission but the first has to do for the first time, all but so many things."""
        while len(self.later) > left:
            self._warm_up_later()

    def _warm_up_later(self) -> None:
        if self.later:
            run_once(self.shell, self.later.pop(0))
            settle(self.shell)

    def _say(self, message: dict[str, Any]) -> None:
        self.control.sendall(json.dumps(message).encode() + b"\n")

    def _fork(self, descriptor: int) -> int:
        """Fork twice: the first child opens the namespaces, the second is process 1 inside them."""
        if not self.isolated:
            pid = os.fork()
            if pid == 0:
                self._become(descriptor)
            return pid
        receive, send = os.pipe()
        first = os.fork()
        if first == 0:
            try:
                confine.leave()
                pid = os.fork()
                if pid:
                    os.write(send, str(pid).encode())
                    os._exit(0)
            except OSError as error:
                os.write(send, f"!{error}".encode())
                os._exit(1)
            os.close(receive)
            os.close(send)
            self._become(descriptor)
        os.close(send)
        answer = os.read(receive, 1000).decode()
        os.close(receive)
        os.waitpid(first, 0)
        if not answer or answer.startswith("!"):
            raise OSError(answer[1:] or "the child could not be confined")
        return int(answer)

    def _become(self, descriptor: int) -> None:
        """Turn into the examinee; never return."""
        code = 1
        try:
            os.setsid()  # a signal to its process group must not reach this one, namespaces or not
            gc.enable()
            self.control.close()
            connection = socket.socket(fileno=descriptor)
            confine.keep_only({descriptor, 2})
            self.shell.reserve = confine.limit(self.limits)
            if self.isolated:
                confine.mount_private(self.limits)
                self.shell.layers = confine.give_up_privileges()
            os.dup2(0, 2)  # the pipe is the template's too: whoever fills it would stop the class
            self.shell.outputs.limits = self.limits
            serve(Channel(connection, self.limits), self.shell)
            code = 0
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.write(2, f"examinee: {type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(code)

    def _signal(self, number: int) -> None:
        if self.child.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.child.pid, number)

    def _end(self, reason: str) -> None:
        """End the child and everything that it has started."""
        if not self._runs():
            return
        if not self.isolated:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.child.pid, signal.SIGKILL)
        self._signal(signal.SIGKILL)
        self.child.reason = self.child.reason or reason
        self._reap(0)

    def _reap(self, options: int) -> None:
        with contextlib.suppress(ChildProcessError):
            pid, status, usage = os.wait4(self.child.pid, options)
            if pid:
                self.child.pid, self.child.status = 0, os.waitstatus_to_exitcode(status)
                self.child.peak = max(self.child.peak, usage.ru_maxrss * 1024)
        while (
            self.isolated
        ):  # orphans of a child that wasn't isolated are nobody's; others die with process 1
            try:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    return
            except ChildProcessError:
                return

    def _runs(self) -> bool:
        """Say whether the child is still there; how it ended is noted."""
        if not self.child.pid:
            return False
        try:
            pid, status, usage = os.wait4(self.child.pid, os.WNOHANG)
        except ChildProcessError:
            self.child.pid = 0
            return False
        if pid:
            self.child.pid, self.child.status = 0, os.waitstatus_to_exitcode(status)
            self.child.peak = max(self.child.peak, usage.ru_maxrss * 1024)
        return not pid

    def _watch(self) -> None:
        """See whether the child has ended, or uses more than the kernel's limits can express."""
        if not self._runs():
            return
        if not self.isolated:
            return
        if self.child.watch is None:
            self.child.watch = Watch(self.limits, self.child.pid, time.monotonic())
        others = frozenset({1, os.getpid(), os.getppid()})
        reason = self.child.watch.look(processes(others), time.monotonic())
        self.child.peak = max(self.child.peak, self.child.watch.peak)
        if reason:
            self._end(reason)


def import_all(statements: list[str], course: Any = None) -> int:
    """Run import statements, once for the class; return how many there was something behind.

    Args:
        statements: of the instructor's notebook; what isn't installed here is beside the submissions.
        course: the course's part in here, which is told of what was imported.
    """
    done, names = 0, dict[str, Any]()
    for statement in statements:
        with contextlib.suppress(Exception):
            exec(statement, names)
            done += 1
    with contextlib.suppress(Exception):
        if course is not None:
            course.imported(names=names)
    gc.collect()
    gc.freeze()
    return done


def _threads() -> int:
    """Return how many threads this process has: with more than one, it had better not fork."""
    with contextlib.suppress(OSError):
        return len(os.listdir("/proc/self/task"))  # noqa: PTH208
    return 1


def _descriptors(rights: list[Any]) -> list[int]:
    found = array.array("i")
    for level, kind, data in rights:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            found.frombytes(data[: len(data) - len(data) % found.itemsize])
    return list(found)


def warm_up(inside: str = "") -> tuple[Any, str]:
    """Import what notebooks use, and run a few cells so that nothing is done for the first time later.

    Args:
        inside: the text that names the course's part in here, or "".

    Returns:
        The shell, and why the course's part can't take part, or "".
    """
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    from autograder.engine.examinee.shell import make_shell

    shell: Any = make_shell()
    trouble = ""
    if inside:
        try:
            shell.course = pkgutil.resolve_name(inside)()
            shell.course.set_up(shell=shell)
        except Exception as error:
            trouble = f"{inside}: {type(error).__name__}: {error}"
    for source in FIRST:
        run_once(shell, source)
    settle(shell)
    return shell, trouble


def run_once(shell: Any, source: str) -> None:
    """Run a cell whose outputs nobody sees."""
    shell.outputs.clear()
    shell.run_cell(source, store_history=False, silent=False)
    shell.outputs.take()
    _draw_once(shell)


def settle(shell: Any) -> None:
    """Leave nothing of what has run for the submissions that come; what they share isn't looked at again."""
    from IPython.core.async_helpers import get_asyncio_loop

    loop: Any = get_asyncio_loop()  # type: ignore[no-untyped-call]
    loop.close()  # each submission makes one of its own
    gc.freeze()  # first: to reset collects, too, and there is next to nothing among what is imported
    shell.reset(new_session=True)
    shell.outputs.clear()
    gc.freeze()


def _draw_once(shell: Any) -> None:
    """Stop pyplot from drawing every figure after each cell: the inline backend then draws it for display."""
    import matplotlib.pyplot as plt

    with contextlib.suppress(AttributeError, ValueError):
        shell.events.unregister("post_execute", plt._draw_all_if_interactive)


FIRST = (
    "%matplotlib inline",
    "import asyncio\nawait asyncio.sleep(0)",
    "import numpy as np\nnp.linalg.inv(np.eye(3)) @ np.random.default_rng(0).normal(size=(3, 3))",
)
DRAWING = (
    "from matplotlib.pyplot import *\nfigure(layout='constrained')\nplot([1, 2], label='$x^2$')\nlegend();",
)
FAILING = ("def broken():\n    return 1 / 0\nbroken()",)
# A solution only draws. A right answer whose figures are known does neither: its mark needn't wait.
LATER = (*DRAWING, *FAILING)


def main() -> None:
    """Serve the grader on the socket that the command line names."""
    setting = json.loads(sys.argv[1])
    control = socket.socket(fileno=setting["control"])
    if setting["isolated"]:
        confine.become_nobody()
    shell, trouble = warm_up(setting["inside"])
    Template(control, setting["isolated"], Limits(**setting["limits"]), shell).serve(trouble)


if __name__ == "__main__":
    main()
