"""What a submission's processes use together, and no limit of the kernel's own counts: memory, processor."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path

from autograder.engine.examinee.confine import SANDBOX_HOME
from autograder.engine.wire.limits import Limits

PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")
EXACTLY = 0.5  # seconds between two exact looks at memory, which take milliseconds for each process
BURST = 2.0  # seconds of processor time that may be used in advance
LEAST = 19  # the kernel's word for the lowest priority


@dataclass
class Watch:
    """Looks at one submission's processes again and again.

    Args:
        limits: what they may use.
        root: the number of the first of them.
        began: when it began (`time.monotonic()`).

    Attributes:
        peak: the most memory that was seen, in bytes.
    """

    limits: Limits
    root: int
    began: float
    peak: int = 0
    stopped: bool = False
    _exact: int = 0  # what the last exact look saw,
    _bound: int = 0  # what the bound was then,
    _looked: float = -1.0  # and when
    _slowed: set[int] = field(default_factory=set)

    def look(self, numbers: list[int], now: float) -> str:
        """Return why the submission has to end now, or "".

        Processes that together use more than one core's worth stand still until their share has caught up.

        Args:
            numbers: of its processes.
            now: the time (`time.monotonic()`).
        """
        if len(numbers) > 2 * self.limits.processes:
            return f"more than {self.limits.processes} processes"
        memory = self._memory(numbers, now)
        self.peak = max(self.peak, memory)
        if memory > self.limits.total_memory:
            return f"more than {self.limits.total_memory / 2**30:.1f} GB of memory"
        self._share(numbers, now)
        return ""

    def _memory(self, numbers: list[int], now: float) -> int:
        """Return what all of them use: at most, which is quickly known, or exactly where that is too much.

        What several processes share counts once. Files count for what the file system holds, also where
        nobody maps them, and what waits in sockets and pipes for the most that may wait there.
        """
        files = _files(self.root, self.limits.disk)
        bound = files + sum(_resident(number) + self._descriptors(number) * WAITING for number in numbers)
        if bound <= self.limits.total_memory:
            return bound
        if now - self._looked < EXACTLY and bound - self._bound < self.limits.total_memory - self._exact:
            return self._exact
        seen = [_ends(number) for number in numbers]
        waiting = len(set().union(*filter(None, seen))) + seen.count(None) * self.limits.open_files
        exact = files + waiting * WAITING + sum(map(_proportional, numbers))
        self._exact, self._bound, self._looked = exact, bound, now
        return exact

    def _descriptors(self, number: int) -> int:
        """Return how many files a process has open; the most that it may have, if it hides them."""
        try:
            return len(os.listdir(f"/proc/{number}/fd"))  # noqa: PTH208
        except OSError:
            return self.limits.open_files if _resident(number) else 0

    def _share(self, numbers: list[int], now: float) -> None:
        """Let them use one core's worth; who needs more than that also gives way to everybody else."""
        over = sum(map(_processor, numbers)) > now - self.began + BURST
        if over:
            for number in set(numbers) - self._slowed:
                with contextlib.suppress(OSError):
                    os.setpriority(os.PRIO_PROCESS, number, LEAST)
            self._slowed |= set(numbers)
        if over or self.stopped:
            for number in numbers:
                with contextlib.suppress(OSError):
                    os.kill(number, signal.SIGSTOP if over else signal.SIGCONT)
        self.stopped = over


def processes(others: frozenset[int]) -> list[int]:
    """Return the numbers of all processes of this namespace but some."""
    names = os.listdir("/proc")  # noqa: PTH208 - pathlib is slower, and this runs all the time
    return [int(name) for name in names if name.isdigit() and int(name) not in others]


def _waiting() -> int:
    """Return what may wait at one end of a socket, which is more than a pipe's 64 kB."""
    try:
        return int(Path("/proc/sys/net/core/wmem_default").read_text()) + 2**15
    except (OSError, ValueError):
        return 2**18


WAITING = _waiting()


def _resident(number: int) -> int:
    """Return the memory that a process sees, 0 if it has ended."""
    try:
        with open(f"/proc/{number}/statm") as file:  # noqa: PTH123
            return int(file.read().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def _proportional(number: int) -> int:
    """Return a process's part of the memory that it sees, or all of that if the process hides its own."""
    try:
        lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(("Pss:", "SwapPss:")))
    except (OSError, IndexError, ValueError):
        return _resident(number)


def _ends(number: int) -> set[str] | None:
    """Return the sockets and pipes that a process has, by names that are the same in all processes.

    Returns:
        None if the process hides them.
    """
    folder = f"/proc/{number}/fd"
    found: set[str] = set()
    try:
        numbers = os.listdir(folder)  # noqa: PTH208
    except OSError:
        return None if _resident(number) else found
    for each in numbers:
        with contextlib.suppress(OSError):
            found.add(os.readlink(f"{folder}/{each}"))  # noqa: PTH115
    return {name for name in found if name.startswith(("socket:", "pipe:"))}


def _files(root: int, most: int) -> int:
    """Return what a submission's file system holds; the most that it can, if that can't be seen."""
    try:
        seen = os.statvfs(f"/proc/{root}/root{SANDBOX_HOME}")
    except OSError:
        return most
    return (seen.f_blocks - seen.f_bfree) * seen.f_frsize


def _processor(number: int) -> float:
    """Return the seconds of processor time of a process and of the children that it has seen end."""
    try:
        with open(f"/proc/{number}/stat") as file:  # noqa: PTH123
            fields = file.read().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICKS
    except (OSError, IndexError, ValueError):
        return 0.0
