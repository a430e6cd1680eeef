"""A sandbox that fails is nobody's fault: another takes its place; at worst one submission is given up."""

from __future__ import annotations

import dataclasses
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from small_course import ASSIGNMENT, NAME, RIGHT, answered, hand_in, make_small_course

from autograder.desk.gradebook import Writer
from autograder.engine.examiner.exam import Exam
from autograder.engine.examiner.job import Job
from autograder.engine.fleet.station import Station
from autograder.engine.wall.premises import Premises


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    course = make_small_course(tmp_path_factory.mktemp("course"))
    folder = hand_in(course, "ada", answered(course, RIGHT))
    with Writer.open(course) as writer:
        return Job(writer.papers(ASSIGNMENT)[0], "ada", (folder / f"{NAME}.ipynb").read_bytes())


@pytest.fixture
def station() -> Iterator[Station]:
    running = Station(Premises(shown=("workbook",), inside="workbook.inside:Inside"))
    yield running
    running.close()


def failing(times: int, tmp_path: Path) -> Callable[[Exam, dict[str, object]], object]:
    """Run a notebook, but end the sandbox first, the first few times."""
    run = Exam.run

    def run_it(self: Exam, notebook: dict[str, object]) -> object:
        done = len(list(tmp_path.iterdir()))
        if done < times:
            (tmp_path / str(done)).touch()
            for process in psutil.Process(self.sandbox.process.pid).children(recursive=True):
                process.kill()
            while self.sandbox.control.recv(4096):
                pass  # until it has really ended
        return run(self, notebook)

    return run_it


def test_a_sandbox_that_is_ended_is_replaced(
    job: Job, station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Exam, "run", failing(1, tmp_path))
    result = station.grade(job)
    assert result.reason == ""
    assert result.scores == station.grade(job).scores


def test_a_sandbox_that_is_ended_between_two_submissions_costs_neither(job: Job, station: Station) -> None:
    right = station.grade(job)
    for process in psutil.Process(station.sandbox.process.pid).children(recursive=True):
        process.kill()
    station.sandbox.process.wait()
    again = station.grade(job)
    assert again.reason == ""
    assert again.scores == right.scores


def test_an_examiner_that_is_ended_from_outside_is_replaced(
    job: Job, station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Exam.run

    def ended(self: Exam, notebook: dict[str, object]) -> object:
        if not any(tmp_path.iterdir()):
            (tmp_path / "once").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return run(self, notebook)

    monkeypatch.setattr(Exam, "run", ended)
    result = station.grade(job)
    assert any(tmp_path.iterdir())
    assert result.reason == ""
    assert result.scores["total-values"] == 3.0


def test_a_submission_whose_sandboxes_fail_is_given_up_alone(
    job: Job, station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Exam, "run", failing(2, tmp_path))
    result = station.grade(job)
    assert "the sandbox failed twice" in result.reason
    assert result.notebook == ""
    assert station.grade(job).reason == ""


def test_a_student_who_ends_the_process_is_graded_once_and_told_so(
    station: Station, job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever exit code it chooses: a sandbox's failure is nothing that a submission can pretend."""
    run = Exam.run

    def counted(self: Exam, notebook: dict[str, object]) -> object:
        (tmp_path / str(len(list(tmp_path.iterdir())))).touch()
        return run(self, notebook)

    monkeypatch.setattr(Exam, "run", counted)
    ending = job.notebook.replace(b"return sum(numbers)", b"__import__('os')._exit(75)")
    result = station.grade(dataclasses.replace(job, notebook=ending))
    assert "ended itself (exit code 75)" in result.reason
    assert result.scores["scale-forward"] == 1.0
    assert len(list(tmp_path.iterdir())) == 1
