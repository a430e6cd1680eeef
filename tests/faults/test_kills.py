"""Killed at each write and at any time: the next run ends as if nothing had been.

`pytest -n 0 -s -m slow tests/faults` prints the lines of the table in docs/security.md.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from fault_world import Facts, World, facts, forked, said
from sqlalchemy import event
from sqlalchemy.engine import Engine

from autograder.course import Course

pytestmark = pytest.mark.slow
KILLS = 40  # at writes, for each of three kinds of run


class Writes:
    """Counts what a run writes below a folder and into the gradebook, and ends the process at one of these.

    It hooks the whole process: use it in a fork.
    """

    def __init__(self, root: Path, fatal: int = 0) -> None:
        self.root = str(root)
        self.fatal = fatal
        self.count = 0
        sys.addaudithook(self.heard)
        event.listen(Engine, "before_cursor_execute", self.statement)
        event.listen(Engine, "commit", lambda connection: self.note())

    def heard(self, name: str, args: tuple[Any, ...]) -> None:
        if name == "open" and isinstance(args[0], str | bytes):
            writes = bool((args[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        else:
            writes = name in ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.chmod")
        if writes and os.fsdecode(args[0]).startswith(self.root):
            self.note()

    def statement(self, connection: Any, cursor: Any, text: str, *rest: Any) -> None:
        if not text.lstrip().upper().startswith(("SELECT", "PRAGMA")):
            self.note()

    def note(self) -> None:
        self.count += 1
        if self.count == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(("stage", "force"), [("new", False), ("changed", False), ("graded", True)])
def test_killed_at_a_write(
    world: World, right: dict[str, Facts], tmp_path: Path, stage: str, force: bool
) -> None:
    course = world.copy(stage, tmp_path / "counted")
    answer = tmp_path / "count"

    def counted() -> None:
        writes = Writes(course.root)
        world.run(course, force=force)
        answer.write_text(str(writes.count))

    assert forked(counted) == 0
    writes = int(answer.read_text())
    moments = sorted({1 + round(k * (writes - 1) / (KILLS - 1)) for k in range(KILLS)})
    for moment in moments:
        struck = world.copy(stage, tmp_path / "struck")

        def killed(struck: Course = struck, moment: int = moment) -> None:
            Writes(struck.root, fatal=moment)
            world.run(struck, force=force)

        assert forked(killed) == -signal.SIGKILL, moment
        world.run(struck)
        assert facts(struck) == right[stage], f"killed at write {moment} of {writes}"
    kind = {"new": "a first run", "changed": "after new submissions", "graded": "`--force`"}[stage]
    said(
        f"killed (SIGKILL) at a write: {kind}",
        f"{len(moments)} of {writes} writes",
        "run again: as if nothing had been",
    )
