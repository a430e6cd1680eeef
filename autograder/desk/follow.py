"""Who follows a run: told of each row as it comes, and of what is being graded meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from autograder.marking.outcome import Outcome


@dataclass(frozen=True)
class Running:
    """What a worker has in hand.

    Attributes:
        student: whose submission; "" for the instructor's own solution, which is rehearsed.
        assignment: which.
        seconds: for how long.
    """

    student: str
    assignment: str
    seconds: float


class Follower(Protocol):
    """What a run tells, on the thread that writes the gradebook."""

    def row(self, outcome: Outcome) -> None:
        """A submission is done, or an assignment has something to be said of it."""

    def running(self, now: Sequence[Running]) -> None:
        """Twice a second, what is being graded."""


class Nobody:
    """Follows nothing."""

    def row(self, outcome: Outcome) -> None:
        """Nothing is done with it."""

    def running(self, now: Sequence[Running]) -> None:
        """Nothing is done with it."""
