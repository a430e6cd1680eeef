"""Where a course keeps its things: the folder with nbgrader_config.py, and nbgrader's folders in it."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import hmac
import os
import re
import secrets
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.engine.wire.limits import Limits
from autograder.hooks import CourseHooks, HookError, Surroundings, load

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from traitlets.config import Config

CONFIG = "nbgrader_config.py"
KEY = "autograder.key"


def put_tools_on_path() -> None:
    """Let nbgrader find alembic, which it calls by name, where no environment is activated."""
    here = str(Path(sys.executable).parent)
    folders = os.environ.get("PATH", "").split(os.pathsep)
    if here not in folders:
        os.environ["PATH"] = os.pathsep.join([here, *folders])


class CourseError(Exception):
    """The course can't be used as it is; the message says what is wrong and what to do."""


class _OnlySource:
    """Stands in for nbgrader's CourseDirectory where only the source is read, and nbgrader isn't imported."""

    def __init__(self, folder: Path) -> None:
        self.source_directory = str(folder)
        self.notebook_id = "*"

    def format_path(self, step: str, student: str, assignment: str) -> str:
        return str(Path(step, assignment))


@dataclass(frozen=True)
class Course:
    """A course folder, as nbgrader understands it: folders and names are what nbgrader's traits say."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Course:
        """Return the course at `start`, or the nearest one at or above the working directory.

        Raises:
            CourseError: if no folder there has an nbgrader_config.py (or, without one, a folder `source`).
        """
        origin = (start or Path.cwd()).resolve()
        if not origin.is_dir():
            raise CourseError(f"No folder {origin}. Give an existing course folder with --course.")
        candidates = [origin] if start else [origin, *origin.parents]
        for folder in candidates:
            if (folder / CONFIG).is_file():
                return cls(folder)
        if (origin / "source").is_dir():  # nbgrader needs no configuration either
            return cls(origin)
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
        vars(course)["folders"] = _OnlySource(folder)
        return course

    @cached_property
    def config(self) -> Config:
        """nbgrader's configuration of this course, with the root filled in.

        As for nbgrader's own commands, that is an nbgrader_config.py (or .json) in Jupyter's folders of
        settings, and the course's.

        Raises:
            CourseError: if one of these files can't be read.
            ModuleNotFoundError: if it imports a package that isn't installed.
        """
        from jupyter_core.paths import jupyter_config_path  # late: workers begin before
        from traitlets.config import Config
        from traitlets.config.loader import JSONFileConfigLoader, PyFileConfigLoader

        config = Config()
        for folder in [*reversed(jupyter_config_path()), str(self.root)]:
            for loader in (JSONFileConfigLoader, PyFileConfigLoader):
                path = Path(folder, CONFIG).with_suffix(".json" if loader is JSONFileConfigLoader else ".py")
                if not path.is_file():
                    continue
                try:
                    config.merge(loader(path.name, path=folder).load_config())
                except ModuleNotFoundError:
                    raise
                except Exception as error:
                    raise CourseError(f"{path} can't be read: {error}. Mend that file first.") from error
        config.CourseDirectory.root = str(self.root)
        if "db_url" not in config.CourseDirectory and set(str(self.root)) & set("?%"):
            from sqlalchemy import (
                URL,  # these mean something in an address, and nbgrader writes them as they are
            )

            address = URL.create("sqlite", database=str(self.root / "gradebook.db"))
            config.CourseDirectory.db_url = address.render_as_string(hide_password=False)
        put_tools_on_path()
        return config

    @cached_property
    def folders(self) -> Any:
        """nbgrader's own idea of the course's folders and names (`nbgrader.coursedir.CourseDirectory`).

        Raises:
            CourseError: if the configuration gives one of them a value that nbgrader refuses.
        """
        from nbgrader.coursedir import CourseDirectory
        from traitlets import TraitError

        try:
            return CourseDirectory(config=self.config)
        except TraitError as error:
            raise CourseError(f"nbgrader refuses {self.root / CONFIG}: {error}") from None

    @property
    def course_id(self) -> str:
        """The course's name in the gradebook, "" if it has none."""
        return str(self.folders.course_id)

    @property
    def time_zone(self) -> str:
        """The zone in which nbgrader writes when something was handed in: `c.Exchange.timezone`, or UTC."""
        return str(self.config.Exchange.get("timezone", "UTC"))

    @property
    def limits(self) -> Limits:
        """What one submission may use: `c.Limits` in nbgrader_config.py over the defaults.

        Raises:
            CourseError: if there is no such limit, or its value is no number of that kind.
        """
        try:
            return Limits.of(dict(self.config.Limits))
        except ValueError as error:
            raise CourseError(f"{self.root / CONFIG}: {error}") from None

    @cached_property
    def _key(self) -> bytes:
        """The course's own secret, made when it is first needed: lost, students get other questions."""
        path = self.root / KEY
        if not path.exists():
            with contextlib.suppress(FileExistsError), path.open("x", encoding="ascii") as file:
                path.chmod(0o600)
                file.write(secrets.token_hex(32) + "\n")
        return path.read_text(encoding="ascii").strip().encode()

    def secret(self, student: str) -> str:
        """Return what hidden tests draw a student's questions from: nobody can tell it, and it never changes.

        Returns:
            64 hexadecimal digits (HMAC-SHA256), which say nothing of the course's key or another student's.
        """
        text = student.encode("utf-8", "surrogatepass")
        return hmac.new(self._key, text, hashlib.sha256).hexdigest()

    @property
    def named_hooks(self) -> str:
        """The text that names the course's hooks (`c.Autograder.course`), or ""."""
        return str(self.config.Autograder.get("course", ""))

    @property
    def no_mistake_twice(self) -> bool:
        """Whether a failed test is asked again with the reference in another failed exercise's place.

        `c.Autograder.no_mistake_twice` in nbgrader_config.py; off by default, as in nbgrader.
        """
        return bool(self.config.Autograder.get("no_mistake_twice", False))

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

        return NbGraderAPI(self.folders, config=self.config)

    def folder(self, step: str) -> Path:
        """Return the folder of an nbgrader step: source, release, submitted, autograded or feedback."""
        return self.root / str(getattr(self.folders, f"{step}_directory"))

    def place(self, step: str, assignment: str, student: str = ".") -> Path:
        """Return where one assignment lies at an nbgrader step, of one student or of the instructor."""
        return Path(self.folders.format_path(str(self.folder(step)), student, assignment))

    def submitted(self, assignment: str) -> dict[str, Path]:
        """Return where each student's submission of an assignment lies, but for students who are excluded."""
        named = self.folders.student_id
        excluded = {student.strip() for student in self.folders.student_id_exclude.split(",")}
        pattern = self.folders.format_path(
            re.escape(str(self.folder("submitted"))), "(?P<student>[^/]+)", re.escape(assignment)
        )
        listed = self.folders.format_path(
            glob.escape(str(self.folder("submitted"))), named, glob.escape(assignment)
        )
        found = {}
        for path in sorted(glob.glob(listed)):  # noqa: PTH207 - an absolute pattern
            match = re.fullmatch(pattern, path)
            if match and Path(path).is_dir() and match["student"] not in excluded:
                found[match["student"]] = Path(path)
        return found

    def assignments(self) -> list[str]:
        """Return the names of the assignments in the source folder, in order."""
        pattern = self.folders.format_path(glob.escape(str(self.folder("source"))), ".", "*")
        folders = glob.glob(pattern)  # noqa: PTH207 - an absolute pattern
        return sorted(Path(folder).name for folder in folders if any(Path(folder).glob("*.ipynb")))

    def notebooks(self, assignment: str) -> list[Path]:
        """Return the source notebooks of an assignment, in order.

        Raises:
            CourseError: if there is no such assignment; the message lists those there are.
        """
        name = f"{self.folders.notebook_id}.ipynb"
        found = sorted(self.place("source", assignment).glob(name)) if assignment else []
        if not found:
            known = ", ".join(self.assignments()) or "none"
            raise CourseError(f"No assignment '{assignment}' in {self.folder('source')}; there are: {known}.")
        return found

    def notebook(self, assignment: str) -> Path:
        """Return the source notebook of an assignment that has one; of several, the first.

        Raises:
            CourseError: if there is no such assignment; the message lists those there are.
        """
        return self.notebooks(assignment)[0]

    @property
    def db_url(self) -> str:
        """The gradebook's address: nbgrader's `CourseDirectory.db_url`, or gradebook.db in the course."""
        return str(self.folders.db_url)

    @property
    def gradebook_name(self) -> str:
        """The gradebook's address as it may be shown: without its password."""
        from sqlalchemy import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            shown = make_url(self.db_url).render_as_string(hide_password=True)
        except (ArgumentError, ValueError):  # an address that is none may have one all the same
            shown = re.sub(r"(?<=:)[^:@/]+(?=@)", "***", self.db_url)
        return re.sub(r"(?i)(password|passfile|sslpassword)=[^&\s]*", r"\1=***", shown)

    @property
    def has_gradebook(self) -> bool:
        """Whether the gradebook exists; one that isn't an SQLite file is taken to.

        Raises:
            CourseError: if its address is none.
        """
        from sqlalchemy import make_url
        from sqlalchemy.exc import ArgumentError

        try:
            address = make_url(self.db_url)
        except (ArgumentError, ValueError):
            raise CourseError(
                f"c.CourseDirectory.db_url in {self.root / CONFIG} is no address of a database: "
                f"{self.gradebook_name}"
            ) from None
        path = address.database or ""
        return not address.drivername.startswith("sqlite") or path.startswith("file:") or Path(path).exists()


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
