"""The solution sits the exam; what can't be asked from outside is asked in its own process, and said so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import pytest

from autograder.engine.examiner.job import Job, Result
from autograder.engine.fleet.station import Station, installed
from autograder.engine.wall.premises import Premises
from autograder.marking.paper import Cell, Paper
from autograder.marking.source import imported_names, students_names
from autograder.marking.standing import Standing
from autograder.marking.surroundings import File

HIDDEN = "### BEGIN HIDDEN TESTS\n"
ANSWER = (
    "def squares(n):\n    return [i * i for i in range(1, n + 1)]\ndef total(n):\n    return sum(squares(n))"
)
WRONG = "def squares(n):\n    return [0]\ndef total(n):\n    return 14"
TESTS = {
    "outside": "assert squares(3) == [1, 4, 9]",
    "uses": "kept = squares\ndel squares\ntry:\n    total(2)\nexcept NameError:\n    pass\n"
    "else:\n    raise AssertionError('total does not use squares')\nfinally:\n    squares = kept",
    "after": f"{HIDDEN}assert squares(2)[1] == 4",
    "list": "squares(2)",
    "part": "0.5 * (squares(1) == [1])",
    "broken": "assert squares(3) == 'no solution does this'",
    "file": "assert open('data.txt').read() == 'one' and double(2) == 4",
}
GIVEN = "import math\nfrom helper import double"


def cells() -> tuple[Cell, ...]:
    tests = [Cell(name, "code", text, "", True, grade=True, points=1) for name, text in TESTS.items()]
    given = Cell("given", "code", GIVEN, "", True)
    return given, Cell("answer", "code", ANSWER, "", False, solution=True), *tests


def notebook(answer: str) -> bytes:
    written: list[dict[str, Any]] = []
    for cell in cells():
        source = answer if cell.grade_id == "answer" else cell.source
        about = {"nbgrader": {"grade_id": cell.grade_id}}
        written.append({"cell_type": "code", "metadata": about, "source": source, "outputs": []})
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": written}).encode()


PAPER = Paper(
    "a",
    "n",
    cells(),
    files=(File("data.txt", b"one"), File("helper.py", b"def double(x): return 2 * x")),
    patience=20.0,
    imports=imported_names([GIVEN, ANSWER]),
    students=students_names([ANSWER]),
)


@pytest.fixture(scope="module")
def station() -> Iterator[Station]:
    running = Station(Premises())
    yield running
    running.close()


@pytest.fixture(scope="module")
def rehearsal(station: Station) -> Result:
    return station.grade(Job(PAPER, "", notebook(ANSWER), rehearsal=True))


def outputs(result: Result, name: str) -> str:
    for cell in json.loads(result.notebook)["cells"]:
        if cell["metadata"]["nbgrader"]["grade_id"] == name:
            return json.dumps(cell["outputs"])
    raise KeyError(name)


def test_how_long_the_solution_took_is_known(rehearsal: Result) -> None:
    assert Standing.from_json(asdict(rehearsal.standing)).seconds == rehearsal.standing.seconds
    assert 0 < rehearsal.standing.seconds <= rehearsal.seconds


def test_what_the_solution_passes_in_its_own_process_only_is_asked_there(rehearsal: Result) -> None:
    assert list(rehearsal.standing.inside) == ["uses"]
    assert "not defined" in rehearsal.standing.inside["uses"]
    assert list(rehearsal.standing.failing) == ["broken"]
    assert rehearsal.standing.out_of_reach(7) == "out of reach of the student: 6 of 7 tests"
    assert "part" not in rehearsal.standing.reports
    assert "list" in rehearsal.standing.reports


def test_scores_are_those_of_one_process_and_no_zero_for_what_nobody_passes(
    station: Station, rehearsal: Result
) -> None:
    right = station.grade(Job(PAPER, "ada", notebook(ANSWER), standing=rehearsal.standing))
    assert right.scores == {
        **dict.fromkeys(("outside", "uses", "after", "list", "file"), 1.0), "part": 0.5, "broken": None,
    }  # fmt: skip
    assert (right.tests, right.inside) == (7, ["uses"])
    wrong = station.grade(Job(PAPER, "bert", notebook(WRONG), standing=rehearsal.standing))
    assert wrong.scores == {
        **dict.fromkeys(("outside", "uses", "after", "part"), 0.0), "list": 1.0, "file": 1.0, "broken": None,
    }  # fmt: skip
    assert "within the student" in outputs(right, "uses")
    assert "within the student" not in outputs(right, "after")
    assert json.loads(right.notebook)["metadata"]["autograder"]["inside"] == ["uses"]


def test_a_test_without_points_waits_for_nobody(station: Station, rehearsal: Result) -> None:
    free = tuple(replace(cell, points=0.0) if cell.grade_id == "broken" else cell for cell in PAPER.cells)
    job = Job(replace(PAPER, cells=free), "ada", notebook(ANSWER), standing=rehearsal.standing)
    assert station.grade(job).scores["broken"] == 0.0


def test_a_test_that_is_asked_from_outside_never_enters_the_process_that_answers_it(
    station: Station, rehearsal: Result
) -> None:
    """Where one test needs the student's process, the others' texts enter only a second one."""
    spy = f"{ANSWER}\nimport gc\nasked = []\n_squares = squares\ndef squares(n):\n    asked.append(n)\n" + (
        "    seen = any(type(x) is str and 'squares(2)' + '[1]' in x for x in gc.get_objects())\n"
        "    print('SEEN' if seen else 'NOT', len(asked), list(get_ipython().user_ns['In'])[-1][:40])\n"
        "    return _squares(n)"
    )
    result = station.grade(Job(PAPER, "eve", notebook(spy), standing=rehearsal.standing))
    assert "BEGIN HIDDEN" not in outputs(result, "after")
    assert "NOT" in outputs(result, "after")
    assert result.scores["outside"] == 1.0


@pytest.mark.parametrize("kept", ["{3: [], 'a': object()}", "{'a': 'x' * 40_000_000}", "7"])
def test_what_a_process_says_that_it_has_drawn_costs_no_marks(
    station: Station, rehearsal: Result, kept: str
) -> None:
    """Its pictures are asked for before a second process draws the same again; it may say anything."""
    liar = f"{ANSWER}\nget_ipython().recogniser.kept = {kept}"
    result = station.grade(Job(PAPER, "eve", notebook(liar), standing=rehearsal.standing))
    assert (result.scores["outside"], result.scores["uses"], result.reason) == (1.0, 1.0, "")


def test_a_students_file_is_never_the_examiners(station: Station, rehearsal: Result) -> None:
    theirs = (File("helper.py", b"def double(x): return 4"), File("data.txt", b"two"))
    result = station.grade(Job(PAPER, "eve", notebook(ANSWER), files=theirs, standing=rehearsal.standing))
    assert result.scores["file"] == 1.0


def test_a_read_only_cell_that_fails_outside_is_told(station: Station) -> None:
    given = replace(PAPER.cells[0], source=f"{GIVEN}\nlimit = squares_of_nobody")
    paper = replace(PAPER, cells=(given, *PAPER.cells[1:]))
    told = station.grade(Job(paper, "", notebook(ANSWER), rehearsal=True)).standing.troubles
    assert len(told) == 1
    assert "cell 'given'" in told[0]
    assert "squares_of_nobody" in told[0]


def test_what_the_source_imports_is_there_before_the_first_submission(station: Station) -> None:
    paper = replace(PAPER, imports=imported_names([GIVEN, "import wave"]))
    peek = f"{ANSWER}\nimport sys\nprint('warm', 'wave' in sys.modules, 'colorsys' in sys.modules)"
    assert "warm True False" in station.grade(Job(paper, "ada", notebook(peek))).notebook


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("import wave", True),
        ("from numpy import linalg as la", True),
        ("import helper", False),
        ("import nothing_of_that_name", False),
        ("import __main__", False),
        ("from . import helper", False),
    ],
)
def test_only_what_is_installed_is_imported_for_the_class(statement: str, expected: bool) -> None:
    assert installed(statement, {"helper"}) is expected
