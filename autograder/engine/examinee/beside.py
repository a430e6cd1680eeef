"""Figures of a rehearsal are drawn in processes of their own while its notebook goes on."""

from __future__ import annotations

import contextlib
import gc
import os
import select
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MOST = 4  # at once, on any machine: each has its own part of the submission's memory
AHEAD = 1.0  # seconds of processor time beyond one core's worth, of which a submission has twice as much
WHOLE = b"."  # the end of a picture: a process that was ended on the way didn't write it


@dataclass(frozen=True)
class Drawing:
    """A picture that is being drawn: the process that does it, and the pipe that it comes through."""

    process: int
    pipe: int


class Beside:
    """Draws in forked processes, on processors that are free.

    Attributes:
        most: how many at once.
    """

    def __init__(self) -> None:
        self.most = min(MOST, len(os.sched_getaffinity(0))) if sys.platform == "linux" else 0
        self.began = time.monotonic()
        self.drawings: dict[str, Drawing] = {}
        self.drawn: dict[str, str] = {}

    def begin(self, key: str, draw: Callable[[], str]) -> bool:
        """Begin to draw a picture; say whether somebody does.

        What draws is forked where the figure is, and has it as it is now.

        Args:
            key: names the picture.
            draw: returns it, in ASCII.
        """
        for name, drawing in [*self.drawings.items()]:
            if select.select([drawing.pipe], [], [], 0)[0]:
                self._finish(name)
        if key in self.drawings or key in self.drawn:
            return True
        if len(self.drawings) >= self.most or not self._may_fork():
            return False
        try:
            self.drawings[key] = _forked(draw)
        except OSError:  # more processes, or files, than it may have
            return False
        return True

    def all(self, patience: float) -> Iterator[tuple[str, str]]:
        """Yield the pictures that have been drawn, with their names.

        Args:
            patience: seconds to wait for those that are still being drawn; the others are left out.
        """
        until = time.monotonic() + patience
        for name, drawing in [*self.drawings.items()]:
            if select.select([drawing.pipe], [], [], max(0.0, until - time.monotonic()))[0]:
                self._finish(name)
        yield from self.drawn.items()

    def _finish(self, name: str) -> None:
        drawing = self.drawings.pop(name)
        with os.fdopen(drawing.pipe, "rb") as pipe:
            data = pipe.read()
        with contextlib.suppress(ChildProcessError):  # the notebook's own code has waited for it
            os.waitpid(drawing.process, 0)
        if data.endswith(WHOLE):
            self.drawn[name] = data[: -len(WHOLE)].decode("ascii")

    def _may_fork(self) -> bool:
        """Say whether nothing else runs in this process, and whether its processor time allows it."""
        used = os.times()
        spent = used.user + used.system + used.children_user + used.children_system
        return threading.active_count() == 1 and spent < time.monotonic() - self.began + AHEAD


def _forked(draw: Callable[[], str]) -> Drawing:
    """Fork a process that draws a picture and ends.

    Raises:
        OSError: if that can't be.
    """
    ours, theirs = os.pipe()
    try:
        process = os.fork()
    except OSError:
        os.close(ours)
        os.close(theirs)
        raise
    if process == 0:
        gc.disable()
        with contextlib.suppress(BaseException), os.fdopen(theirs, "wb") as pipe:
            pipe.write(draw().encode("ascii") + WHOLE)
        os._exit(0)
    os.close(theirs)
    return Drawing(process, ours)
