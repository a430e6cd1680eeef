"""What the last run began with, as it lies in the course: read before anything else is imported."""

from __future__ import annotations

import contextlib
from pathlib import Path

from autograder.course import Course
from autograder.desk.files import FOLDER

SUBMITTED = "submitted"  # nbgrader's default; a course that has another place for it is not guessed at


def premises_file(course: Course) -> Path:
    """Return where the premises of its sandbox are kept."""
    return course.root / FOLDER / ".premises.json"


def paper_file(course: Course) -> Path:
    """Return where the paper is kept that its workers got ready for."""
    return course.root / FOLDER / ".paper.pickle"


def premises_kept(course: Course) -> str:
    """Return the premises as text, or "". Whoever reads them finds out whether they are any."""
    with contextlib.suppress(OSError, ValueError):
        return premises_file(course).read_text(encoding="utf-8")
    return ""


def paper_kept(course: Course) -> bytes:
    """Return the paper, pickled, or b""."""
    with contextlib.suppress(OSError):
        return paper_file(course).read_bytes()
    return b""
