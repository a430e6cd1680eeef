"""The folders in autograded/: written beside their place, put there, tidied after a run that was killed."""

from __future__ import annotations

import glob
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from nbgrader.converters import Autograde

from autograder.course import Course
from autograder.engine.examiner.job import Result
from autograder.marking.paper import Paper
from autograder.marking.surroundings import File


class Copies:
    """The graded copies of a course.

    Args:
        course: whose.
        settings: nbgrader's own for them.
    """

    def __init__(self, course: Course, settings: Autograde) -> None:
        self.course = course
        self.permissions = int(str(settings.permissions), 8)

    def write_beside(
        self, place: Path, papers: Sequence[Paper], files: Sequence[File], results: Mapping[str, Result]
    ) -> Path:
        """Write a submission's folder beside its place; the instructor's version of a file counts."""
        prepared = _aside(place, "new")
        shutil.rmtree(prepared, ignore_errors=True)
        prepared.mkdir(parents=True)
        notebooks = [File(f"{name}.ipynb", result.notebook.encode()) for name, result in results.items()]
        for file in {file.path: file for file in (*files, *papers[0].files, *notebooks)}.values():
            path = prepared / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
            path.chmod(self.permissions)
        return prepared

    def put_in_place(self, prepared: Path, place: Path) -> None:
        """Replace a submission's folder."""
        old = _aside(place, "old")
        if place.exists():
            shutil.rmtree(old, ignore_errors=True)
            place.rename(old)
        prepared.rename(place)
        shutil.rmtree(old, ignore_errors=True)

    def tidy(self, assignment: str) -> None:
        """Put away what a run that was killed has left beside the places of an assignment."""
        folders, root = self.course.folders, glob.escape(str(self.course.folder("autograded")))
        places = Path(folders.format_path(root, "*", glob.escape(assignment)))
        for old in _found(places, "old"):
            whole = old.with_name(old.name.removeprefix(".").removesuffix(".old"))
            if not whole.exists():  # it was killed between the two steps that put the new one in place
                old.rename(whole)
            shutil.rmtree(old, ignore_errors=True)
        for new in _found(places, "new"):
            shutil.rmtree(new, ignore_errors=True)


def _aside(place: Path, what: str) -> Path:
    """Return where a folder is put together ("new"), or kept until it is replaced ("old")."""
    return place.with_name(f".{place.name}.{what}")


def _found(places: Path, what: str) -> Iterator[Path]:
    for found in glob.glob(str(_aside(places, what))):  # noqa: PTH207 - an absolute pattern
        yield Path(found)
