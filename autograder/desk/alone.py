"""One grader at a time on a course: the lock is the system's, and ends with the process that holds it."""

from __future__ import annotations

import contextlib
import getpass
import os
import platform
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from autograder.course import Course, CourseError
from autograder.desk.files import FOLDER, write_atomically


@contextlib.contextmanager
def alone(course: Course) -> Iterator[None]:
    """Hold the course's lock for a while.

    Raises:
        CourseError: if another grader holds it; the message says which.
        OSError: if the course's folder can't be written.
    """
    folder = course.root / FOLDER
    folder.mkdir(exist_ok=True)
    lock, note = FileLock(folder / "grading.lock", timeout=0), folder / "grading.by"
    try:
        lock.acquire()
    except Timeout:
        raise CourseError(
            f"Another grader is at work on {course.root}: {_read(note)}. "
            "Wait until it is done, or end it. This one has changed nothing."
        ) from None
    try:
        write_atomically(note, _who())
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _who() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = f"user {os.getuid()}"
    return f"process {os.getpid()} of {user} on {platform.node()}, since {datetime.now():%Y-%m-%d %H:%M:%S}"


def _read(note: Path) -> str:
    try:
        return note.read_text(encoding="utf-8").strip()[:200]
    except OSError:  # it has the lock, and hasn't written its name yet
        return "a process that has just begun"
