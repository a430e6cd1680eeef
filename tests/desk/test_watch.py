"""`autograder watch`: what arrives is graded, counted and answered, and a restart forgets nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from command import autograder, refuses
from small_course import ASSIGNMENT, NAME, RIGHT, answered, cell_scores, hand_in, make_small_course

from autograder.course import Course
from autograder.desk.alone import alone
from autograder.desk.arrivals import SETTLED, Arrivals, told
from autograder.desk.attempts import Attempts
from autograder.desk.follow import Nobody
from autograder.desk.grade import How
from autograder.desk.premises import premises_of
from autograder.desk.watch import Watch
from autograder.engine.fleet import pool
from autograder.engine.fleet.fleet import Fleet
from autograder.marking.outcome import Outcome

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
SEES_ONE = {**RIGHT, "twice": "def twice(f, x):\n    return 18"}  # what the visible test asks, and no more
ONCE = {**RIGHT, "twice": "def twice(f, x):\n    return f(x)"}


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return make_small_course(tmp_path / "course")


def test_a_file_that_is_still_being_written_is_waited_for(course: Course) -> None:
    clock = Clock()
    arrivals = Arrivals(course, [ASSIGNMENT], clock=clock)
    assert arrivals.new() == []
    folder = hand_in(course, "ada", b'{"cells": [')
    assert arrivals.new() == []
    (folder / f"{NAME}.ipynb").write_bytes(b'{"cells": [], "and": "more"}')
    clock.now += 1.5 * SETTLED
    assert arrivals.new() == [], "it has changed since the last look"
    clock.now += 1.5 * SETTLED
    assert [each.student for each in arrivals.new()] == ["ada"]
    clock.now += 1.5 * SETTLED
    assert arrivals.new() == [], "it is known"
    hand_in(course, "ada", b'{"cells": [], "and": "others"}')
    arrivals.new()
    clock.now += 1.5 * SETTLED
    assert [each.student for each in arrivals.new()] == ["ada"]


def test_what_lay_there_before_is_taken_at_once(course: Course) -> None:
    folder = hand_in(course, "ada", b"{}")
    os.utime(folder / f"{NAME}.ipynb", (1_700_000_000, 1_700_000_000))
    assert len(Arrivals(course, [ASSIGNMENT], clock=Clock()).new()) == 1


def test_the_file_system_tells_of_an_arrival(course: Course) -> None:
    arrivals = Arrivals(course, [ASSIGNMENT])
    with told(arrivals, by_the_system=True):
        hand_in(course, "ada", b"{}")
        assert arrivals.changed.wait(20)


def test_folders_that_arrive_by_the_dozen_are_told_of_without_a_warning(course: Course) -> None:
    arrivals = Arrivals(course, [ASSIGNMENT])
    with told(arrivals, by_the_system=True):
        for student in range(300):
            hand_in(course, f"student{student}", b"{}")
        assert arrivals.changed.wait(20)


def test_attempts_are_counted_by_day_and_by_version_and_outlive_a_restart(course: Course) -> None:
    def two() -> Attempts:
        return Attempts(course, 2)

    assert two().allows("ps1", "ada", "a", MONDAY)
    assert two().count("ps1", "ada", "a", MONDAY) == 1
    assert two().count("ps1", "ada", "a", MONDAY) == 1, "the same again is no new attempt"
    assert two().count("ps1", "ada", "b", MONDAY) == 0
    assert not two().allows("ps1", "ada", "c", MONDAY)
    assert two().allows("ps1", "ada", "b", MONDAY)
    assert two().allows("ps1", "bert", "c", MONDAY)
    assert two().allows("ps1", "ada", "c", TUESDAY)
    assert Attempts(course, None).allows("ps1", "ada", "d", MONDAY)
    assert Attempts(course, None).count("ps1", "ada", "d", MONDAY) is None


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    course = make_small_course(tmp_path_factory.mktemp("premises"))
    with pool.process_pool(2, premises_of(course, ASSIGNMENT, isolated=True)) as fleet:
        yield fleet


def watching(course: Course, workers: Fleet, a_day: int | None = None) -> Watch:
    arrivals = Arrivals(course, [ASSIGNMENT], every=0.1)
    how = How(jobs=2)
    return Watch(course, [ASSIGNMENT], how, workers, arrivals, Attempts(course, a_day), Nobody())


def letter(course: Course, student: str) -> tuple[str, dict[str, object]]:
    folder = course.place("feedback", ASSIGNMENT, student)
    return (folder / "arrived.html").read_text(), json.loads((folder / "arrived.json").read_text())


def test_from_arrival_to_letter(course: Course, workers: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    day = [MONDAY]
    monkeypatch.setattr(Watch, "today", staticmethod(lambda: day[0]))
    monkeypatch.setattr(Watch, "until_tomorrow", staticmethod(lambda: 0.1))
    watch = watching(course, workers, a_day=1)
    watch.warm()
    rows = watch.forever()

    hand_in(course, "sam", answered(course, SEES_ONE))
    row = next(rows)
    assert isinstance(row, Outcome)
    assert (row.student, row.status, row.score) == ("sam", "graded", 8)
    assert cell_scores(course, "sam")["twice-values"] == (0.0, False)

    hand_in(course, "one", answered(course, ONCE))
    assert next(rows).student == "one"  # type: ignore[union-attr]
    page, said = letter(course, "sam")
    tests = {test["name"]: test for test in said["notebooks"][0]["tests"]}  # type: ignore[index]
    assert tests["twice-values"]["passed"], "the visible part of it passes, and that is all that is told"
    for word in ("another sum", "numbers", "score", "HIDDEN", "examiner_rng"):
        assert word not in page
    assert said["left"] == 0

    hand_in(course, "one", answered(course, RIGHT))
    held = next(rows)
    assert isinstance(held, Outcome)
    assert (held.student, held.status) == ("one", "held")
    assert "after midnight" in letter(course, "one")[0]
    assert cell_scores(course, "one")["twice-values"] == (0.0, False)
    watch.stop.set()
    assert list(rows) == []

    again = watching(course, workers, a_day=1)
    rows = again.forever()
    assert {next(rows).status for _ in range(2)} == {"unchanged", "held"}  # type: ignore[union-attr]
    day[0] = TUESDAY
    row = next(rows)
    assert isinstance(row, Outcome)
    assert (row.student, row.status, row.score) == ("one", "graded", 10)
    again.stop.set()
    assert list(rows) == []
    assert all(test["passed"] for test in letter(course, "one")[1]["notebooks"][0]["tests"])  # type: ignore[index]


def test_a_gradebook_that_is_busy_is_tried_again(
    course: Course, workers: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another grader holds the course for a while: what arrives meanwhile is graded afterwards."""
    monkeypatch.setattr("autograder.desk.watch.AGAIN", 0.01)
    watch = watching(course, workers)
    rows = watch.forever()
    with alone(course):
        hand_in(course, "ada", answered(course, RIGHT))
        said = next(rows)
        assert isinstance(said, str)
        assert "Another grader" in said
        assert "Trying again" in said
    row = next(row for row in rows if isinstance(row, Outcome) and row.student)
    assert (row.student, row.status, row.score) == ("ada", "graded", 10)
    watch.stop.set()
    assert list(rows) == []


def test_wrong_usage_is_refused(course: Course, tmp_path: Path) -> None:
    often = autograder("watch", "--attempts", "often", "--course", course.root)
    assert (often.returncode, "write it as 3/day" in often.stderr) == (2, True)
    refuses(autograder("watch", "none", "--course", course.root), "No assignment 'none'")
