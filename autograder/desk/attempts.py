"""How often a student's answers are graded on arrival in a day; a restart forgets nothing of it."""

from __future__ import annotations

import contextlib
import hashlib
import json
from datetime import date
from pathlib import Path

from autograder.course import Course
from autograder.desk.files import FOLDER, write_atomically
from autograder.desk.intake import HandedIn


class Attempts:
    """Counts versions, not looks: the same files handed in twice are one attempt.

    Args:
        course: whose.
        a_day: how many; None for as many as they like.
    """

    def __init__(self, course: Course, a_day: int | None) -> None:
        self.folder = course.root / FOLDER / "attempts"
        self.a_day = a_day

    def allows(self, assignment: str, student: str, version: str, today: date) -> bool:
        """Say whether a version may be graded today: it has been counted, or there is an attempt left."""
        if self.a_day is None:
            return True
        known = self._read(assignment, student)
        return version in (each for _, each in known) or self._left(known, today) > 0

    def count(self, assignment: str, student: str, version: str, today: date) -> int | None:
        """Count a version, if it isn't counted yet; return what is left of today, None without a limit."""
        if self.a_day is None:
            return None
        known = self._read(assignment, student)
        if version not in (each for _, each in known):
            known.append((today.isoformat(), version))
            write_atomically(self._path(assignment, student), json.dumps(known))
        return self._left(known, today)

    def _left(self, known: list[tuple[str, str]], today: date) -> int:
        used = sum(day == today.isoformat() for day, _ in known)
        return max(0, (self.a_day or 0) - used)

    def _path(self, assignment: str, student: str) -> Path:
        return self.folder / assignment / f"{student}.json"

    def _read(self, assignment: str, student: str) -> list[tuple[str, str]]:
        with contextlib.suppress(OSError, ValueError, TypeError):
            text = self._path(assignment, student).read_text(encoding="utf-8")
            return [(str(day), str(version)) for day, version in json.loads(text)]
        return []


def version_of(handed_in: HandedIn) -> str:
    """Return a hash of what was handed in, but not of when."""
    digest = hashlib.sha256()
    for name, data in sorted(handed_in.notebooks.items()):
        digest.update(f"{name}\0{len(data)}\0".encode("utf-8", "surrogatepass") + data)
    for file in sorted(handed_in.own_files, key=lambda each: each.path):
        digest.update(f"{file.path}\0{len(file.content)}\0".encode("utf-8", "surrogatepass"))
        digest.update(file.content)
    return digest.hexdigest()
