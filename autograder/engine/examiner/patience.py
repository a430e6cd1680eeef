"""How long one submission may keep the examiner waiting: less, once something of it has not ended."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

SHORTEST = 2.0  # seconds between two looks at what runs
REST = 15.0  # seconds that are left at least after something hung


@dataclass
class Patience:
    """One for all processes of a submission.

    The first cell or question that doesn't come to an end costs `each`. From then on the submission has half
    of that left in all (15 s at least), and a function that hung is stopped after seconds wherever it is met
    again: what it left untouched still gets its marks, and the class doesn't wait.

    Attributes:
        each: seconds that one exchange may take.
        until: when the whole submission has to be finished (`time.monotonic()`).
        hung: the student's functions that did not come to an end, as the student's process names them.
        stopped: how many exchanges had to be stopped.
    """

    each: float = 30.0
    until: float = math.inf
    hung: list[str] = field(default_factory=list)
    stopped: int = 0

    def deadline(self) -> float:
        """Return until when an exchange that begins now may last."""
        return min(time.monotonic() + self.each, self.until)

    def next_look(self) -> float:
        """Return when to look whether a function runs that hung before; never, if none has."""
        return time.monotonic() + max(SHORTEST, self.each / 12) if self.hung else math.inf

    def hangs(self, functions: list[str]) -> None:
        """Note that an exchange had to be stopped, and in which functions of the student's."""
        self.stopped += 1
        self.until = min(self.until, time.monotonic() + max(REST, self.each / 2))
        self.hung += [name for name in functions if name not in self.hung]

    def said(self) -> str:
        """Return in words what did not come to an end, or ""."""
        if not self.stopped:
            return ""
        names = ", ".join(name.rpartition(":")[2] for name in self.hung[:3])
        return f"{names or 'a cell'} did not come to an end (an endless loop?) and was stopped"
