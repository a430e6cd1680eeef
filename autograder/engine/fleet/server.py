"""The process that workers are forked from: it has imported everything before the first is needed."""

from __future__ import annotations

import multiprocessing
import os
from multiprocessing.context import BaseContext
from multiprocessing.forkserver import ensure_running

from autograder.engine.fleet import scratch

VARIABLE = "AUTOGRADER_AHEAD"  # what the fork server, which takes no arguments of ours, is told by
PRELOAD = [f"autograder.engine.fleet.{name}" for name in ("early", "pool", "worker", "warm")]


def context() -> BaseContext:
    """Return how workers are started here."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    scratch.keep_sockets()
    forked = multiprocessing.get_context("forkserver")
    forked.set_forkserver_preload(PRELOAD)
    return forked


def start(ahead: str = "") -> None:
    """Let that process begin with its imports, which take seconds, while this one does its own.

    Args:
        ahead: premises of a sandbox to start besides (`fleet.ahead.written`), or "".
    """
    if context().get_start_method() == "forkserver":
        if ahead:
            os.environ[VARIABLE] = ahead
        ensure_running()
        os.environ.pop(VARIABLE, None)
