"""One grading process: its sandbox is started once, and takes one submission after another."""

from __future__ import annotations

import contextlib
import multiprocessing.util
import os
import pickle
import traceback
from collections.abc import Callable
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

from autograder.engine.examiner.job import Job, Result
from autograder.engine.fleet import scratch
from autograder.engine.fleet.kits import Kit, Known, Shelf, folded, job_of
from autograder.engine.fleet.station import Station, die_with_parent
from autograder.engine.wall.premises import Premises, SandboxError
from autograder.marking.paper import Paper

_station: Station | None = None
_shelf = Shelf()
_kits = Path()


def begin(turn: Callable[[], bool], premises: Premises | None, kits: str, paper: bytes) -> None:
    """Start this worker's sandbox ahead of time, if it is known which (the pool's initializer).

    Args:
        turn: waits until it is this worker's turn to do so, and says whether it still should.
        premises: what it is built from.
        kits: the folder in which kits are found; all that this process writes for a while goes there, too.
        paper: pickled, what to get ready for, or b"". It is the instructor's own, from an earlier run, and
            of another version at worst: then nothing of it is used.
    """
    global _station, _kits
    _kits = Path(kits)
    scratch.settle(_kits)
    die_with_parent()
    _let_fork_server_end()
    with contextlib.suppress(SandboxError):  # the first submission says why
        if premises is None or not turn():
            return
        _station = Station(premises, _paper_in(paper))
        multiprocessing.util.Finalize(None, _station.close, exitpriority=10)


def _paper_in(data: bytes) -> Paper | None:
    with contextlib.suppress(Exception):
        paper = pickle.loads(data) if data else None
        return paper if isinstance(paper, Paper) else None
    return None


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


def grade(key: str, slip: bytes) -> bytes:
    """Grade one submission in this worker of a pool, which finds kits in a folder.

    Raises:
        SandboxError: if there is no sandbox here.
    """
    return grade_here(key, slip, (_kits / key).read_bytes)


def grade_here(key: str, slip: bytes, fetch: Callable[[], bytes]) -> bytes:
    """Grade one submission in this process.

    Args:
        key: its kit's.
        slip: what it has besides (`kits.slip_of`).
        fetch: returns the kit, packed, if this process hasn't met it yet.

    Returns:
        The result, folded. What the grader itself fails at costs this submission alone.

    Raises:
        SandboxError: if there is no sandbox here.
    """
    kit = _shelf.get(key, fetch)
    job = job_of(kit, slip)
    try:
        result = _graded(kit, job)
    except SandboxError:
        raise
    except Exception as error:
        why = f"it can't be graded ({type(error).__name__}: {error})"
        result = Result(reason=why, trace=traceback.format_exc())
    return folded(result, Known.of(job))


def _graded(kit: Kit, job: Job) -> Result:
    global _station
    if _station is None:
        _station = Station(kit.premises)
    _station.move(kit.premises)
    return _station.grade(job)
