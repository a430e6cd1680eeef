"""One grading process: its sandbox is started once, and takes one submission after another."""

from __future__ import annotations

import contextlib
import multiprocessing.util
import os
from multiprocessing import forkserver
from typing import Any

from autograder.engine.examiner.job import Job, Result
from autograder.engine.fleet.station import Station, die_with_parent
from autograder.engine.wall.premises import Premises, SandboxError

_station: Station | None = None


def begin(premises: Premises) -> None:
    """Start this worker's sandbox (the pool's initializer)."""
    global _station
    die_with_parent()
    _let_fork_server_end()
    with contextlib.suppress(SandboxError):  # the first submission says why
        _station = Station(premises)
        multiprocessing.util.Finalize(None, _station.close, exitpriority=10)


def _let_fork_server_end() -> None:
    """Give up this worker's hold on the fork server, which then ends with the grader, and workers with it.

    Workers keep the server alive so that they could use it themselves; after a SIGKILL of the grader all of
    them would stay.
    """
    server: Any = getattr(forkserver, "_forkserver", None)
    held = getattr(server, "_forkserver_alive_fd", None)
    if isinstance(held, int):
        os.close(held)
        server._forkserver_alive_fd = None


def grade_here(job: Job, premises: Premises) -> Result:
    """Grade one submission in this worker.

    Raises:
        SandboxError: if there is no sandbox here.
    """
    global _station
    if _station is None:
        _station = Station(premises)
    _station.move(premises)
    return _station.grade(job)
