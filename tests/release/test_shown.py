"""What a released cell has for itself alone: a student's helper may have the same name."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from backprop.shown import known_names, mark_of, own_names
from workbook.clue_file import fingerprint

LOCKED = {"grade": False, "solution": False, "locked": True}
TEST = {"grade": True, "solution": False, "locked": True, "points": 1}
EXERCISE = {"grade": False, "solution": True, "locked": False}


def cell(source: str, **about: object) -> nbformat.NotebookNode:
    return new_code_cell(source, metadata={"nbgrader": {"grade_id": "own", **about}} if about else {})


def own(shown: nbformat.NotebookNode, *others: nbformat.NotebookNode) -> list[str]:
    cells = [new_markdown_cell("# Title"), shown, *others]
    return own_names(cells).get(fingerprint(shown.source), [])


SHOWN = "%matplotlib inline\nfor start in (1, 2):\n    x = start\n\ndef draw(side): return side * x"


@pytest.mark.parametrize(
    ("other", "stays"),
    [
        ("for start in 3, 4:\n    y = start", ""),
        ("print(start)", "start"),
        ("start = start + 1", "start"),
        ("start += 1", "start"),
        ("def f(draw): return draw(2)", ""),
        ("def f(a): return draw(a)", "draw"),
        ("def f(a, b=x): return a", "x"),
        ("both = [draw(x) for x in range(3)]", "draw"),
        ("both = [(lambda: x)() for _ in range(3)]", "x"),
        ("class A:\n    def go(self): return self.start", ""),
        ("%timeit -n1 pass\nprint(f'{x} {start:.2f}')", "start x"),
    ],
)
def test_what_no_other_cell_reads_is_its_own(other: str, stays: str) -> None:
    assert own(cell(SHOWN), cell(other)) == sorted({"draw", "start", "x"} - set(stays.split()))


def test_a_locked_cell_has_names_of_its_own_too() -> None:
    assert own(cell(SHOWN, **LOCKED)) == ["draw", "start", "x"]


@pytest.mark.parametrize("about", [TEST, EXERCISE])
def test_what_tests_and_answers_read_stays(about: dict[str, object]) -> None:
    assert own(cell(SHOWN), cell("assert x", **about)) == ["draw", "start"]


@pytest.mark.parametrize(
    "other", [cell("x = 1", **TEST), cell("x = 1", **EXERCISE), cell("#| export mynn.a\nx = 1", **LOCKED)]
)
def test_tests_and_answers_have_none(other: nbformat.NotebookNode) -> None:
    assert own_names([other]) == {}


def test_what_the_release_knows_is_taken_if_it_is_of_this_notebook(tmp_path: Path) -> None:
    source, clues = tmp_path / "own.ipynb", tmp_path / "clues.json"
    notebook = nbformat.v4.new_notebook(cells=[cell(SHOWN)])
    nbformat.write(notebook, source)
    found = {fingerprint(SHOWN): ["draw", "start", "x"]}
    assert known_names(source, clues) == found
    kept = {fingerprint(SHOWN): ["only", "these"]}
    for mark, expected in ((mark_of(notebook.cells), kept), ("of another", found)):
        clues.write_text(json.dumps({"source": mark, "shown": kept}), encoding="utf-8")
        assert known_names(source, clues) == expected
    clues.write_text("no JSON", encoding="utf-8")
    assert known_names(source, clues) == found
