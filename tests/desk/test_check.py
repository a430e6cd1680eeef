"""`autograder check`: what a student or a CI learns of one notebook."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from command import Ended, autograder, refuses
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.utils import compute_checksum

from autograder.cli import cli


def cell(
    make: Any, source: str, name: str, released: str | None = None, **role: Any
) -> nbformat.NotebookNode:
    """A cell as it was released, and what became of it."""
    about = {"schema_version": 3, "grade_id": name, "grade": False, "solution": False, "locked": False}
    made = make(
        source if released is None else released, metadata={"nbgrader": {**about, "task": False, **role}}
    )
    made.metadata.nbgrader.checksum = compute_checksum(made)
    made.source = source
    return made


def graded(name: str, source: str, released: str | None = None) -> nbformat.NotebookNode:
    return cell(new_code_cell, source, name, released, grade=True, locked=True, points=2)


def write(path: Path, *cells: nbformat.NotebookNode) -> Path:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=list(cells), metadata={"kernelspec": kernel}), path)
    return path


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    folder = tmp_path_factory.mktemp("desk")
    (folder / "beside.txt").write_text("2")
    stub = "def count(n):\n    raise NotImplementedError"
    file = write(
        folder / "work.ipynb",
        cell(
            new_code_cell,
            "double = lambda n: n * int(open('beside.txt').read())",
            "double",
            "",
            solution=True,
        ),
        graded("double-test", "assert double(4) == 8"),
        graded("double-bare", "x = 1\nassert double(3) == 7\ny = 2"),
        graded("double-strict", "assert double('a') == 'aaa', 'three of them'"),
        cell(new_code_cell, stub, "count", stub, solution=True),
        graded("count-test", "assert count(3) == [1, 2, 3]"),
        graded("count-partial", "1.5"),
        graded("count-open", "pass", "assert count(0) == []"),
        cell(new_code_cell, "def broken(:", "broken", "", solution=True),
        cell(new_markdown_cell, "Because.", "why", "YOUR ANSWER", solution=True, grade=True, points=1),
        cell(new_markdown_cell, "YOUR ANSWER", "how", "YOUR ANSWER", solution=True, grade=True, points=1),
    )
    before = file.read_bytes()
    ended = autograder("check", file, "--json")
    assert file.read_bytes() == before
    return ended


def test_a_machine_reads_what_passes_and_what_is_open(ended: Ended) -> None:
    assert ended.returncode == 1
    (said,) = json.loads(ended.stdout)
    tests = {each["name"]: each for each in said["tests"]}
    assert [name for name, each in tests.items() if each["passed"]] == ["double-test"]
    assert tests["double-strict"]["message"] == "AssertionError: three of them"
    assert tests["double-bare"]["message"] == "AssertionError in: assert double(3) == 7"
    assert tests["count-test"]["message"] == "not attempted yet"
    assert tests["count-partial"]["points"] == 1.5
    assert "changed" in tests["count-open"]["message"]
    assert tests["broken"]["message"].startswith("SyntaxError")
    assert said["written"] == [{"name": "why", "answered": True}, {"name": "how", "answered": False}]
    assert said["open"] == [
        "double-bare",
        "double-strict",
        "count-test",
        "count-partial",
        "count-open",
        "broken",
        "how",
    ]
    assert (said["points"], said["max_points"], said["passed"]) == (3.5, 12.0, False)


def test_nothing_open_is_exit_status_0(tmp_path: Path) -> None:
    file = write(tmp_path / "work.ipynb", new_code_cell("x = 1"), graded("x", "assert x == 1"))
    ended = autograder("check", file)
    assert ended.returncode == 0, ended.stdout
    assert "Nothing is open" in ended.stdout


def test_what_is_no_notebook_of_a_course_is_refused(tmp_path: Path) -> None:
    refuses(autograder("check", tmp_path / "none.ipynb"), "none.ipynb")
    refuses(autograder("check", write(tmp_path / "mine.ipynb", new_code_cell("1"))), "no tests", "given")


def test_the_workflow_for_github_runs_commands_that_there_are() -> None:
    file = Path(__file__).resolve().parents[2] / "docs" / "examples" / "check.yml"
    steps = yaml.safe_load(file.read_text())["jobs"]["check"]["steps"]
    commands = [shlex.split(step["run"]) for step in steps if step.get("run", "").startswith("autograder")]
    assert len(commands) == 2
    for _, name, *arguments in commands:
        given = arguments[: arguments.index(">")] if ">" in arguments else arguments
        with cli.make_context("autograder", [name, *given]) as context:
            found = cli.get_command(context, name)
            assert found is not None
            assert found.make_context(name, given, parent=context).params["files"]


def test_a_test_whose_metadata_is_damaged_is_spoken_of(tmp_path: Path) -> None:
    broken = graded("x", "assert x == 1")
    del broken.metadata.nbgrader["points"]
    refuses(autograder("check", write(tmp_path / "work.ipynb", broken)), "points", "given")
