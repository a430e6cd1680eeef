"""What has been graded, and from what: so that a run continues where the last one stopped."""

from __future__ import annotations

import hashlib
import inspect
import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course import Course
from autograder.desk.files import FOLDER, tidy, write_atomically
from autograder.engine.examiner.job import Result
from autograder.engine.wall.premises import code_of
from autograder.marking.paper import Paper
from autograder.marking.standing import Standing
from autograder.marking.surroundings import File

if TYPE_CHECKING:
    from autograder.desk.intake import HandedIn

VERSIONS = f"python {platform.python_version()}, matplotlib {version('matplotlib')}, numpy {version('numpy')}"


@dataclass(frozen=True)
class Rehearsed:
    """What came of a rehearsal: the pictures of a notebook's own figures, and how its tests stand."""

    figures: dict[str, str] = field(default_factory=dict)
    standing: Standing = field(default_factory=Standing)


class Ledger:
    """A file for each graded submission; without it, the submission is graded (again).

    An entry stands only while everything that it speaks of is written: it is struck out before anything of
    its submission is changed, and written after.
    """

    def __init__(self, course: Course) -> None:
        self.folder = course.root / FOLDER

    def _path(self, assignment: str, student: str) -> Path:
        return self.folder / assignment / f"{student}.json"

    def _entry(self, assignment: str, student: str) -> tuple[str, dict[str, Result]]:
        """Return what a submission's fingerprint was, and its results by notebook."""
        entry = json.loads(self._path(assignment, student).read_text(encoding="utf-8"))
        results = {
            name: Result.from_json(json.dumps(facts).encode()) for name, facts in entry["results"].items()
        }
        return str(entry["fingerprint"]), results

    def unchanged(self, assignment: str, student: str, fingerprint: str) -> dict[str, Result] | None:
        """Return the last results, without notebooks, if they came from the same submission and tests."""
        try:
            last, results = self._entry(assignment, student)
            return results if last == fingerprint else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def missing(self, assignment: str, student: str) -> bool:
        """Say whether nothing is known of a submission."""
        return not self._path(assignment, student).exists()

    def last(self, assignment: str, student: str) -> dict[str, Result]:
        """Return what came of a submission when it was graded, by notebook; nothing if it isn't known."""
        try:
            return self._entry(assignment, student)[1]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def forget(self, assignment: str, student: str) -> None:
        """Strike out a submission, which is then graded whenever it is seen again."""
        self._path(assignment, student).unlink(missing_ok=True)

    def record(self, assignment: str, student: str, fingerprint: str, results: Mapping[str, Result]) -> None:
        """Write down that this submission is graded, after everything else has been written."""
        facts = {name: asdict(result) | {"notebook": ""} for name, result in results.items()}
        entry = json.dumps({"fingerprint": fingerprint, "results": facts})
        write_atomically(self._path(assignment, student), entry)

    def tidy(self) -> None:
        """Remove what a process that was killed had begun to write here, attempts included."""
        tidy(self.folder, "**/")

    def _rehearsal(self, paper: Paper) -> Path:
        return self.folder / paper.assignment / f".{paper.notebook}.rehearsal.json"

    def rehearsed(self, paper: Paper) -> Rehearsed | None:
        """Return what a notebook's rehearsal said, if it was for these tests and this solution."""
        try:
            entry = json.loads(self._rehearsal(paper).read_text(encoding="utf-8"))
            if entry["fingerprint"] != f"{VERSIONS} {code_of('autograder')} {paper.fingerprint()}":
                return None
            return Rehearsed(dict(entry["figures"]), Standing.from_json(entry["standing"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep_rehearsed(self, paper: Paper, rehearsed: Rehearsed) -> None:
        """Keep it for the next run."""
        entry = {
            "fingerprint": f"{VERSIONS} {code_of('autograder')} {paper.fingerprint()}",
            **asdict(rehearsed),
        }
        write_atomically(self._rehearsal(paper), json.dumps(entry))


def setting_of(course: Course, *, isolated: bool) -> str:
    """Return what every score depends on besides tests and submission: grader, hooks, limits, walls.

    Args:
        course: whose.
        isolated: whether students' code runs in the sandbox.

    Returns:
        A hash. Hooks may say more of what they import, with `Surroundings.version`.
    """
    facts = [VERSIONS, code_of("autograder"), _source_of(course.hooks), repr(course.limits), str(isolated)]
    return hashlib.sha256("\0".join(facts).encode()).hexdigest()


def _source_of(hooks: object) -> str:
    try:
        return inspect.getsource(inspect.getmodule(type(hooks)) or type(hooks))
    except (OSError, TypeError):  # made without a file
        return repr(type(hooks))


def fingerprint(papers: Iterable[Paper], handed_in: HandedIn, secret: str, setting: str) -> str:
    """Return a hash of all that a submission's score depends on.

    Args:
        papers: the assignment's.
        handed_in: what the student handed in.
        secret: what hidden tests draw this student's questions from.
        setting: what `setting_of` says of this run.
    """
    digest = hashlib.sha256(f"{secret}\0{setting}".encode())
    for paper in papers:
        digest.update(paper.fingerprint().encode())
    for file in (*(File(name, data) for name, data in handed_in.notebooks.items()), *handed_in.files):
        digest.update(f"{file.path}\0{len(file.content)}\0".encode("utf-8", "surrogatepass"))
        digest.update(file.content)
    return digest.hexdigest()
