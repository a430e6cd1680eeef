"""Memory that is kept back, so that a process whose memory is full can still say so.

CPython needs memory to raise an error, and tries again until it gets some: without any it runs for ever in a
loop of its own, which no interrupt ends. So a limit is kept below what the process may have, and raised when
there is something to say: by the process, or from outside by who interrupts it.
"""

from __future__ import annotations

import contextlib
import gc
import mmap
import resource
import traceback
from collections.abc import Sequence
from types import FrameType, TracebackType

RESERVE = 128 * 2**20  # as much as a list of all objects takes that fit into a gigabyte, and some
FIRST = 2 * 2**20  # of it: comes free without a bit of memory, of which raising a limit needs some
CAUSES = 100  # errors while an error was handled, that are followed
BROKEN_OFF = (MemoryError, KeyboardInterrupt)  # made now, as all that is needed to catch them
KINDS = (resource.RLIMIT_AS, resource.RLIMIT_DATA)


class Reserve:
    """This process's own: kept back from the student's code, for what is said about it.

    Args:
        kinds: the limits that it is a part of, as they are now; none without limits.
    """

    def __init__(self, kinds: Sequence[int] = ()) -> None:
        most = [(kind, resource.getrlimit(kind)[1]) for kind in kinds]
        self._closed = [(kind, (max(value - RESERVE, 0), value)) for kind, value in most]
        self._opened = [(kind, (value, value)) for kind, value in most]  # later there may be no memory for it
        self._first: mmap.mmap | None = None

    def open(self) -> None:
        """Let what is said next use the reserve, though there may be no memory left at all."""
        self._first = None
        _set(self._opened)

    def lift(self) -> None:
        """Let what is not the student's use the reserve if it has to."""
        _set(self._opened)

    def close(self) -> None:
        """Keep it back again, whoever opened it."""
        if self._first is None and self._opened:
            with contextlib.suppress(OSError):  # full still
                self._first = mmap.mmap(-1, FIRST, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        _set(self._closed)


def _set(limits: Sequence[tuple[int, tuple[int, int]]]) -> None:
    for kind, values in limits:
        try:
            resource.setrlimit(kind, values)
        except ValueError:  # the student has chosen a lower one
            continue


def let_go(error: BaseException | None) -> None:
    """Let go what an error's frames hold, once it has been told: what runs next needs the memory.

    Where there was none, CPython raises an error that it has made at its start, and which keeps its traceback
    for ever: then every traceback that there is has to let go.
    """
    broken_off, seen = False, set[FrameType]()
    for _ in range(CAUSES):
        if error is None:
            break
        broken_off = broken_off or isinstance(error, BROKEN_OFF)
        _clear(error.__traceback__, seen)
        error = error.__context__
    if broken_off:
        gc.collect()  # what refers to itself goes only then
        with contextlib.suppress(MemoryError):  # of what is still there, a list is made
            for trace in [each for each in gc.get_objects() if type(each) is TracebackType]:
                _clear(trace, seen)
            seen.clear()
            gc.collect()


def _clear(trace: TracebackType | None, seen: set[FrameType]) -> None:
    """Clear the frames of a traceback, and those that called them: a full memory may have lost some of it."""
    for frame, _ in traceback.walk_tb(trace):
        caller: FrameType | None = frame
        while caller is not None and caller not in seen:
            seen.add(caller)
            with contextlib.suppress(RuntimeError):  # it still runs
                caller.clear()
                caller.f_locals  # noqa: B018 - brings the copy that the text was made from up to date
            caller = caller.f_back


def open_for(number: int) -> None:
    """Open another process's reserve from outside, so that an interrupt reaches it."""
    for kind in KINDS:
        with contextlib.suppress(OSError):  # it has ended
            _, most = resource.prlimit(number, kind)
            resource.prlimit(number, kind, (most, most))
