"""What a course may add to the grader. Hooks do nothing by default: any nbgrader course is gradable.

A course names its hooks in nbgrader_config.py, `c.Autograder.course = "package.module:Class"`. The text is
what travels (in `Paper`): the grader and each worker import it for themselves, as each sandbox does with the
text that names an `Inside`. Each hook says where it runs; nothing of `CourseHooks` is ever imported inside
the sandbox, nothing of `Inside` outside of it. What a hook raises costs names, never marks.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from autograder.marking.finding import Failure, Finding
from autograder.marking.surroundings import File, Surroundings

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell
    from nbformat import NotebookNode

__all__ = [
    "AnyCourse",
    "CourseHooks",
    "Failure",
    "File",
    "Finding",
    "HookError",
    "Inside",
    "Namer",
    "Sample",
    "Surroundings",
    "load",
]


class HookError(Exception):
    """A course's hooks can't be loaded; the message says why and where they are named."""


@dataclass(frozen=True)
class Sample:
    """One student of the sample class, for one assignment.

    Attributes:
        student: the id, which is also the first name.
        story: what this submission is, in a few words.
        cells: grade_id -> the source that the student wrote there.
        named: the mistakes that feedback should name, as "exercise: name".
        damage: what happened to the notebook besides.
        text: what was handed in instead of a notebook.
        gradable: False where there is nothing to grade.
        days_late: how long after the due date it was handed in; below zero: before it.
    """

    student: str
    story: str
    cells: Mapping[str, str] = field(default_factory=dict)
    named: tuple[str, ...] = ()
    damage: Callable[[NotebookNode], None] | None = None
    text: str | None = None
    gradable: bool = True
    days_late: float = -1.0


class Namer(Protocol):
    """Names known mistakes of one assignment."""

    def name(self, *, student: Mapping[str, Any], failed: Mapping[str, Failure]) -> Sequence[Finding]:
        """Where: the forked examiner. When: once a submission with failed tests, at its end, 20 s at most.

        Args:
            student: the student's global names, each behind a handle; a name that isn't there is a KeyError.
            failed: the tests that failed, by grade_id.

        Whatever it raises costs no marks: it is reported once for the assignment, the traceback in the log.

        A namer may also have a method `prepare`, which takes nothing. Where: the worker. When: once an
        assignment, after its first submission: what it finds out is shared by those that follow.
        """


class CourseHooks(Protocol):
    """Made as `factory(root)`, where root is the course's folder.

    On a worker, which may be another machine, it is a folder that has nothing of the course but the files
    that `surroundings` names as `course`.
    """

    def surroundings(self, *, assignment: str) -> Surroundings:
        """Where: the grader. When: once an assignment and run, before anything is handed out.

        What it raises leaves the assignment ungraded, since marks without its surroundings would be wrong.
        """

    def namer(self, *, assignment: str) -> Namer | None:
        """Where: a worker. When: once an assignment, before the first fork: what it makes is shared."""

    def release_problems(self, *, assignment: str, notebook: NotebookNode) -> Iterable[str]:
        """Where: nbgrader generate_assignment. When: after the grader's own checks of test cells."""

    def known_mistakes(self, *, assignment: str) -> Sequence[Finding]:
        """Where: the grader. When: `autograder report`, to word what the ledger has by (exercise, name)."""

    def sample_class(self, *, assignment: str) -> Sequence[Sample]:
        """Where: the grader. When: `autograder demo`."""


class Inside(Protocol):
    """The course's part inside the sandbox, made without arguments: it sees the student's code only."""

    def set_up(self, *, shell: InteractiveShell) -> None:
        """Once a sandbox, before the first submission: load extensions, put pictures aside."""

    def imported(self, *, names: Mapping[str, Any]) -> None:
        """When what an assignment's source imports is imported, for all submissions: get ready what they use.

        What it raises costs time, nothing else.
        """

    def explain(self, *, error: BaseException) -> Sequence[str] | None:
        """Once a failed question: the lines that a student reads; None for the grader's own."""

    def detail(self, *, error: BaseException) -> Any:
        """When a test asks a student's error for it, `error.detail()`: plain data for the course's checks."""


class AnyCourse:
    """A course without hooks: used where nbgrader_config.py names none. Subclass it and change one thing."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def surroundings(self, *, assignment: str) -> Surroundings:
        """Nothing."""
        return Surroundings()

    def namer(self, *, assignment: str) -> Namer | None:
        """Nobody."""
        return None

    def release_problems(self, *, assignment: str, notebook: NotebookNode) -> Iterable[str]:
        """None."""
        return ()

    def known_mistakes(self, *, assignment: str) -> Sequence[Finding]:
        """None."""
        return ()

    def sample_class(self, *, assignment: str) -> Sequence[Sample]:
        """Nobody."""
        return ()


def load(named: str, root: Path) -> CourseHooks:
    """Return a course's hooks.

    Args:
        named: "package.module:Class", or "" for a course without hooks.
        root: the course's folder.

    Raises:
        HookError: if there is no such class, or it can't be made.
    """
    if not named:
        return AnyCourse(root)
    try:
        hooks: CourseHooks = pkgutil.resolve_name(named)(root)
        return hooks
    except Exception as error:
        raise HookError(
            f"c.Autograder.course = {named!r} in nbgrader_config.py can't be loaded "
            f"({type(error).__name__}: {error}). It names a class of hooks as 'package.module:Class'."
        ) from error


_: type[CourseHooks] = AnyCourse
