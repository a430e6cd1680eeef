"""Many at a time, wherever they are: each piece of work is done once, whatever becomes of those who do it."""

from __future__ import annotations

import contextlib
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, InvalidStateError, wait
from typing import Any, TypeVar

from autograder.engine.examiner.job import Job, Result
from autograder.engine.fleet.kits import Bench, Known, unfolded
from autograder.engine.wall.premises import Premises, SandboxError

AHEAD = 4  # submissions in hand for each worker
BEAT = 1.0  # seconds between two looks at whether anybody is there
TRIES = 3  # times that a piece of work is given out when its worker is lost, without a result in between

Done = TypeVar("Done")


class FleetLost(Exception):  # noqa: N818 - what happened
    """Nobody is left to do the work; the message says who, and what to do. It is no submission's fault."""


class Errand(Future[Any]):
    """One piece of work that somebody is to do.

    Args:
        send: gives it to a worker, and returns that worker's own future.
        read: makes a value of what comes back.
        graded: it is a submission, which can be given up with a row that says why.
    """

    def __init__(
        self,
        send: Callable[[], Any],
        read: Callable[[Any], Any] = lambda value: value,
        graded: bool = False,
    ) -> None:
        super().__init__()
        self.graded = graded
        self.send = send
        self.read = read
        self.tries = 0
        self.sent: Any = None

    def running(self) -> bool:
        """Say whether a worker is at it, as far as that is known."""
        return not self.done() and hasattr(self.sent, "running") and bool(self.sent.running())


class Fleet(ABC):
    """Workers, here or elsewhere."""

    def __init__(self) -> None:
        self.bench = Bench()

    @property
    @abstractmethod
    def window(self) -> int:
        """How many submissions to have in hand, so that no worker is idle and memory stays flat."""

    @abstractmethod
    def grade(self, job: Job, premises: Premises) -> Future[Result]:
        """Have somebody grade one submission.

        The future raises `SandboxError` where there is no sandbox, and `FleetLost`.
        """

    @abstractmethod
    def do(self, work: Callable[..., Done], *args: Any) -> Future[Done]:
        """Have somebody call a function of a module, with plain data, and return plain data."""

    @abstractmethod
    def look(self) -> None:
        """See whether there is still somebody.

        Raises:
            FleetLost: if not.
        """

    def all_hands(self) -> None:
        """Have everybody at work: the first mark, which some may have been held back for, is written."""
        return

    def wait(self, futures: Collection[Future[Done]]) -> set[Future[Done]]:
        """Wait until some of this fleet's futures are done, and return them.

        Raises:
            FleetLost: if nobody is there who could.
        """
        while not (done := wait(futures, timeout=BEAT, return_when=FIRST_COMPLETED).done):
            self.look()
        return done


def read_result(job: Job) -> Callable[[bytes], Result]:
    """Return what reads the result of a job, which names what both ends have."""
    return lambda data: unfolded(data, Known.of(job))


def settle(errand: Errand, value: Any) -> None:
    """Give an errand its value, or what reading it raises; one that was given up keeps nothing."""
    try:
        read = errand.read(value)
    except Exception as error:
        fail(errand, FleetLost(f"A result can't be read ({type(error).__name__}: {error})."))
        return
    with contextlib.suppress(InvalidStateError):
        errand.set_result(read)


def fail(errand: Errand, error: BaseException) -> None:
    """Give an errand its error: what the sandbox says as it is, all else as a fault of the run."""
    known = isinstance(error, FleetLost | SandboxError)
    said = error if known else FleetLost(f"A worker can't work ({type(error).__name__}: {error}).")
    with contextlib.suppress(InvalidStateError):
        errand.set_exception(said)


class Watch:
    """Measures how long something has been missing.

    Args:
        patience: seconds that it may be.
    """

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.seen = time.monotonic()

    def missing(self, here: bool) -> bool:
        """Note whether it is here now; say whether it has been missing for too long."""
        if here:
            self.seen = time.monotonic()
        return time.monotonic() - self.seen > self.patience
