"""Imports that give way to other processes of this machine, where there are more of these than processors."""

from __future__ import annotations

import contextlib
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

NICE = 10  # a tenth of a processor, where two others want all of it


def import_politely(name: str) -> None:
    """Import a module in a thread of low priority, and wait for it.

    A process that has given way can't take that back; a thread needn't. Only Linux has priorities of threads.

    Raises:
        ImportError: as an import does.
    """
    with ThreadPoolExecutor(1, initializer=_give_way) as thread:
        thread.submit(import_module, name).result()


def _give_way() -> None:
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0) + NICE)  # 0: this thread
