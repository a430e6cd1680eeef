"""An assignment as the grader needs it: the instructor's cells, and what surrounds them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from autograder.marking.cells import Hidden
from autograder.marking.surroundings import File, Surroundings


@dataclass(frozen=True)
class Cell:
    """One cell of the instructor's, as nbgrader recorded it when the assignment was released."""

    grade_id: str
    cell_type: str
    source: str
    checksum: str
    locked: bool
    grade: bool = False
    solution: bool = False
    task: bool = False
    points: float = 0.0

    @property
    def tests(self) -> bool:
        """Whether this is a test that is run: graded, locked code."""
        return self.grade and not self.solution and self.cell_type == "code"

    def metadata(self) -> dict[str, Any]:
        """Return nbgrader's metadata of this cell, whatever a submission says."""
        about: dict[str, Any] = {
            "schema_version": 3,
            "grade_id": self.grade_id,
            "grade": self.grade,
            "solution": self.solution,
            "locked": self.locked,
            "task": self.task,
            "checksum": self.checksum,
            "cell_type": self.cell_type,
        }
        return {**about, "points": self.points} if self.grade or self.task else about


@dataclass(frozen=True)
class Paper:
    """One assignment's notebook.

    Attributes:
        assignment: its name.
        notebook: the notebook's name, without .ipynb.
        cells: the instructor's cells in the order of the source notebook.
        kernelspec: what the autograded notebook says about its kernel.
        files: the instructor's files beside the notebook, by their paths below the working directory.
        folder: the submission's working directory, below the writable folder.
        patience: seconds that one cell, or one question to the student's code, may take.
        budget: seconds that a whole submission may take where nobody knows what the solution takes.
        max_lines: lines of printed output kept for each cell (-1: all).
        max_traceback: lines of a traceback kept (-1: all).
        skip: the tag of cells that aren't run: they only show something; or "".
        ignore: a pattern of stderr texts that don't count, or "".
        hidden: which lines of a test students don't get.
        imports: what the source notebook imports, by the names that it binds (see `source.imported_names`).
        solution: a hash of the source notebook's code.
        answers: the source notebook's text of each exercise, by grade_id, where failed tests are to be asked
            again with it; else nothing.
        students: names that the source notebook's unlocked cells bind.
        surroundings: what the course's hooks say that a submission needs.
        course: the text that names the course's hooks, or "".
    """

    assignment: str
    notebook: str
    cells: tuple[Cell, ...]
    kernelspec: dict[str, Any] = field(default_factory=dict)
    files: tuple[File, ...] = ()
    folder: str = "assignment"
    patience: float = 30.0
    budget: float = 600.0
    max_lines: int = 1000
    max_traceback: int = 100
    ignore: str = ""
    skip: str = ""
    hidden: Hidden = field(default_factory=Hidden)
    imports: dict[str, str] = field(default_factory=dict)
    students: tuple[str, ...] = ()
    solution: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    surroundings: Surroundings = field(default_factory=Surroundings)
    course: str = ""

    def fingerprint(self) -> str:
        """Return a hash of everything that can change a score, except the submission."""
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> str:
        around = self.surroundings
        facts = asdict(self)
        facts["files"] = _hashes(self.files)
        facts["surroundings"] |= {
            "files": _hashes(around.files),
            "student_packages": sorted(around.student_packages),
        }
        facts["surroundings"].pop(
            "course"
        )  # names come from the solution and from what the version stands for
        return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def _hashes(files: tuple[File, ...]) -> list[tuple[str, str]]:
    return [(file.path, hashlib.sha256(file.content).hexdigest()) for file in files]
