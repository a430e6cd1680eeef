"""notebooks/ is what nbgrader generates from solutions/, and holds nothing that students mustn't see."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder.course import CONFIG, Course, repository
from autograder.desk.demo import release
from autograder.marking.cells import role
from backprop.pictures import shown
from backprop.start import NAME as START
from backprop.start import start
from workbook import export
from workbook.clue_file import FILE

SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)
COURSE = repository()
ASSIGNMENTS = COURSE.assignments()


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The course's solutions, released afresh by nbgrader."""
    root = tmp_path_factory.mktemp("course")
    shutil.copy(COURSE.root / CONFIG, root)
    shutil.copytree(COURSE.folder("source"), root / "solutions")
    course = Course(root)
    for assignment in ASSIGNMENTS:
        release(course, assignment)
    return course


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_regenerating_changes_nothing(released: Course, assignment: str) -> None:
    name = COURSE.notebook(assignment).name
    committed = json.loads((COURSE.folder("release") / assignment / name).read_text())
    fresh = json.loads((released.folder("release") / assignment / name).read_text())
    assert committed == fresh, f"notebooks/{assignment} is out of date: run 'make release' and commit"
    clues = [json.loads((c.folder("release") / assignment / FILE).read_text()) for c in (COURSE, released)]
    assert clues[0] == clues[1], f"{FILE} of {assignment} is out of date: run 'make release' and commit"


def test_nothing_else_is_released(released: Course) -> None:
    def listing(folder: Path) -> list[str]:
        skip = ("mynn", "__pycache__", ".ipynb_checkpoints")
        paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        return sorted(str(path) for path in paths if not any(part in skip for part in path.parts))

    assert listing(COURSE.folder("release")) == sorted([START, *listing(released.folder("release"))])


def test_start_says_what_the_notebooks_say() -> None:
    committed = nbformat.read(COURSE.folder("release") / START, as_version=4)
    assert committed == start(COURSE), "START.ipynb is out of date: run 'make release' and commit"
    text = "\n".join(cell.source for cell in committed.cells)
    for path in re.findall(r"\]\(([^)]+)\)", text):
        assert (COURSE.folder("release") / path).is_file()
    assert all(assignment in text for assignment in ASSIGNMENTS)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_students_get_no_answers(assignment: str) -> None:
    folder = COURSE.folder("release") / assignment
    assert sorted(path.suffix for path in folder.iterdir() if path.is_file()) == [".ipynb", ".json"]
    path = folder / COURSE.notebook(assignment).name
    text = path.read_text()
    assert not re.search(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)", text)
    source = nbformat.read(COURSE.notebook(assignment), as_version=4)
    draws = re.compile(r"\b(?:examiner_rng|questions)\(")
    assert draws.search("\n".join(cell.source for cell in source.cells)), "hidden tests draw their numbers"
    assert not draws.search(text)
    released = nbformat.read(path, as_version=4)
    code = [cell for cell in released.cells if cell.cell_type == "code"]
    assert not [cell for cell in code if cell.execution_count]
    pictured = {cell.id for cell in code if cell.outputs}
    assert pictured == {cell for cell, _ in shown(source)}, "figures are there before the first run"
    assert all(role(cell) in ("given", "student") for cell in code if cell.outputs)
    answers = [cell for cell in released.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    assert all("YOUR CODE HERE" in cell.source or "YOUR ANSWER HERE" in cell.source for cell in answers)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_clues_hold_no_line_of_a_solution(assignment: str) -> None:
    text = (COURSE.folder("release") / assignment / FILE).read_text()
    solved = "\n".join(re.findall(SOLUTION, COURSE.notebook(assignment).with_suffix(".md").read_text()))
    told = COURSE.notebook(assignment).with_suffix(".md").read_text()
    told = re.sub(SOLUTION, "", told)  # a hint may quote what the notebook's own text says
    lines = {line.strip() for line in solved.split("\n") if len(line.strip()) > 20}
    lines = {line for line in lines if line not in told}
    assert lines
    assert not [line for line in lines if line in text or json.dumps(line)[1:-1] in text]


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_exercise_has_clues_and_every_check_its_exercise(assignment: str) -> None:
    clues = json.loads((COURSE.folder("release") / assignment / FILE).read_text())
    cells = nbformat.read(COURSE.notebook(assignment), as_version=4).cells
    code = [(cell, cell.metadata.get("nbgrader", {})) for cell in cells if cell.cell_type == "code"]
    exercises = {about["grade_id"] for _, about in code if about.get("solution")}
    assert clues["exercises"].keys() == exercises
    checks = [cell for cell, about in code if about.get("grade") and not about.get("solution")]
    assert len(clues["checks"]) == len(checks)
    assert all(each["mistakes"] and each["right"] for each in clues["exercises"].values())


def test_the_skeleton_is_an_empty_package() -> None:
    mynn = COURSE.folder("release") / "mynn"
    committed = subprocess.run(
        ["git", "ls-files", "--", str(mynn)], cwd=COURSE.root, capture_output=True, text=True, check=True
    )
    assert committed.stdout.split() == ["notebooks/mynn/__init__.py"]
    assert (mynn / "__init__.py").read_text() == export.PACKAGE


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_text_twin_says_what_the_notebook_says(assignment: str, tmp_path: Path) -> None:
    notebook = COURSE.notebook(assignment)
    made = tmp_path / "made.ipynb"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "jupytext",
            "--quiet",
            "--to",
            "ipynb",
            "-o",
            str(made),
            str(notebook.with_suffix(".md")),
        ],
        check=True,
    )
    ours, theirs = (nbformat.read(path, as_version=4).cells for path in (notebook, made))
    same = [(cell.cell_type, cell.source, cell.metadata.get("nbgrader")) for cell in ours]
    assert same == [(cell.cell_type, cell.source, cell.metadata.get("nbgrader")) for cell in theirs]
