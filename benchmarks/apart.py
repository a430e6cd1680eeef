"""Run an assignment's tests in a process of their own, which may come to no end or to a bad one."""

from __future__ import annotations

import contextlib
import io
import resource
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.connection import Connection

from autograder.course import Course
from backprop.trial import run_checks

SECONDS = 20  # of computing, for an exercise's tests, which take a few; an endless loop loses its marks
PATIENCE = 30  # times as long by the clock, on a machine that has other things to do
MEMORY = 4 << 30  # bytes of addresses, of which a mutant that grows without end may not take more
FORK = get_context("fork")


def outcome_of(
    course: Course, assignment: str, cells: Mapping[str, str], student: str, only: str = ""
) -> dict[str, bool]:
    """Run an assignment's tests in a process of their own, with some cells replaced.

    Returns:
        Each test, and whether it passes; nothing if the process came to no end, or to a bad one.
    """
    here, there = FORK.Pipe(duplex=False)
    process = FORK.Process(target=_sit, args=(there, course, assignment, cells, student, only))
    process.start()
    there.close()
    try:
        outcome: dict[str, bool] = here.recv() if here.poll(PATIENCE * SECONDS) else {}
    except EOFError:
        outcome = {}
    process.kill()
    process.join()
    here.close()
    return outcome


def _sit(
    there: Connection, course: Course, assignment: str, cells: Mapping[str, str], student: str, only: str
) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    used = int(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]))
    resource.setrlimit(resource.RLIMIT_CPU, (used + SECONDS, used + SECONDS))
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        outcome = run_checks(course, assignment, cells, student, only)
    there.send({name: error is None for name, error in outcome.items()})
