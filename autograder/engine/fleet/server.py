"""The process that workers are forked from: it has imported everything before the first is needed."""

from __future__ import annotations

import multiprocessing
from multiprocessing.context import BaseContext
from multiprocessing.forkserver import ensure_running

PRELOAD = ["autograder.engine.fleet.pool", "autograder.engine.fleet.warm"]


def context() -> BaseContext:
    """Return how workers are started here."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    forked = multiprocessing.get_context("forkserver")
    forked.set_forkserver_preload(PRELOAD)
    return forked


def start() -> None:
    """Let that process begin with its imports, which take seconds, while this one does its own."""
    if context().get_start_method() == "forkserver":
        ensure_running()
