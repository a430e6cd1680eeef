"""A file is written whole or not at all, and what a killed process had begun doesn't stay."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from autograder.desk.files import LONG_AGO, tidy, write_atomically


def test_killed_while_it_writes(tmp_path: Path) -> None:
    path = tmp_path / "below" / "ada.json"
    write_atomically(path, "before")
    pid = os.fork()
    if pid == 0:  # killed between writing and putting it there
        Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign,assignment,return-value]
        write_atomically(path, "after")
    os.waitpid(pid, 0)
    assert path.read_text() == "before"
    (begun,) = set(path.parent.iterdir()) - {path}
    tidy(tmp_path, "*/")
    assert begun.exists(), "somebody may be at it"
    os.utime(begun, (time.time() - LONG_AGO - 1,) * 2)
    tidy(path.parent.parent, "*/")
    assert [*path.parent.iterdir()] == [path]
