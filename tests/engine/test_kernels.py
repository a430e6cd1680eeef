"""A notebook in another language is run by its own kernel, in the same sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.engine.examiner.job import Job, Result
from autograder.engine.fleet.station import Station
from autograder.engine.wall.premises import Premises
from autograder.marking.paper import Cell, Paper

CELLS = (
    Cell("answer", "code", "", "", False, solution=True),
    Cell("double-four", "code", 'test "$(double 4)" = 8', "", True, grade=True, points=2.0),
    Cell("double-one", "code", '[ "$(double 1)" = 2 ]', "", True, grade=True, points=1.0),
)


@pytest.fixture(scope="module")
def station() -> Iterator[Station]:
    running = Station(Premises())
    yield running
    running.close()


@pytest.fixture(autouse=True)
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bash kernel's specification, as its own installer writes it."""
    folder = tmp_path / "kernels" / "bash"
    folder.mkdir(parents=True)
    argv = ["python", "-m", "bash_kernel", "-f", "{connection_file}"]
    about = {"argv": argv, "display_name": "Bash", "language": "bash", "env": {"PS1": "$"}}
    (folder / "kernel.json").write_text(json.dumps(about))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))


def graded(station: Station, answer: str, kernel: str = "bash", **about: Any) -> Result:
    paper = Paper("a", "n", CELLS, kernelspec={"name": kernel, "language": kernel}, patience=30.0)
    written = [
        {
            "cell_type": "code",
            "metadata": {"nbgrader": {"grade_id": cell.grade_id}},
            "source": cell.source or answer,
            "outputs": [],
        }
        for cell in CELLS
    ]
    data = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": written}).encode()
    return station.grade(Job(paper, "ada", data, **about))


def test_answers_in_bash_are_run_by_bash(station: Station) -> None:
    right = graded(station, "double() { echo $(( 2 * $1 )); }\ndouble 21")
    assert right.scores == {"double-four": 2.0, "double-one": 1.0}
    assert "42" in right.notebook
    assert right.inside == ["double-four", "double-one"]
    assert graded(station, "double() { echo 8; }").scores == {"double-four": 2.0, "double-one": 0.0}


def test_a_kernel_that_is_not_installed_is_named(station: Station) -> None:
    assert "the kernel 'ir'" in graded(station, "double <- 1", kernel="ir").reason
