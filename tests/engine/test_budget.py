"""What a submission may take follows from what its solution took; the solution itself has time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autograder.engine.examiner.job import Job
from autograder.marking.paper import Cell, Paper
from autograder.marking.standing import Standing

CELLS = tuple(Cell(f"c{n}", "code", "", "", locked=False) for n in range(9))


@pytest.mark.parametrize(
    ("patience", "took", "may_take"),
    [
        (60, 0, 180),  # nobody has measured the solution
        (60, 3, 72),  # a class waits for one slow cell, and little more
        (30, 100, 430),  # many cells, each in time: nbgrader would let them
        (30, 0.1, 30.4),
        (4, 0.1, 12),  # a machine that is busy for a moment costs nobody marks
    ],
)
def test_what_a_submission_may_take(patience: float, took: float, may_take: float) -> None:
    paper = Paper("a", "n", CELLS, patience=patience, budget=3 * patience)
    job = Job(paper, "ada", b"", standing=Standing(seconds=took))
    assert job.budget == pytest.approx(may_take)
    assert replace(job, rehearsal=True).budget == 9 * patience
