"""Dask's own commands in processes of their own, and a machine that has no folder of the course."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from autograder.engine.wall.bubblewrap import find_bwrap

PACKAGES = ("autograder", "workbook", "backprop")


def other_machine(folder: Path, without: Path) -> tuple[list[str], dict[str, str]]:
    """Return how to start a command where packages lie elsewhere, and a folder of this machine is missing."""
    library = folder / "library"
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(Path(spec.origin).parent, library / name, ignore=ignored)
    bwrap = [find_bwrap(), "--dev-bind", "/", "/", "--tmpfs", str(without), "--chdir", str(folder)]
    return bwrap, {**os.environ, "PYTHONPATH": str(library), "PYTHONWARNINGS": "ignore"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def dask(
    what: str, *arguments: str, prefix: tuple[str, ...] = (), env: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `dask scheduler` or `dask worker` for a while."""
    command = [*prefix, sys.executable, "-m", "distributed.cli.dask_" + what, *arguments]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet, env=env) as process:
        try:
            yield process
        finally:
            process.kill()


def worker(address: str, threads: int = 2) -> tuple[str, ...]:
    """Return what starts a worker without a nanny, which would start it again."""
    return ("worker", address, "--nthreads", str(threads), "--no-nanny", "--no-dashboard")
