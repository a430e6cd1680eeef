"""An executor that grades each submission once: what comes after grading is tried many times, and cheaply."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import ExitStack
from typing import Any

from autograder.engine.examiner.job import Job, Result
from autograder.engine.fleet import pool
from autograder.engine.wall.premises import Premises


class Replay(Executor):
    """Really grades what it sees for the first time, in one worker's sandbox, and remembers what came out."""

    def __init__(self) -> None:
        self.known: dict[str, Result] = {}
        self.stack = ExitStack()
        self.real: Executor | None = None

    def submit(self, task: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Answer at once, if this submission's result is known."""
        job, premises = args
        key = _key(job)
        if key not in self.known:
            self.known[key] = self._worker(premises).submit(task, *args, **kwargs).result()
        done: Future[Result] = Future()
        done.set_result(self.known[key])
        return done

    def _worker(self, premises: Premises) -> Executor:
        if self.real is None:
            self.real = self.stack.enter_context(pool.process_pool(1, premises))
        return self.real

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the worker."""
        self.stack.close()


def _key(job: Job) -> str:
    parts = [job.paper.assignment, job.paper.notebook, str(job.rehearsal), job.notebook]
    parts += [part for file in job.files for part in (file.path, file.content)]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part if isinstance(part, bytes) else part.encode())
        digest.update(b"\0")
    return digest.hexdigest()
