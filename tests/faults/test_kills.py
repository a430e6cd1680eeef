"""Killed at each write and at any time: the next run ends as if nothing had been.

`pytest -n 0 -s -m slow tests/faults` prints the lines of the table in docs/security.md.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from fault_world import GRADE, Facts, World, facts, forked, marks, said
from sqlalchemy import event
from sqlalchemy.engine import Engine

from autograder.course import Course
from autograder.engine.fleet.scratch import Scratch

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


def test_killed_at_any_time(world: World, right: dict[str, Facts], tmp_path: Path) -> None:
    chance, kills, ends = random.Random(20260217), 0, 0
    while kills < 60:
        stage, force = chance.choice([("new", False), ("changed", False), ("graded", True)])
        struck = world.copy(stage, tmp_path / "struck")
        delay = chance.uniform(0, 1.5 * ends / max(1, kills + ends) + 0.4)

        def ended(struck: Course = struck, force: bool = force, delay: float = delay) -> None:
            signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
            signal.setitimer(signal.ITIMER_REAL, delay)
            world.run(struck, force=force)

        if forked(ended) == -signal.SIGKILL:
            kills += 1
        else:
            ends += 1
        world.run(struck)
        assert facts(struck) == right[stage]
    said("killed at any time, while it writes", f"{kills}", "run again: as if nothing had been")


def test_the_whole_command_killed_at_any_time(world: World, right: dict[str, Facts], tmp_path: Path) -> None:
    chance, begun = random.Random(4711), time.monotonic()
    temporary = Path(tempfile.mkdtemp())  # short: there are sockets in it
    course = world.copy("changed", tmp_path / "whole")
    command = [*GRADE, "--course", str(course.root), "--jobs", "2"]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    long = time.monotonic() - begun
    assert marks(facts(course)) == marks(right["changed"])
    struck = world.copy("changed", tmp_path / "struck")
    command = [*GRADE, "--course", str(struck.root), "--jobs", "2", "--force"]
    kills = 8
    for _ in range(kills):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(command, **quiet) as run:  # type: ignore[call-overload]
            with contextlib.suppress(subprocess.TimeoutExpired):
                run.wait(chance.uniform(0.2, 1.0) * long)
            with contextlib.suppress(psutil.NoSuchProcess):
                started = psutil.Process(run.pid).children(recursive=True)
                run.kill()
        assert not psutil.wait_procs(started, timeout=60)[1], "a process outlived its grader"
        assert len([*temporary.iterdir()]) <= 1, "what the one before it left is gone"
    Scratch(temporary).close()
    temporary.rmdir()  # for so it is when the next one begins
    rows = {row.student: row for row in world.run(struck)}
    assert rows["s4"].status == "fault"
    assert marks(facts(struck)) == marks(right["changed, all again"])
    said(
        "the whole command killed at any time, sandboxes included",
        f"{kills}",
        "no process left, no file; run again: right",
    )
