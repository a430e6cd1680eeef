"""Disk full, gradebook locked or put back from a backup, a clock that was moved: no mark is wrong.

`pytest -n 0 -s -m slow tests/faults` prints the lines of the table in docs/security.md.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import sqlite3
import time
from pathlib import Path

import pytest
from fault_world import Facts, World, facts, forked, said

from autograder.course import Course, CourseError
from autograder.desk.follow import Nobody
from autograder.marking.outcome import Outcome

pytestmark = pytest.mark.slow
NEW_USER, NEW_MOUNTS = 0x10000000, 0x20000


def small_disk(place: Path, kilobytes: int, *, again: bool = False) -> None:
    """Mount a disk of that size at a folder, for this process only; or change its size."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not again:
        uid, gid = os.getuid(), os.getgid()
        if libc.unshare(NEW_USER | NEW_MOUNTS) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
        Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
    flags = 32 if again else 0  # MS_REMOUNT
    if libc.mount(b"tmpfs", os.fsencode(place), b"tmpfs", flags, f"size={kilobytes}k".encode()) != 0:
        raise OSError(ctypes.get_errno(), "mount")


def used(folder: Path, place: Path) -> int:
    """Return the kilobytes that a folder takes on such a disk."""
    answer = place.with_name("used")

    def measured() -> None:
        small_disk(place, 65536)
        shutil.copytree(folder, place, dirs_exist_ok=True)
        answer.write_text(str(shutil.disk_usage(place).used // 1024))

    assert forked(measured) == 0
    return int(answer.read_text())


def test_disk_full(world: World, right: dict[str, Facts], tmp_path: Path) -> None:
    place, answer = tmp_path / "disk", tmp_path / "answer"
    place.mkdir()
    full = 0
    size = used(world.folder / "changed", place)
    for room in range(0, 120, 8):

        def filled(room: int = room) -> None:
            small_disk(place, size + room)
            shutil.copytree(world.folder / "changed", place, dirs_exist_ok=True)
            try:
                world.run(Course(place))
                told = ""
            except CourseError as error:
                told = str(error)
            small_disk(place, 65536, again=True)
            world.run(Course(place))
            answer.write_text(json.dumps([told, facts(Course(place)) == right["changed"]]))

        answer.unlink(missing_ok=True)
        forked(filled)
        if not answer.exists():
            continue  # not even the course fitted
        told, same = json.loads(answer.read_text())
        assert same, f"with room for {room} kB"
        if told:
            full += 1
            assert "No space left" in told or "is full" in told, told
    assert full >= 5
    said("disk full, with 0 to 120 kB left", f"{full}", "one sentence; with room again: right")


def test_gradebook_locked(world: World, right: dict[str, Facts], tmp_path: Path) -> None:
    tried = 0
    for after in (0, 1, 3):
        course = world.copy("changed", tmp_path / f"locked{after}")
        holder = sqlite3.connect(course.root / "gradebook.db", isolation_level=None)

        class Locking(Nobody):
            rows = 0

            def row(self, outcome: Outcome) -> None:
                self.rows += 1
                if self.rows == after:  # noqa: B023 - called in this turn only
                    holder.execute("BEGIN EXCLUSIVE")  # noqa: B023

        if after == 0:
            holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(CourseError, match="locked"):
            world.run(course, follower=Locking())
        holder.close()
        world.run(course)
        assert facts(course) == right["changed"]
        tried += 1
    said(
        "gradebook locked by another program, before and during the run",
        f"{tried}",
        "one sentence; run again: right",
    )


def test_gradebook_put_back_from_a_backup(world: World, right: dict[str, Facts], tmp_path: Path) -> None:
    tried = 0
    for backup in ("new", "graded"):
        for copies in (False, True):
            course = world.copy("done", tmp_path / "restored")
            shutil.copy(world.folder / backup / "gradebook.db", course.root / "gradebook.db")
            if copies:
                shutil.rmtree(course.folder("autograded"))
                if backup == "graded":
                    shutil.copytree(world.folder / backup / "autograded", course.folder("autograded"))
            world.run(course)
            expected = json.loads(json.dumps(right["changed"]))
            found = json.loads(json.dumps(facts(course)))
            given = expected["s2"]["marks"]["why"], found["s2"]["marks"]["why"]
            assert given[1][1] is None, "what a person gave since is not in the backup"
            for row in (
                expected,
                found,
            ):  # s4 has nothing but its backup, and s2's penalty is of fewer points
                row.pop("s4", None)
                row.pop("s2")
            assert found == expected
            tried += 1
    said(
        "gradebook put back from a backup, with and without its copies",
        f"{tried}",
        "graded again: the marks of today",
    )


def test_moved_clock(
    world: World, right: dict[str, Facts], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, year, tried = time.time, 365 * 86400, 0
    for files in (-year, year, -50 * year):
        for clock in (-year, year):
            course = world.copy("changed", tmp_path / "moved")
            for path in course.root.rglob("*"):
                os.utime(path, (max(0, now() + files),) * 2)
            monkeypatch.setattr(time, "time", lambda clock=clock: now() + clock)
            world.run(course)
            monkeypatch.setattr(time, "time", now)
            assert facts(course) == right["changed"]
            assert {row.status for row in world.run(course)} == {"unchanged", "fault"}
            tried += 1
    said("clock and files' dates moved by a year, back and forth", f"{tried}", "right")
