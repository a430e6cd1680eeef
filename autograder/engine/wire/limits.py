"""What one submission may use: one number for each thing that can run out, settable in nbgrader_config.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Limits:
    """The limits of one submission; `c.Limits.memory = 2 * 2**30` in nbgrader_config.py sets one.

    Attributes:
        memory: bytes that a process may allocate.
        total_memory: bytes of all its processes together.
        processes: processes and threads.
        cpu_seconds: seconds of processor time of a process.
        file_size: bytes of one file that it writes.
        disk: bytes of all files that it writes.
        files: files that it writes.
        open_files: files that a process may have open.
        stream: characters that a cell may print.
        displays: figures and other displays of a cell.
        display_size: characters of a cell's displays together.
        outputs: characters of all outputs of a notebook.
        message: bytes of one message between the student's process and the examiner.
        parts: lists, numbers and so on in one message, counted wherever they stand.
        notebook: bytes of a submitted notebook.
        cells: cells of a submitted notebook.
        beside: files beside a notebook.
        beside_size: bytes of these files together.
        beside_path: characters of such a file's name, folders included.
        examiner_memory: bytes that the process which runs the tests may allocate.
        naming_seconds: seconds in which known mistakes are looked for.
    """

    memory: int = 2**30
    total_memory: int = 3 * 2**29
    processes: int = 24
    cpu_seconds: int = 120
    file_size: int = 32 * 2**20
    disk: int = 64 * 2**20
    files: int = 2048
    open_files: int = 128
    stream: int = 2**20
    displays: int = 50
    display_size: int = 8 * 2**20
    outputs: int = 48 * 2**20
    message: int = 32 * 2**20
    parts: int = 2 * 10**6
    notebook: int = 20 * 2**20
    cells: int = 5000
    beside: int = 200
    beside_size: int = 16 * 2**20
    beside_path: int = 200
    examiner_memory: int = 3 * 2**30
    naming_seconds: int = 20

    @classmethod
    def of(cls, named: Mapping[str, Any]) -> Limits:
        """Return the defaults with some replaced.

        Raises:
            ValueError: if there is no limit of that name, or a value is no whole number above zero.
        """
        known = [field.name for field in fields(cls)]
        for name, value in named.items():
            if name not in known:
                raise ValueError(f"there is no limit c.Limits.{name}; there are {', '.join(known)}.")
            if type(value) is not int or value < 1:
                raise ValueError(f"c.Limits.{name} = {value!r} must be a whole number above zero.")
        return cls(**named)
