"""Every notebook keeps the house order; and the check that says so notices each way to leave it."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from PIL import Image

from autograder.course import repository
from backprop import pace, pictures
from backprop.house import problems

COURSE = repository()
PROSE = "A claim that a reader can check, with the shapes beside its formula and nothing more than that."


@pytest.mark.parametrize("assignment", COURSE.assignments())
def test_every_notebook_keeps_the_house_order(assignment: str) -> None:
    found = problems(COURSE.notebook(assignment))
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize("assignment", COURSE.assignments()[:-1])
def test_every_notebook_but_the_last_has_an_explorer(assignment: str) -> None:
    cells = nbformat.read(COURSE.notebook(assignment), as_version=4).cells
    assert any("_explorer()" in cell.source for cell in cells if cell.cell_type == "code")


def role(grade_id: str, **about: Any) -> dict[str, Any]:
    given = {"grade_id": grade_id, "grade": False, "solution": False, "locked": True, "task": False}
    return {"nbgrader": given | {"schema_version": 3, "cell_type": "code"} | about}


def small() -> Any:
    """A notebook that keeps the order, as small as the order allows."""
    cells = [
        new_markdown_cell("# 09 · Doubling\n\nOne function is enough to show the house order."),
        new_code_cell("%load_ext workbook", metadata=role("load")),
        new_code_cell("#| export mynn.double\nimport numpy as np", metadata=role("imports")),
        new_code_cell("import matplotlib.pyplot as plt", metadata=role("tools")),
        new_markdown_cell(f"## What you will build\n\n{PROSE}"),
        new_code_cell("#| fig-alt: A graph with one node, Double.\nplt.plot([0, 1], [0, 2]);"),
        new_markdown_cell(f"## What you need\n\n{PROSE}"),
        new_markdown_cell(f"## Double\n\n### Derive\n\n{PROSE}"),
        new_markdown_cell(f"### See\n\n{PROSE}"),
        new_markdown_cell(f"### Build\n\n{PROSE}"),
        new_code_cell(
            "#| export mynn.double\ndef double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n"
            "    ### END SOLUTION",
            metadata=role("double", solution=True, locked=False),
        ),
        new_markdown_cell(f"### Check\n\n{PROSE}"),
        new_code_cell(
            "assert double(2) == 4\n### BEGIN HIDDEN TESTS\nx = examiner_rng(52871).normal()\n"
            "assert double(x) == 2 * x\n### END HIDDEN TESTS",
            metadata=role("double-value", grade=True, points=1),
        ),
        new_markdown_cell(f"## What you now know\n\n{PROSE}"),
        new_markdown_cell(f"## Going further\n\n{PROSE}"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


FIGURE, EXERCISE, CHECK = 5, 10, 12


def told(folder: Path, notebook: Any, twin: Any = None) -> list[str]:
    path = folder / "09-double" / "double.ipynb"
    path.parent.mkdir(exist_ok=True)
    nbformat.write(notebook, path)
    jupytext.write(notebook if twin is None else twin, path.with_suffix(".md"), fmt="md:myst")
    store_pictures(notebook, path.parent)
    pace.write({}, pictures.state(notebook), path.parent)
    return problems(path)


def store_pictures(notebook: Any, folder: Path, **states: str) -> None:
    """Store a dot for each figure, as of the notebook's present code or another state."""
    (folder / pictures.FOLDER).mkdir(exist_ok=True)
    dot = io.BytesIO()
    Image.new("RGBA", (1, 1)).save(dot, "PNG")
    for cell, state in pictures.shown(notebook):
        made = pictures.smaller(dot.getvalue(), states.get(cell, state))
        (folder / pictures.FOLDER / f"{cell}.png").write_bytes(made)


def test_the_smallest_notebook_in_order_passes(tmp_path: Path) -> None:
    assert told(tmp_path, small()) == []


def edit(index: int, old: str, new: str) -> Callable[[Any], None]:
    def apply(notebook: Any) -> None:
        cell = notebook.cells[index]
        assert old in cell.source
        cell.source = cell.source.replace(old, new)

    return apply


def remark(index: int, **about: Any) -> Callable[[Any], None]:
    return lambda notebook: notebook.cells[index].metadata.nbgrader.update(about)


def drop(index: int) -> Callable[[Any], None]:
    return lambda notebook: notebook.cells.pop(index)


def put(index: int, cell: Any) -> Callable[[Any], None]:
    return lambda notebook: notebook.cells.insert(index, copy.deepcopy(cell))


LOW = new_code_cell("x = 1\n#| fig-alt: A line that goes up.")

BREAKS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "another number": (edit(0, "# 09", "# 08"), "must start with '# 09 · Title'"),
    "no promise": (edit(0, "One function is enough to show the house order.", ""), "one sentence"),
    "two promises": (edit(0, "order.", "order. And more."), "one sentence"),
    "set-up out of order": (remark(2, grade_id="importing"), "'load', 'imports', 'tools'"),
    "set-up that doesn't load": (edit(1, "workbook", "autoreload"), "%load_ext workbook"),
    "no recap": (drop(6), "The first sections must be 'What you will build', 'What you need'"),
    "no picture": (drop(FIGURE), "has no picture"),
    "no end": (drop(14), "The last sections must be"),
    "another step": (edit(8, "### See", "### Proof"), "steps begin with one of 'Derive', 'See', 'Build'"),
    "steps swapped": (
        lambda n: [edit(7, "Derive", "See")(n), edit(8, "See", "Derive")(n)],
        "before 'Build' come 'Derive', then 'See'",
    ),
    "built but not checked": (edit(11, "### Check", "### See"), "to '### Check' at once"),
    "only built": (lambda n: [edit(7, "### Derive", "")(n), n.cells.pop(8)], "needs '### Derive' or"),
    "no steps": (put(13, new_markdown_cell(f"## Aside\n\n{PROSE}")), "'Aside' has none of the steps"),
    "exercise misplaced": (
        lambda n: n.cells.insert(12, n.cells.pop(EXERCISE)),
        "('double') belongs under '### Build'",
    ),
    "check misplaced": (
        lambda n: n.cells.insert(11, n.cells.pop(CHECK)),
        "('double-value') belongs under '### Check'",
    ),
    "no checks": (drop(CHECK), "('double') has no check"),
    "check of nothing": (remark(CHECK, grade_id="treble-value"), "checks nothing above it"),
    "answer not marked": (edit(EXERCISE, "    ### BEGIN SOLUTION\n", ""), "or students get it"),
    "stub that can't run": (edit(EXERCISE, "def double(x):\n", ""), "the released stub isn't Python"),
    "no export": (edit(EXERCISE, "#| export mynn.double\n", ""), "first line must be an export"),
    "locked exercise": (remark(EXERCISE, locked=True), "must not be locked"),
    "unlocked check": (remark(CHECK, locked=False), "students can edit it"),
    "no points": (remark(CHECK, points=0), "gives no points"),
    "no hidden tests": (edit(CHECK, "### END HIDDEN TESTS", ""), "it needs one pair"),
    "nothing to run": (edit(CHECK, "assert double(2) == 4\n", ""), "shows students nothing to run"),
    "students' generator": (edit(CHECK, "examiner_rng(52871)", "rng"), "use questions"),
    "seed given away": (edit(8, PROSE, "Try 52871."), "the hidden tests' seed 52871 can be read"),
    "a name taken away": (
        lambda n: [put(13, new_code_cell("x + 1"))(n), put(9, new_code_cell("x = 3"))(n)],
        "its hidden tests change x, which Cell 15 ('x + 1') reads",
    ),
    "a name of another test": (
        lambda n: [
            edit(CHECK, "assert double(2) == 4", "two = 2\nassert double(two) == 4")(n),
            put(13, new_code_cell(n.cells[CHECK].source, metadata=n.cells[CHECK].metadata))(n),
            edit(13, "two = 2\n", "")(n),
            remark(13, grade_id="double-again")(n),
        ],
        "('double-again'): it reads two, which Cell 13 ('double-value') binds",
    ),
    "markers without a role": (
        put(9, new_code_cell("### BEGIN SOLUTION\n1\n### END SOLUTION")),
        "students see it",
    ),
    "written answer without points": (
        put(9, new_markdown_cell(PROSE, metadata=role("why", solution=True, cell_type="markdown"))),
        "graded by a person",
    ),
    "an answer that swallows what follows": (
        put(9, new_markdown_cell(f"It is {PROSE}\n\n{PROSE}", metadata=role("why", grade=True, points=1,
            solution=True, locked=False, cell_type="markdown"))),
        "end it with '+++'",
    ),
    "no exercise": (lambda n: [n.cells.pop(CHECK), n.cells.pop(EXERCISE)], "has no exercise"),
    "a long cell": (put(9, new_code_cell("x = 1\n" * 26)), "('x = 1') shows 26 lines of code; 25"),
    "long cells": (lambda n: [put(9, new_code_cell("x = 1\n" * 9))(n) for _ in range(8)], "median code cell"),
    "a long text": (edit(8, PROSE, PROSE * 9), "('### See') has"),
    "little text": (lambda n: [put(9, new_code_cell("x = 1"))(n) for _ in range(9)], "about two to one"),
    "no alt text": (edit(FIGURE, "#| fig-alt: A graph with one node, Double.\n", ""), "draws: say in its"),
    "alt text too low": (put(9, LOW), "must be the first"),
    "alt text too short": (edit(FIGURE, "A graph with one node, Double.", "A graph."), "must be a sentence"),
    "alt text of a figure": (edit(FIGURE, "A graph", "Figure of a graph"), "begin with what is shown"),
    "a function that draws": (
        put(9, new_code_cell("def show():\n    plt.plot([1])\n\n\nshow()")),
        "('def show():') draws",
    ),
    "an output": (lambda n: n.cells[FIGURE].update(execution_count=3), "clear all outputs"),
    "a shared grade_id": (remark(3, grade_id="imports"), "share the grade_id 'imports'"),
    "a role that nbgrader refuses": (remark(CHECK, schema_version=1), "nbgrader doesn't accept"),
    "more than a sitting": (
        lambda n: [put(9, new_markdown_cell(PROSE))(n) for _ in range(61)],
        "has 76 cells",
    ),
    "much to read": (put(9, new_code_cell("x = 1\n" * 16)), "has 16 lines to read"),
    "long drawing in sight": (
        put(9, new_code_cell("#| fig-alt: A line that goes up.\nplt.subplots()" + "\nx = 1" * 6)),
        "draws in 7 lines: fold them",
    ),
    "folded for Lab only": (
        put(9, new_code_cell("x = 1", metadata={"jupyter": {"source_hidden": True}})),
        "go together, for Lab and for paper",
    ),
    "a word that nothing explains": (
        edit(8, PROSE, f"{PROSE} See `doubled_twice`."),
        "speaks of doubled_twice",
    ),
    "a column without a name": (
        edit(8, PROSE, f"{PROSE}\n\n| | value |\n|---|---|\n| `x` | 1 |"),
        "no word names",
    ),
    "a column named by a formula": (
        edit(8, PROSE, f"{PROSE}\n\n| $v\\,J$ | value |\n|:--|---|\n| `x` | 1 |"),
        "no word names",
    ),
    "another kernel": (lambda n: n.metadata.kernelspec.update(name="mine"), "kernel python3"),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_each_way_to_leave_the_order_is_named(name: str, tmp_path: Path) -> None:
    notebook = small()
    break_it, sentence = BREAKS[name]
    break_it(notebook)
    found = told(tmp_path, notebook)
    assert any(sentence in line for line in found), found


def test_a_word_of_a_later_notebook_may_be_named_with_it(tmp_path: Path) -> None:
    notebook = small()
    edit(8, PROSE, f"{PROSE} From notebook 11 on, `quadrupled(x)` does it twice.")(notebook)
    assert told(tmp_path, notebook) == []


@pytest.mark.parametrize("what", ["missing", "older than its code", "of no cell"])
def test_a_picture_that_a_release_would_show_is_the_present_one(what: str, tmp_path: Path) -> None:
    notebook = small()
    told(tmp_path, notebook)
    folder, cell = tmp_path / "09-double", notebook.cells[FIGURE].id
    path = folder / pictures.FOLDER / f"{cell}.png"
    if what == "missing":
        path.unlink()
    elif what == "of no cell":
        path.with_stem("other").write_bytes(path.read_bytes())
    else:
        store_pictures(notebook, folder, **{cell: "before"})
    (line,) = problems(folder / "double.ipynb")
    assert what in line
    assert "make pictures" in line


def timed(folder: Path, *paces: tuple[int, float, float], state: str = "") -> list[str]:
    """Return what the house says if cells of the small notebook ran so: (cell, seconds, longest silence)."""
    notebook = small()
    told(folder, notebook)
    measured = {notebook.cells[index].id: (seconds, silent) for index, seconds, silent in paces}
    pace.write(measured, state or pictures.state(notebook), folder / "09-double")
    return problems(folder / "09-double" / "double.ipynb")


def test_a_cell_that_runs_long_must_show_something(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "then").mkdir()
    assert timed(tmp_path / "first", (FIGURE, 30.0, 4.9), (CHECK, 4.9, 4.9)) == []
    (line,) = timed(tmp_path / "then", (FIGURE, 30.0, 5.1), (CHECK, 4.9, 4.9))
    assert line.startswith(f"Cell {FIGURE + 1} (")
    assert "shows nothing for 5.1 s" in line


def test_a_notebook_runs_for_a_minute_at_most(tmp_path: Path) -> None:
    (line,) = timed(tmp_path, (FIGURE, 40.0, 0.2), (CHECK, 20.2, 0.2))
    assert "runs for 60.2 s; 60 s are the limit" in line


def test_a_pace_is_measured_on_the_present_code(tmp_path: Path) -> None:
    (line,) = timed(tmp_path, state="before")
    assert "measured on older code" in line
    (tmp_path / "09-double" / pace.FILE).unlink()
    (line,) = problems(tmp_path / "09-double" / "double.ipynb")
    assert "Nobody knows how long" in line
    assert "make pictures" in line


def test_a_silence_ends_with_every_output(tmp_path: Path) -> None:
    work = "while time.process_time() < end: pass\n"
    begin = "import time\nend = time.process_time() + 0.6\n"
    cells = [begin + work + begin + work, begin + work + "print(1, flush=True)\n" + begin + work, "1"]
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    client = pace.Timed(notebook, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    silent, shown, short = (client.paces[cell.id] for cell in notebook.cells)
    assert silent[1] == silent[0] > 1.1, "two stretches of 0.6 s, and a clock's tick"
    assert shown[0] > 1.1
    assert 0.5 < shown[1] < shown[0], "the longer of two stretches"
    assert short[0] < 1.1


def test_an_answer_or_a_test_makes_no_picture_old(tmp_path: Path) -> None:
    notebook = small()
    before = list(pictures.shown(notebook))
    edit(EXERCISE, "2 * x", "x + x")(notebook)
    edit(CHECK, "52871", "52872")(notebook)
    assert list(pictures.shown(notebook)) == before
    put(4, new_code_cell("plt.rcParams['axes.grid'] = True"))(notebook)
    assert list(pictures.shown(notebook)) != before


def test_cells_that_share_an_id_are_named(tmp_path: Path) -> None:
    told(tmp_path, small())
    path = tmp_path / "09-double" / "double.ipynb"
    raw = json.loads(path.read_text())
    raw["cells"][3]["id"] = raw["cells"][2]["id"]
    path.write_text(json.dumps(raw))
    assert any(f"share the id {raw['cells'][2]['id']}" in line for line in problems(path))


def test_a_twin_that_says_something_else_is_named(tmp_path: Path) -> None:
    other = small()
    other.cells[8].source += " And more."
    (line,) = told(tmp_path, small(), twin=other)
    assert line.startswith("Cell 9 ('### See') isn't the same")


def test_a_missing_twin_is_named(tmp_path: Path) -> None:
    told(tmp_path, small())
    path = tmp_path / "09-double" / "double.ipynb"
    path.with_suffix(".md").unlink()
    (line,) = problems(path)
    assert "There is no text twin double.md" in line


def test_drawing_by_an_explorer_or_in_a_function_needs_no_alt_line(tmp_path: Path) -> None:
    notebook = small()
    put(9, new_code_cell("saturation_explorer()"))(notebook)
    put(9, new_code_cell("def show():\n    plt.plot([1])"))(notebook)
    assert told(tmp_path, notebook) == []


def test_experiments_may_follow_the_check(tmp_path: Path) -> None:
    notebook = small()
    put(13, new_markdown_cell(f"### Derive: and so\n\n{PROSE}"))(notebook)
    put(13, new_markdown_cell(f"### See what it does\n\n{PROSE}"))(notebook)
    assert told(tmp_path, notebook) == []


def test_hidden_tests_may_use_a_name_that_is_bound_again_before_it_is_read(tmp_path: Path) -> None:
    notebook = small()
    put(13, new_code_cell("x = 4\nx + 1"))(notebook)
    put(9, new_code_cell("x = 3"))(notebook)
    assert not [line for line in told(tmp_path, notebook) if "change x" in line]


def test_hidden_tests_may_name_a_generator_of_their_own(tmp_path: Path) -> None:
    notebook = small()
    edit(CHECK, "x = examiner_rng(52871).normal()", "rng = examiner_rng(52871)\nx = rng.normal()")(notebook)
    assert told(tmp_path, notebook) == []
