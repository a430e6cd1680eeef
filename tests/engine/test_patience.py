"""What doesn't come to an end costs its own student, and costs the class little: the second time, seconds."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from conversation import Conversation
from nbconvert.filters.ansi import strip_ansi
from small_course import ASSIGNMENT, NAME, RIGHT, answered, hand_in, make_small_course

from autograder.desk.gradebook import Writer
from autograder.desk.losses import losses
from autograder.engine.examiner.handles import Gone, TooSlow
from autograder.engine.examiner.job import Job
from autograder.engine.fleet.station import Station
from autograder.engine.wall.premises import Premises
from autograder.engine.wall.sandbox import Sandbox
from autograder.marking.cells import grade_id

LOOPS = """
def helper(x):
    return x + 1
def forward(x):
    while True:
        x = helper(x)
def train(n):
    return forward(n)
def slow(seconds):
    import time
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        helper(1)
    return "done"
"""


@pytest.fixture
def talk(sandbox: Sandbox) -> Conversation:
    return Conversation(sandbox, patience=6.0)


def test_the_function_that_holds_the_loop_is_found_and_stopped_sooner_wherever_it_is_met(
    talk: Conversation, sandbox: Sandbox
) -> None:
    """Neither what it calls nor who calls it is to blame."""
    talk.student(LOOPS)
    with pytest.raises(TooSlow, match="no answer within 6 seconds"):
        talk.student("train(1)")
    patience = talk.examiner.patience
    assert [name.rpartition(":")[2] for name in patience.hung] == ["forward"]
    assert "forward did not come to an end" in patience.said()
    patience.until = time.monotonic() + 60
    assert "forward did not come to an end" in talk.fails_with("train(2)")
    assert talk.student("slow(3)")[0]["data"] == {"text/plain": "'done'"}  # helper may take its time
    talk.examiner.close()
    sandbox.end()


def test_a_submission_that_hung_has_half_of_an_exchange_left(talk: Conversation, sandbox: Sandbox) -> None:
    with pytest.raises(TooSlow):
        talk.student("while True: pass")
    assert talk.examiner.patience.hung == []  # of what ran a cell, nothing is to blame
    assert talk.examiner.patience.said() == "a cell did not come to an end (an endless loop?) and was stopped"
    assert talk.student("1 + 1")[0]["data"] == {"text/plain": "2"}
    talk.examiner.patience.until = time.monotonic()
    with pytest.raises(Gone, match="time for this submission was used up"):
        talk.student("1 + 1")
    talk.examiner.close()
    sandbox.end()


def test_a_loop_in_one_answer_leaves_the_others_their_marks_and_the_row_says_where(
    tmp_path: Path,
) -> None:
    course = make_small_course(tmp_path)
    loop = "def total(numbers):\n    while True: pass"
    folder = hand_in(course, "ada", answered(course, {**RIGHT, "total": loop}))
    with Writer.open(course) as writer:
        paper = writer.papers(ASSIGNMENT)[0]
    job = Job(paper, "ada", (folder / f"{NAME}.ipynb").read_bytes())
    station = Station(Premises(shown=("workbook",), inside="workbook.inside:Inside"))
    result = station.grade(job)
    station.close()
    assert result.scores["twice-values"] == 2.0
    assert result.scores["total-values"] == result.scores["total-partial"] == 0.0
    assert result.reason == "total did not come to an end (an endless loop?) and was stopped"
    (cell,) = (c for c in json.loads(result.notebook or "")["cells"] if grade_id(c) == "total-values")
    told = strip_ansi("\n".join(cell["outputs"][-1]["traceback"]))
    assert told.startswith("total, line 2:\n    while True: pass\n")
    assert "The loop in total ends only at a break or a return: is one ever reached?" in told


def test_a_cell_that_was_stopped_shows_its_own_line_and_one_reason(tmp_path: Path) -> None:
    course = make_small_course(tmp_path)
    folder = hand_in(course, "ada", answered(course, {**RIGHT, "total": "while True:\n    pass"}))
    with Writer.open(course) as writer:
        paper = replace(writer.papers(ASSIGNMENT)[0], patience=2.0)
    job = Job(paper, "ada", (folder / f"{NAME}.ipynb").read_bytes())
    station = Station(Premises(shown=("workbook",), inside="workbook.inside:Inside"))
    result = station.grade(job)
    station.close()
    (cell,) = (c for c in json.loads(result.notebook or "")["cells"] if grade_id(c) == "total")
    (error,) = cell["outputs"]
    told = strip_ansi("\n".join(error["traceback"]))
    assert error["ename"] == "CellTimeoutError"
    assert "while True" in told
    assert told.count("an endless loop?") == 1
    assert "only at a break or a return" in told
    assert "run_code" not in told, "a student reads their own lines, not IPython's"
    assert "examinee" not in told, "nor the grader's"
    assert losses(paper, result)[0].startswith("total: no answer within")


def test_who_is_slow_to_stop_keeps_the_marks_of_what_comes_later(tmp_path: Path) -> None:
    course = make_small_course(tmp_path)
    slow = "import time\ntry:\n    while True: pass\nexcept KeyboardInterrupt:\n    time.sleep(3)\n    raise"
    folder = hand_in(course, "ada", answered(course, {**RIGHT, "total": slow}))
    with Writer.open(course) as writer:
        paper = replace(writer.papers(ASSIGNMENT)[0], patience=2.0)
    job = Job(paper, "ada", (folder / f"{NAME}.ipynb").read_bytes())
    station = Station(Premises(shown=("workbook",), inside="workbook.inside:Inside"))
    result = station.grade(job)
    station.close()
    assert result.scores["twice-values"] == 2.0
    assert result.scores["total-values"] == 0.0
