"""What this course adds to the grader; nbgrader_config.py names it."""

from __future__ import annotations

import hashlib
import importlib.util
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course import Course, CourseError
from autograder.hooks import AnyCourse, File, Finding, Namer, Sample, Surroundings

if TYPE_CHECKING:
    from nbformat import NotebookNode

SOURCE, RELEASE = "solutions", "notebooks"


class Backprop(AnyCourse):
    """Its package `mynn`, its mistakes, its sample class. What only some hooks need is imported by them."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.course = Course.of_source(root / SOURCE)

    def surroundings(self, *, assignment: str) -> Surroundings:
        """Return the reference `mynn` of earlier assignments, and where everything is found.

        Raises:
            CourseError: if an earlier assignment's solution can't be read, or the solutions lie elsewhere.
        """
        if not (self.root / SOURCE).is_dir():
            raise CourseError(f"The reference mynn is made from {self.root / SOURCE}, which isn't there.")
        from backprop.reference import build_mynn
        from workbook import offered

        with tempfile.TemporaryDirectory(prefix="mynn-") as folder:
            build_mynn(self.course, Path(folder), before=assignment)
            files = [
                File(str(path.relative_to(folder)), path.read_bytes())
                for path in sorted(Path(folder).rglob("*.py"))
            ]
        files += self._names_of_given_cells(assignment)
        return Surroundings(
            version=version(),
            files=tuple(files),
            student_packages=frozenset({"mynn"}),
            shown=("workbook", "workbook/../data"),
            preload=(*offered(), "backprop.naming"),
            variables={"WORKBOOK_HOME": "{home}"},
            secrets={"WORKBOOK_SECRET": "{secret}"},
            inside="workbook.inside:Inside",
            course=tuple(self._sources(assignment)),
        )

    def _names_of_given_cells(self, assignment: str) -> Iterator[File]:
        """Yield what of `clues.json` keeps given cells from replacing a student's helpers."""
        from backprop.shown import known_names
        from workbook.clue_file import FILE, only_shown

        with suppress(OSError, ValueError, LookupError, TypeError, SyntaxError):  # told when papers are read
            shown = known_names(self.course.notebook(assignment), self.root / RELEASE / assignment / FILE)
            yield File(f"{assignment}/{FILE}", only_shown(shown).encode())

    def _sources(self, assignment: str) -> Iterator[File]:
        """Yield the solution notebooks that the namer reads: this one's, and those of earlier assignments."""
        for name in self.course.assignments():
            if name <= assignment:
                for path in self.course.notebooks(name):
                    yield File(str(path.relative_to(self.root)), path.read_bytes())

    def namer(self, *, assignment: str) -> Namer | None:
        """Return what compares answers with the bank's, if this assignment has a bank."""
        from backprop.naming import namer

        return namer(self.course, assignment)

    def release_problems(self, *, assignment: str, notebook: NotebookNode) -> Iterable[str]:
        """Return nothing: the house rules are the course's tests, which also look at the text twin."""
        return ()

    def known_mistakes(self, *, assignment: str) -> Sequence[Finding]:
        """Return every mistake of the assignment's bank."""
        from backprop.mistakes import bank_of

        bank = bank_of(assignment)
        return [
            Finding(exercise.cell, wrong.name, wrong.sentence)
            for exercise in (bank.exercises if bank else ())
            for wrong in exercise.wrong
        ]

    def sample_class(self, *, assignment: str) -> Sequence[Sample]:
        """Return a class whose mistakes are the bank's."""
        from backprop.sample import sample_class

        return sample_class(self.course, assignment)


@cache
def version() -> str:
    """Return a hash of the code that scores and findings depend on: `workbook` and the bank, not the site."""
    digest = hashlib.sha256()
    for package in ("workbook", "backprop"):
        spec = importlib.util.find_spec(package)
        folder = Path(spec.origin).parent if spec and spec.origin else Path()
        for path in sorted(folder.rglob("*.py")):
            if package == "backprop" and path.relative_to(folder).parts[0] == "site":
                continue
            digest.update(f"{package}/{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return digest.hexdigest()
