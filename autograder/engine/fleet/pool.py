"""Many submissions at once on this machine: a process pool that is replaced when it breaks."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import Any

from autograder.engine.examiner.job import Job, Result
from autograder.engine.fleet import server, worker
from autograder.engine.fleet.fleet import (
    AHEAD,
    TRIES,
    Done,
    Errand,
    Fleet,
    FleetLost,
    fail,
    read_result,
    settle,
)
from autograder.engine.fleet.kits import slip_of
from autograder.engine.wall.premises import Premises


@contextlib.contextmanager
def process_pool(jobs: int, premises: Premises | None = None) -> Iterator[Pool]:
    """Yield a fleet of `jobs` processes on this machine; all of them start at once.

    Args:
        jobs: how many.
        premises: what their sandboxes are built from at first; without it they start when they are needed.
    """
    with tempfile.TemporaryDirectory(prefix="kits-", ignore_cleanup_errors=True) as kits:
        pool = Pool(jobs, premises, Path(kits))
        try:
            yield pool
        finally:
            pool.close()


class Pool(Fleet):
    """Processes on this machine.

    Args:
        jobs: how many.
        premises: what their sandboxes are built from at first, if they start ahead of time.
        kits: a folder of this machine's in which they find what submissions share.
    """

    def __init__(self, jobs: int, premises: Premises | None, kits: Path) -> None:
        super().__init__()
        self.jobs = jobs
        self.premises = premises
        self.kits = kits
        self.lock = threading.RLock()
        self.losses = 0  # since the last result
        self.open = True
        self.executor = self._start()

    def _start(self) -> ProcessPoolExecutor:
        executor = ProcessPoolExecutor(
            self.jobs,
            mp_context=server.context(),
            initializer=worker.begin,
            initargs=(self.premises, str(self.kits)),
        )
        for _ in range(self.jobs):
            executor.submit(os.getpid)  # a pool starts a process for each task that finds none idle
        return executor

    @property
    def window(self) -> int:
        """A few for each process."""
        return AHEAD * self.jobs

    def grade(self, job: Job, premises: Premises) -> Future[Result]:
        """Have a process grade one submission."""
        kit = self.bench.kit_of(job, premises)
        path = self.kits / kit.key
        if not path.exists():
            path.write_bytes(kit.data)
        return self._begin(
            Errand(partial(self._submit, worker.grade, kit.key, slip_of(job)), read_result(kit.kit))
        )

    def do(self, work: Callable[..., Done], *args: Any) -> Future[Done]:
        """Have a process call a function."""
        return self._begin(Errand(partial(self._submit, work, *args)))

    def _submit(self, work: Callable[..., Any], *args: Any) -> Future[Any]:
        return self.executor.submit(work, *args)

    def _begin(self, errand: Errand) -> Errand:
        with self.lock:
            if not self.open:
                errand.cancel()
                return errand
            executor = self.executor
            try:
                errand.sent = errand.send()
            except BrokenProcessPool:
                self._replace(executor)
                if self.losses > TRIES:
                    fail(errand, self._lost())
                    return errand
                errand.sent = errand.send()
                executor = self.executor
        errand.sent.add_done_callback(partial(self._came, errand, executor))
        return errand

    def _came(self, errand: Errand, executor: ProcessPoolExecutor, sent: Future[Any]) -> None:
        """Take what came back; work that a broken pool didn't do is given to the next one."""
        if sent.cancelled():
            errand.cancel()
            return
        error = sent.exception()
        if isinstance(error, BrokenProcessPool):
            with self.lock:
                self._replace(executor)
                lost = self.losses > TRIES
            if lost:
                fail(errand, self._lost())
            else:
                self._begin(errand)
        elif error is not None:
            fail(errand, error)
        else:
            self.losses = 0
            settle(errand, sent.result())

    def _replace(self, broken: ProcessPoolExecutor) -> None:
        with self.lock:
            if self.executor is broken and self.open:
                self.losses += 1
                if self.losses <= TRIES:
                    self.executor = self._start()

    def _lost(self) -> FleetLost:
        return FleetLost(
            f"Grading processes were ended from outside {TRIES + 1} times in a row, perhaps because memory "
            "ran out: try fewer --jobs."
        )

    def look(self) -> None:
        """Do nothing: this machine is here, and a pool says itself when it breaks."""

    def close(self) -> None:
        """End the processes; what nobody has begun is dropped."""
        with self.lock:
            self.open = False
        self.executor.shutdown(cancel_futures=True)


def default_jobs() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
