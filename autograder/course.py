"""Where a course keeps its things: the folder with nbgrader_config.py, and nbgrader's folders in it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder.hooks import CourseHooks, HookError, Surroundings, load

if TYPE_CHECKING:
    from nbformat import NotebookNode

CONFIG = "nbgrader_config.py"


def put_tools_on_path() -> None:
    """Let nbgrader find alembic, which it calls by name, where no environment is activated."""
    here = str(Path(sys.executable).parent)
    folders = os.environ.get("PATH", "").split(os.pathsep)
    if here not in folders:
        os.environ["PATH"] = os.pathsep.join([here, *folders])


class CourseError(Exception):
    """The course can't be used as it is; the message says what is wrong and what to do."""


@dataclass(frozen=True)
class Course:
    """A course folder, as nbgrader understands it."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Course:
        """Return the course at `start`, or the nearest one at or above the working directory.

        Raises:
            CourseError: if no folder there has an nbgrader_config.py.
        """
        origin = (start or Path.cwd()).resolve()
        if not origin.is_dir():
            raise CourseError(f"No folder {origin}. Give an existing course folder with --course.")
        candidates = [origin] if start else [origin, *origin.parents]
        for folder in candidates:
            if (folder / CONFIG).is_file():
                return cls(folder)
        raise CourseError(
            f"No {CONFIG} in {origin}{'' if start else ' or above it'}. "
            "Run this in a course folder, or name one with --course DIR."
        )

    @classmethod
    def of_source(cls, folder: Path) -> Course:
        """Return the course of a source folder, for readers of its notebooks.

        nbgrader_config.py isn't run: it imports nbgrader, which takes more than a second.
        """
        course = cls(folder.parent)
        vars(course)["config"] = Config({"CourseDirectory": {"source_directory": str(folder)}})
        return course

    @cached_property
    def config(self) -> Config:
        """nbgrader's configuration of this course, with the root filled in.

        Raises:
            CourseError: if nbgrader_config.py can't be read.
            ModuleNotFoundError: if it imports a package that isn't installed.
        """
        try:
            config = PyFileConfigLoader(CONFIG, path=str(self.root)).load_config()
        except ModuleNotFoundError:
            raise
        except Exception as error:
            raise CourseError(
                f"{self.root / CONFIG} can't be read: {error}. Mend that file first."
            ) from error
        config.CourseDirectory.root = str(self.root)
        put_tools_on_path()
        return config

    @property
    def named_hooks(self) -> str:
        """The text that names the course's hooks (`c.Autograder.course`), or ""."""
        return str(self.config.Autograder.get("course", ""))

    @cached_property
    def hooks(self) -> CourseHooks:
        """What the course adds to the grader.

        Raises:
            CourseError: if nbgrader_config.py names hooks that can't be loaded.
        """
        try:
            return load(self.named_hooks, self.root)
        except HookError as error:
            raise CourseError(str(error)) from error

    @cached_property
    def _surroundings(self) -> dict[str, Surroundings]:
        return {}

    def surroundings(self, assignment: str) -> Surroundings:
        """Return what the course's hooks say that an assignment's submissions need.

        Raises:
            CourseError: if they fail: without its surroundings, marks would be wrong.
        """
        try:
            if assignment not in self._surroundings:
                self._surroundings[assignment] = self.hooks.surroundings(assignment=assignment)
            return self._surroundings[assignment]
        except CourseError:
            raise
        except Exception as error:
            raise CourseError(
                f"The course's hooks can't say what '{assignment}' needs ({type(error).__name__}: {error}). "
                f"Mend {self.named_hooks}."
            ) from error

    def application(self) -> Any:
        """Return nbgrader's Python API for this course (`nbgrader.apps.NbGraderAPI`)."""
        from nbgrader.apps import NbGraderAPI
        from nbgrader.coursedir import CourseDirectory

        return NbGraderAPI(CourseDirectory(config=self.config), config=self.config)

    def folder(self, step: str) -> Path:
        """Return the folder of an nbgrader step: source, release, submitted, autograded or feedback."""
        default = {"source": "solutions", "release": "notebooks"}.get(step, step)
        named = self.config.CourseDirectory.get(f"{step}_directory", default)
        return self.root / str(named)

    def assignments(self) -> list[str]:
        """Return the names of the assignments in the source folder, in order."""
        source = self.folder("source")
        return sorted(folder.name for folder in source.glob("*/") if any(folder.glob("*.ipynb")))

    def notebook(self, assignment: str) -> Path:
        """Return the source notebook of an assignment (one assignment is one notebook).

        Raises:
            CourseError: if there is no such assignment; the message lists those there are.
        """
        found = sorted((self.folder("source") / assignment).glob("*.ipynb"))
        if not assignment or not found:
            known = ", ".join(self.assignments()) or "none"
            raise CourseError(f"No assignment '{assignment}' in {self.folder('source')}; there are: {known}.")
        return found[0]

    @property
    def db_url(self) -> str:
        """The gradebook's address: nbgrader's `CourseDirectory.db_url`, or gradebook.db in the course."""
        configured = self.config.CourseDirectory.get("db_url", "")
        return str(configured) if configured else f"sqlite:///{self.root / 'gradebook.db'}"

    @property
    def has_gradebook(self) -> bool:
        """Whether the gradebook exists; one that isn't an SQLite file is taken to."""
        kind, _, path = self.db_url.partition(":///")
        return kind != "sqlite" or path.startswith("file:") or Path(path).exists()


def read_notebook(path: Path) -> NotebookNode:
    """Read a notebook.

    Raises:
        CourseError: if the file is missing or isn't a notebook.
    """
    import nbformat

    try:
        notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        return notebook
    except FileNotFoundError:
        raise CourseError(f"No notebook {path}.") from None
    except nbformat.reader.NotJSONError:
        raise CourseError(f"{path.name} is not a notebook: it isn't JSON, as .ipynb files are.") from None
    except UnicodeDecodeError:
        raise CourseError(f"{path.name} is not a notebook: it isn't UTF-8 text.") from None
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise CourseError(f"{path.name} is not a notebook that can be read: {reason[:120]}") from None


def repository() -> Course:
    """Return the course that this package is part of.

    Raises:
        CourseError: if the package was installed without it.
    """
    root = Path(__file__).resolve().parents[1]
    if not (root / CONFIG).is_file():
        raise CourseError(
            "The course's solutions aren't beside the package. Clone the repository and install it with "
            f"'{Path(sys.executable).name} -m pip install -e .'."
        )
    return Course(root)
