"""`progress()`: solved, wrong and open as the last checks and `mynn` have it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from autograder.course import repository
from workbook import progress
from workbook.standing import FILE

COURSE = repository()
NAMES = ("02-modules", "03-saturation")
Run = Callable[[str], Any]


def cells(folder: str) -> dict[str, str]:
    notebook = nbformat.read(COURSE.folder(folder) / NAMES[0] / "modules.ipynb", as_version=4)
    return {cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in notebook.cells}


CHECKS, ANSWERS = cells("release"), cells("source")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in NAMES:
        shutil.copytree(COURSE.folder("release") / name, tmp_path / name)
    (tmp_path / "mynn").mkdir()
    (tmp_path / "mynn" / "__init__.py").write_text("")
    monkeypatch.delenv("WORKBOOK_HOME", raising=False)
    monkeypatch.chdir(tmp_path / NAMES[0])
    return tmp_path


@pytest.fixture
def run(workspace: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    for given in ("load", "imports", "tools"):
        assert shell.run_cell(CHECKS[given]).success
    return shell.run_cell


def states() -> dict[str, str]:
    return {check.cell: state for _, entries in progress().notebooks for check, state in entries}


def test_a_fresh_notebook_is_open(workspace: Path) -> None:
    assert set(states().values()) == {"open"}
    assert progress().next_step() == "Next: Linear.forward (open)."


def test_checks_are_remembered_with_the_answer_that_they_saw(run: Run) -> None:
    run(ANSWERS["linear"])
    run(CHECKS["linear-forward"])
    assert (states()["linear-forward"], states()["linear-backward"]) == ("solved", "open")
    run(ANSWERS["linear"].replace("sum(axis=0)", "mean(axis=0)"))
    assert states()["linear-forward"] == "changed since its check"
    run(CHECKS["linear-backward"])
    assert states()["linear-backward"] == "wrong"
    run(ANSWERS["linear"])
    assert states()["linear-forward"] == "solved", "this answer has passed it"
    run(CHECKS["linear"])
    assert states()["linear-forward"] == "open", "a stub"


def test_where_the_course_begins_all_notebooks_are_listed(
    run: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("linear", "relu", "duplicate", "add", "max", "tiny"):
        run(ANSWERS[name])
        for check in [grade_id for grade_id in CHECKS if grade_id and grade_id.startswith(f"{name}-")]:
            run(CHECKS[check])
    assert set(states().values()) == {"solved"}
    assert progress().next_step().startswith("All checks have passed.")
    monkeypatch.chdir(workspace)
    whole = progress()
    first, second = whole.rows()
    assert first[:2] == ("02-modules", "✓ all solved")
    points = sum(check.points for check, _ in whole.notebooks[0][1])
    assert first[2] == f"{points:g} of {points:g}"
    assert second[0] == "03-saturation"
    assert "open" in second[1]
    assert whole.next_step().startswith("Next: Sigmoid")
    assert "02-modules" in repr(whole)
    assert whole._repr_html_().count("<tr>") == 3


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_a_diary_that_cannot_be_read_is_begun_anew(run: Run, workspace: Path, text: str) -> None:
    (workspace / FILE).write_text(text)
    run(ANSWERS["linear"])
    run(CHECKS["linear-forward"])
    assert states()["linear-forward"] == "solved"
