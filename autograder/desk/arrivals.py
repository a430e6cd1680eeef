"""What arrives in submitted/: told by the file system where it can, found by looking where it can't."""

from __future__ import annotations

import contextlib
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from autograder.course import Course
from autograder.desk.submitted import Submission

SETTLED = 0.3  # seconds without a change, after which a file counts as written whole
LOOK = 30.0  # seconds between two looks where changes are told

State = tuple[tuple[str, int, int], ...]


class Arrivals:
    """Submissions that are new, or have changed since they were taken.

    Args:
        course: whose submitted/ is watched.
        assignments: which.
        every: seconds between two looks.
        clock: tells the time.
    """

    def __init__(
        self,
        course: Course,
        assignments: Sequence[str],
        every: float = LOOK,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = clock
        self.course = course
        self.assignments = assignments
        self.every = every
        self.taken: dict[tuple[str, str], State] = {}
        self.seen: dict[tuple[str, str], tuple[State, float]] = {}
        self.changed = threading.Event()

    def new(self) -> list[Submission]:
        """Return what has arrived and lies still, and count it as taken."""
        now, ready = self.clock(), []
        for assignment in self.assignments:
            for student, folder in self.course.submitted(assignment).items():
                key = assignment, student
                state = state_of(folder)
                if not state or state == self.taken.get(key):
                    self.seen.pop(key, None)
                    continue
                before, since = self.seen.get(key, (None, now))
                if state != before:
                    since = now
                self.seen[key] = state, since
                if now - since >= SETTLED or _old(state):
                    del self.seen[key]
                    self.taken[key] = state
                    ready.append(Submission(assignment, student, folder))
        return ready

    def forget(self) -> None:
        """Take every submission for new again; what is graded already costs a look."""
        self.taken.clear()

    def wait(self, most: float) -> None:
        """Wait until something changes, or it is time for another look.

        Args:
            most: seconds.
        """
        patience = min(most, SETTLED if self.seen else self.every)
        if self.changed.wait(patience):
            self.changed.clear()


def state_of(folder: Path) -> State:
    """Return what tells one version of a submission from the next; () if nothing is there (any more)."""
    found = []
    for path in sorted(folder.rglob("*")):
        with contextlib.suppress(OSError):
            about = path.lstat()
            if not path.is_dir():
                found.append((str(path.relative_to(folder)), about.st_mtime_ns, about.st_size))
    return tuple(found)


def _old(state: State) -> bool:
    """Say whether nobody can be writing it any more."""
    return time.time() - max(changed for _, changed, _ in state) / 1e9 > 10 * SETTLED


@contextlib.contextmanager
def told(arrivals: Arrivals, *, by_the_system: bool) -> Iterator[None]:
    """Have the file system tell of changes while this lasts, where it can.

    Args:
        arrivals: who is told.
        by_the_system: False for network drives, which tell nothing: then looking is all there is.
    """
    if not by_the_system:
        yield
        return
    from watchdog.events import FileSystemEventHandler
    from watchdog.observers import Observer

    class Bell(FileSystemEventHandler):
        def on_any_event(self, event: Any) -> None:
            if event.event_type not in ("opened", "closed_no_write"):
                arrivals.changed.set()

    folder = arrivals.course.folder("submitted")
    folder.mkdir(parents=True, exist_ok=True)
    observer = Observer()
    observer.schedule(Bell(), str(folder), recursive=True)
    with warnings.catch_warnings():
        # a folder that appears while its parent is being taken up is registered twice; nothing is lost by it
        warnings.filterwarnings("ignore", r"Callback with id .* already exists", RuntimeWarning)
        observer.start()
        try:
            yield
        finally:
            observer.stop()
            observer.join()
