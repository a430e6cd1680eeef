"""Many submissions at once on this machine: a process pool that is replaced when it breaks."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgpack  # noqa: F401 - the processes need it, and can't say so as well as this one if it is missing

from autograder.engine.examiner.job import Job, Result
from autograder.engine.fleet import server
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
from autograder.engine.fleet.gate import Gate
from autograder.engine.fleet.kits import slip_of
from autograder.engine.fleet.scratch import Scratch, mine
from autograder.engine.wall.premises import Premises

INSTALLED = {"site-packages", "dist-packages"}


@dataclass
class Foreseen:
    """A submission that is being graded before anybody has asked for it."""

    job: Job
    premises: Premises
    path: list[str]
    handing_out: threading.Thread
    errand: Errand | None = None
    settled: bool = False  # somebody has asked for a submission since: for this one, or for another

    @property
    def idle(self) -> bool:
        """Whether a process is at work on what nobody has asked for."""
        return not self.settled and not (self.errand is not None and self.errand.done())


@contextlib.contextmanager
def process_pool(
    jobs: int, premises: Premises | None = None, *, at_once: int | None = None, paper: bytes = b""
) -> Iterator[Pool]:
    """Yield a fleet of processes on this machine; nobody waits for them to start.

    Args:
        jobs: how many.
        premises: what their sandboxes are built from at first; without it they start when they are needed.
        at_once: how many start now, by default all; the others when `all_hands` are called.
        paper: a pickled paper that they get ready for, or b"".
    """
    with contextlib.closing(Scratch(mine())) as kits:
        pool = Pool(jobs, (premises, str(kits.path), paper), at_once or jobs)
        try:
            yield pool
        finally:
            pool.close()


class Pool(Fleet):
    """Processes on this machine.

    Args:
        jobs: how many.
        beginning: what each begins with: premises, if its sandbox starts ahead of time; a folder of this
            machine's in which it finds what submissions share, and writes; a paper to get ready for.
        at_once: how many start ahead of time.
    """

    def __init__(self, jobs: int, beginning: tuple[Premises | None, str, bytes], at_once: int) -> None:
        super().__init__()
        self.jobs = jobs
        self.beginning = beginning
        self.at_once = at_once
        self.kits = Path(beginning[1])
        self.gate = Gate(server.context(), at_once)
        self.lock = threading.RLock()
        self.losses = 0  # since the last result
        self.open = True
        self.foreseen: Foreseen | None = None
        self.executor = self._start()

    def _start(self) -> ProcessPoolExecutor:
        executor = ProcessPoolExecutor(
            self.jobs, mp_context=server.context(), initializer=_begin, initargs=(self.gate, *self.beginning)
        )
        threading.Thread(target=self._wake, args=(executor,), daemon=True).start()
        return executor

    def _wake(self, executor: ProcessPoolExecutor) -> None:
        """Have processes start: a pool starts one for each task that finds none idle.

        The first waits until the fork server has imported everything; this thread waits with it.
        """
        with contextlib.suppress(RuntimeError, OSError, EOFError):  # broken or closed: others see that
            for _ in range(self.at_once):
                executor.submit(os.getpid)

    @property
    def window(self) -> int:
        """A few for each process."""
        return AHEAD * self.jobs

    def grade(self, job: Job, premises: Premises) -> Future[Result]:
        """Have a process grade one submission."""
        seen = self.foreseen
        if seen is not None and not seen.settled:
            seen.settled = True
            if (seen.job, seen.premises, seen.path) == (job, premises, _own_path()):
                seen.handing_out.join()
                if seen.errand is not None:
                    return seen.errand
        return self._hand_out(job, premises)

    def foresee(self, job: Job, premises: Premises) -> None:
        """Have a process grade what will probably be the first submission; nobody waits for that.

        It counts if it turns out to be the first, to the letter; otherwise nobody hears of it.
        """

        def hand_out() -> None:
            with contextlib.suppress(RuntimeError, OSError, EOFError):  # broken or closed: others see that
                seen.errand = self._hand_out(job, premises)

        seen = Foreseen(job, premises, _own_path(), threading.Thread(target=hand_out, daemon=True))
        self.foreseen = seen
        seen.handing_out.start()

    def _hand_out(self, job: Job, premises: Premises) -> Errand:
        kit = self.bench.kit_of(job, premises)
        path = self.kits / kit.key
        if not path.exists():
            path.write_bytes(kit.data)
        return self._begin(
            Errand(partial(self._submit, _grade, sys.path, kit.key, slip_of(job)), read_result(job))
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
                self.gate.open(self.jobs)
                if self.losses <= TRIES:
                    self.executor = self._start()

    def _lost(self) -> FleetLost:
        return FleetLost(
            f"Grading processes were ended from outside {TRIES + 1} times in a row, perhaps because memory "
            "ran out: try fewer --jobs."
        )

    def all_hands(self) -> None:
        """Let the others get ready, who would have kept the first from it."""
        self.gate.open(self.jobs)

    def look(self) -> None:
        """Do nothing: this machine is here, and a pool says itself when it breaks."""

    def close(self) -> None:
        """End the processes; what nobody has begun is dropped."""
        with self.lock:
            self.open = False
        self.gate.close(self.jobs)
        if self.foreseen is not None and self.foreseen.idle:
            for process in [*(self.executor._processes or {}).values()]:  # it may take as long as it may
                process.terminate()
        self.executor.shutdown(cancel_futures=True)


def _own_path() -> list[str]:
    """Return where modules are looked for, but for what installed packages add when they are imported."""
    return [place for place in sys.path if not INSTALLED & {*Path(place).parts[:-1]}]


def _begin(gate: Gate, premises: Premises | None, kits: str, paper: bytes) -> None:
    from autograder.engine.fleet import worker  # with all that grades, which the grader itself needn't import

    worker.begin(gate.passed, premises, kits, paper)


def _grade(path: list[str], key: str, slip: bytes) -> bytes:
    from autograder.engine.fleet import worker

    sys.path[:] = path  # nbgrader_config.py may have changed it since this process began

    return worker.grade(key, slip)


def default_jobs() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
