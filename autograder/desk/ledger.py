"""What has been graded, and from what: so that a run continues where the last one stopped."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from autograder.course import Course
from autograder.desk.files import write_atomically
from autograder.engine.examiner.exam import Result
from autograder.marking.finding import Finding
from autograder.marking.surroundings import File

FOLDER = ".autograder"
FIGURES = ".figures.json"
VERSIONS = f"python {platform.python_version()}, matplotlib {version('matplotlib')}, numpy {version('numpy')}"


class Ledger:
    """A file for each graded submission; without it, the submission is graded (again)."""

    def __init__(self, course: Course) -> None:
        self.folder = course.root / FOLDER

    def _path(self, assignment: str, student: str) -> Path:
        return self.folder / assignment / f"{student}.json"

    def unchanged(self, assignment: str, student: str, fingerprint: str) -> Result | None:
        """Return the last result, without its notebook, if it came from the same submission and tests."""
        try:
            entry = json.loads(self._path(assignment, student).read_text(encoding="utf-8"))
            same = entry["fingerprint"] == fingerprint
            return Result.from_json(json.dumps(entry["result"]).encode()) if same else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def named(self, assignment: str, student: str) -> list[Finding]:
        """Return the known mistakes that were recognised when this student's submission was graded."""
        try:
            entry = json.loads(self._path(assignment, student).read_text(encoding="utf-8"))
            return Result.from_json(json.dumps(entry["result"]).encode()).named
        except (OSError, ValueError, KeyError, TypeError):
            return []

    def knows(self, assignment: str, student: str) -> bool:
        """Say whether an earlier submission of this student's has been graded."""
        return self._path(assignment, student).is_file()

    def forget(self, assignment: str, student: str) -> None:
        """Strike out a submission, which is then graded whenever it is seen again."""
        self._path(assignment, student).unlink(missing_ok=True)

    def record(self, assignment: str, student: str, fingerprint: str, result: Result) -> None:
        """Write down that this submission is graded, after everything else has been written."""
        facts = asdict(result) | {"notebook": ""}
        entry = json.dumps({"fingerprint": fingerprint, "result": facts})
        write_atomically(self._path(assignment, student), entry)

    def figures(self, assignment: str, fingerprint: str) -> dict[str, str] | None:
        """Return the pictures of the assignment's own figures, if they have been drawn for these tests."""
        try:
            entry = json.loads((self.folder / assignment / FIGURES).read_text(encoding="utf-8"))
            return dict(entry["figures"]) if entry["fingerprint"] == f"{VERSIONS} {fingerprint}" else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep_figures(self, assignment: str, fingerprint: str, figures: dict[str, str]) -> None:
        """Keep those pictures for the next run."""
        entry = json.dumps({"fingerprint": f"{VERSIONS} {fingerprint}", "figures": figures})
        write_atomically(self.folder / assignment / FIGURES, entry)


def fingerprint(paper: str, notebook: bytes, files: Iterable[File]) -> str:
    """Return a hash of all that a score depends on.

    Args:
        paper: the assignment's own fingerprint.
        notebook: the submitted notebook.
        files: what was handed in beside it.
    """
    digest = hashlib.sha256(paper.encode())
    for file in (File("", notebook), *files):
        digest.update(f"{file.path}\0{len(file.content)}\0".encode("utf-8", "surrogatepass"))
        digest.update(file.content)
    return digest.hexdigest()
