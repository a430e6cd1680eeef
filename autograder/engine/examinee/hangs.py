"""Which of the student's functions doesn't come to an end: two looks at what runs, a moment apart."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType, FrameType

SHOWN = str(Path(__file__).resolve().parents[3])  # where the engine, and what a course shows, is seen
LIBRARIES = (sys.prefix, sys.base_prefix, "/usr/lib", "<frozen", SHOWN)
PACKAGES = ("/site-packages/", "/dist-packages/")


class Hangs:
    """Remembers what ran at the last look, and the functions that were found to hang.

    Args:
        known: functions that hung in another process of the same submission.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        self.functions: list[str] = list(known)
        self._seen: list[FrameType] = []

    def look(self, frame: FrameType | None) -> bool:
        """Remember what runs now, and say whether a function that hung before is among it."""
        self._seen = list(_students(frame))
        return any(_name(each) in self.functions for each in self._seen)

    def note(self, frame: FrameType | None) -> None:
        """Note the innermost function that has been running since the last look: it holds the loop.

        What it calls comes and goes meanwhile, and is no worse for it.
        """
        running = next((each for each in _students(frame) if any(each is one for one in self._seen)), None)
        self._seen = []
        if running is not None and _name(running) not in self.functions:
            self.functions.append(_name(running))

    def forget(self) -> None:
        """Hold on to nothing that ran."""
        self._seen = []


def _students(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield the student's functions that are running, the innermost first; a cell's own lines are none."""
    while frame is not None:
        if _is_students(frame.f_code):
            yield frame
        frame = frame.f_back


def _is_students(code: CodeType) -> bool:
    place = code.co_filename
    if place.startswith(LIBRARIES) or any(name in place for name in PACKAGES):
        return False
    return not code.co_name.startswith(("<module", "<cell"))


def _name(frame: FrameType) -> str:
    code = frame.f_code
    return f"{code.co_filename}:{code.co_firstlineno}:{code.co_qualname}"[:300]
