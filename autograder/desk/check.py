"""`autograder check`: one notebook, run where it lies, and what its visible tests say."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbgrader.preprocessors import Execute
from nbgrader.utils import compute_checksum, determine_grade
from traitlets.config import Config

from autograder.course import CONFIG, Course, CourseError, read_notebook
from autograder.marking.cells import about, grade_id, role

ANSI = re.compile(r"\x1b\[[0-9;]*m")
TIMEOUT = 120  # seconds a cell, where no course says otherwise


@dataclass(frozen=True)
class Tested:
    """One test, or an exercise whose cell fails by itself.

    Attributes:
        name: its grade_id.
        passed: whether it gives all its points.
        points: that it gives.
        max_points: that it could give.
        message: what it said; "" if it passed.
    """

    name: str
    passed: bool
    points: float = 0.0
    max_points: float = 0.0
    message: str = ""


@dataclass(frozen=True)
class Checked:
    """What a notebook's visible tests said.

    Attributes:
        file: which.
        tests: in their order; of an exercise whose own cell fails, that failure stands before its tests.
        written: answers that a person reads, and whether there is one.
    """

    file: str
    tests: tuple[Tested, ...]
    written: tuple[tuple[str, bool], ...] = ()

    @property
    def open(self) -> list[str]:
        """What is left to do: tests that fail, answers that aren't there."""
        failed = [test.name for test in self.tests if not test.passed]
        return list(dict.fromkeys([*failed, *(name for name, there in self.written if not there)]))

    def as_json(self) -> dict[str, Any]:
        """Return this for a machine."""
        return {
            "file": self.file,
            "passed": not self.open,
            "points": sum(test.points for test in self.tests),
            "max_points": sum(test.max_points for test in self.tests),
            "tests": [asdict(test) for test in self.tests],
            "written": [{"name": name, "answered": there} for name, there in self.written],
            "open": self.open,
        }


def check(file: Path) -> Checked:
    """Run a notebook in its folder, as JupyterLab would; the file stays as it is.

    Raises:
        CourseError: if it isn't a notebook with tests, or can't be run.
    """
    notebook = read_notebook(file)
    if not any(about(cell).get("grade") for cell in notebook.cells):
        raise CourseError(f"{file} has no tests of nbgrader's: is it the notebook that you were given?")
    for cell in notebook.cells:
        facts = about(cell)
        if facts.get("grade") and not ({"points", "grade_id"} <= facts.keys()):
            raise CourseError(
                f"{file}: a test has lost its name or its points. Take the notebook that you were given "
                "again, and copy your answers into it."
            )
    run(notebook, file)
    return checked(notebook, str(file))


def checked(notebook: NotebookNode, file: str) -> Checked:
    """Return what the tests of a notebook that has been run say."""
    expected = {grade_id(cell): about(cell).get("checksum") for cell in notebook.cells}
    tests = [tested for cell in notebook.cells for tested in _tested(cell, expected)]
    written = [
        (grade_id(cell), expected[grade_id(cell)] != compute_checksum(cell))
        for cell in notebook.cells
        if role(cell) == "answer" and about(cell).get("grade")
    ]
    return Checked(file, tuple(tests), tuple(written))


def run(notebook: NotebookNode, file: Path) -> None:
    """Run a notebook's cells, to the end whatever they say.

    Raises:
        CourseError: if there is no kernel for it, or the kernel ends.
    """
    settings = Execute(config=_config(file.resolve().parent))
    client = NotebookClient(
        notebook,
        timeout=settings.timeout or TIMEOUT,
        interrupt_on_timeout=True,
        allow_errors=True,
        skip_cells_with_tag=settings.skip_cells_with_tag,
        resources={"metadata": {"path": str(file.resolve().parent)}},
    )
    try:
        client.execute(stderr=subprocess.DEVNULL)  # what the kernel's own log says concerns nobody here
    except DeadKernelError:
        raise CourseError(f"The kernel died while {file} ran: too much memory, or a crash.") from None
    except Exception as error:  # no such kernel, for one
        raise CourseError(f"{file} can't be run here: {error}") from None


def _config(folder: Path) -> Config:
    """Return the settings of the course that a notebook lies in, if it lies in one."""
    for place in [folder, *folder.parents]:
        if (place / CONFIG).is_file():
            return Course(place).config
    return Config()


def _tested(cell: NotebookNode, expected: dict[str, Any]) -> Iterator[Tested]:
    name, kind = grade_id(cell), role(cell)
    if kind == "exercise":
        message = _message(cell)
        if message:
            yield Tested(name, False, message=message)
    if kind != "test":
        return
    points, max_points = determine_grade(cell)
    if expected.get(name) and expected[name] != compute_checksum(cell):
        yield Tested(name, False, 0.0, max_points, "This test was changed: put back the text you were given.")
        return
    passed = points >= max_points and not _message(cell)
    said = _message(cell) or ("" if passed else f"{points:g} of {max_points:g} points")
    yield Tested(name, passed, points, max_points, said)


def _line(output: NotebookNode, source: str) -> str:
    """Return the line of a cell that failed, from the traceback; the first, if it isn't told."""
    text = ANSI.sub("", "\n".join(output.get("traceback", ())))
    lines = source.splitlines() or [""]
    told = re.search(r"in line (\d+) of this test", text) or re.search(r"^-+> +(\d+) ", text, re.MULTILINE)
    number = int(told[1]) if told else 1
    return lines[min(number, len(lines)) - 1].strip()


def _message(cell: NotebookNode) -> str:
    """Return what a cell that failed said, in words: the error's own text, without the way there."""
    for output in cell.get("outputs", ()):
        if output.output_type == "error":
            text = ANSI.sub("", output.evalue).strip()
            if output.ename == "NotImplementedError" and not text:
                return "not attempted yet"
            first = text.partition("\n")[0]
            kind = output.ename
            if not text:  # a bare `assert`: its line says more
                return f"{kind} in: {_line(output, cell.source)}"
            plain = (
                first.startswith(kind) or kind.endswith(("Mistake", "Mismatch")) or kind == "GradientError"
            )
            return text if plain else f"{kind}: {text}".rstrip(": ")
    return ""
