"""Workers that get ready one after another: what all start at once is ready late."""

from __future__ import annotations

from multiprocessing.context import BaseContext

PATIENCE = 3.0  # seconds after which a worker gets ready though there is no mark yet


class Gate:
    """Lets some workers get ready now, and the others when the first mark is written.

    A worker's start keeps two processors busy; with no more than these, the first submission would wait for
    all that the second worker needs.

    Args:
        context: how processes are started here.
        now: how many may get ready at once.
    """

    def __init__(self, context: BaseContext, now: int) -> None:
        self.turns = context.Semaphore(now)
        self.closing = context.Event()
        self.is_open = False

    def open(self, workers: int) -> None:
        """Let that many others get ready."""
        if not self.is_open:
            self.is_open = True
            for _ in range(workers):
                self.turns.release()

    def close(self, workers: int) -> None:
        """Let nobody get ready any more; whoever waits goes on, to end."""
        self.closing.set()
        self.open(workers)

    def passed(self) -> bool:
        """Wait for this worker's turn; say whether there is still something to get ready for."""
        self.turns.acquire(timeout=PATIENCE)
        return not self.closing.is_set()
