"""Many submissions at once: a process pool here, or a Dask cluster elsewhere."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from typing import Any

from autograder.engine.examiner.job import Job, Result
from autograder.engine.fleet import relay, server, worker
from autograder.engine.wall.premises import Premises, SandboxError


@contextlib.contextmanager
def process_pool(jobs: int, premises: Premises) -> Iterator[Executor]:
    """Yield an executor of `jobs` processes on this machine; all of them start at once."""
    executor = ProcessPoolExecutor(
        jobs, mp_context=server.context(), initializer=worker.begin, initargs=(premises,)
    )
    try:
        for _ in range(jobs):
            executor.submit(os.getpid)  # a pool starts a process for each task that finds none idle
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


@contextlib.contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """Yield an executor on a Dask cluster; every worker needs this package and bubblewrap.

    Raises:
        SandboxError: if `distributed` isn't installed or nobody answers at the address.
    """
    try:
        from distributed import Client
    except ImportError:
        raise SandboxError(
            "--scheduler needs Dask: pip install 'backprop-workbook[cluster]', here and on the workers."
        ) from None
    try:
        client: Any = Client(address, timeout="10s", set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise SandboxError(f"No Dask scheduler answers at {address} ({error}).") from None
    with client:
        yield client.get_executor(pure=False)


def default_jobs() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Relay:
    """A process of our own on a cluster's machine: Dask runs tasks in threads, and threads can't fork."""

    lock = threading.Lock()
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    def grade(cls, job: Job, premises: Premises) -> Result:
        """Have that process grade one submission; start it first if need be."""
        with cls.lock:
            if cls.process is None or cls.process.poll() is not None:
                cls.process = subprocess.Popen(
                    [sys.executable, "-m", "autograder.engine.fleet.relay"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            return relay.ask(cls.process, job, premises)


def grade_on_cluster(job: Job, premises: Premises) -> Result:
    """Grade one submission on the machine that this runs on.

    Raises:
        SandboxError: if there is no sandbox there.
    """
    return Relay.grade(job, premises)
