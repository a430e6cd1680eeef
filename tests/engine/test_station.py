"""A sandbox that fails is nobody's fault: another takes its place; at worst one submission is given up."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest
from small_course import ASSIGNMENT, NAME, RIGHT, answered, hand_in, make_small_course

from autograder.course import CONFIG, Course
from autograder.desk.follow import Nobody, Running
from autograder.desk.grade import How, grade
from autograder.desk.gradebook import Writer
from autograder.engine.examiner.exam import Exam
from autograder.engine.examiner.job import Job
from autograder.engine.fleet.station import Station
from autograder.engine.wall.premises import Premises
from autograder.engine.wall.sandbox import Sandbox


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


def failing(
    times: int, tmp_path: Path, at: Callable[[Exam, Any], Any] = Exam.run, name: str = ""
) -> Callable[[Exam, Any], Any]:
    """Run a notebook, or a test of some name, but end the sandbox first, the first few times."""

    def run_it(self: Exam, what: Any) -> Any:
        done = len(list(tmp_path.iterdir()))
        if done < times and getattr(what, "grade_id", "") == name:
            (tmp_path / str(done)).touch()
            kill(self.sandbox)
            while self.sandbox.control.recv(4096):
                pass  # until it has really ended
        return at(self, what)

    return run_it


@pytest.mark.parametrize("when", ["before its first cell", "in the middle of it"])
def test_a_sandbox_that_is_ended_is_replaced(
    job: Job, station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    if when == "before its first cell":
        monkeypatch.setattr(Exam, "run", failing(1, tmp_path))
    else:
        monkeypatch.setattr(Exam, "_test", failing(1, tmp_path, Exam._test, "total-values"))
    result = station.grade(job)
    assert len(list(tmp_path.iterdir())) == 1
    assert result.reason == ""
    assert result.scores == station.grade(job).scores


class Prepared:
    """Names nothing, and counts how often it gets ready."""

    times = 0

    def prepare(self) -> None:
        self.times += 1
        raise RuntimeError("that costs nobody anything")

    def name(self, **_: Any) -> list[Any]:
        return []


@pytest.mark.parametrize("rehearsal", [False, True])
def test_what_names_mistakes_gets_ready_once_and_after_the_first_mark(
    job: Job, station: Station, monkeypatch: pytest.MonkeyPatch, rehearsal: bool
) -> None:
    namer = Prepared()
    monkeypatch.setattr(station, "_namer", lambda paper: (namer, ""))
    if rehearsal:  # whose end the first mark waits for
        station.grade(dataclasses.replace(job, rehearsal=True))
    first = station.grade(job)
    assert namer.times == 0
    others = [station.grade(job) for _ in range(2)]
    assert namer.times == 1
    assert first.scores == others[0].scores == others[1].scores


def test_the_first_submission_puts_out_what_later_ones_do(job: Job, station: Station) -> None:
    """The sandbox has drawn and failed once before the others come, and not before the first."""
    notebook = json.loads(job.notebook)
    for source in (
        "import matplotlib.pyplot as plt\nplt.plot([1, 2], label='$x^2$')\nplt.legend();",
        "def half(x):\n    return x / 0\nhalf(1)",
        "import warnings\nwarnings.warn('once')",
    ):
        cell = {"cell_type": "code", "id": f"c{len(notebook['cells'])}", "source": source}
        notebook["cells"].append(cell | {"metadata": {}, "outputs": [], "execution_count": None})
    drawing = dataclasses.replace(job, notebook=json.dumps(notebook).encode())
    first, second, third = (station.grade(drawing).notebook for _ in range(3))
    assert "image/png" in first
    assert "ZeroDivisionError" in first
    assert first == second == third, "what is done for the first time leaves no trace"


def kill(sandbox: Sandbox) -> None:
    """End all of a sandbox's processes, the inner ones first: they may not follow the outer one yet."""
    outer = psutil.Process(sandbox.process.pid)
    outer.suspend()
    while alive := [each for each in outer.children(recursive=True) if runs(each)]:
        for each in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
    outer.kill()


def runs(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def test_a_sandbox_that_is_ended_while_it_starts_is_replaced(
    job: Job, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one of a worker, and one that takes another's place."""
    kill(station.sandbox)
    right = station.grade(job)
    assert right.reason == ""
    begin, begun = Sandbox._begin, []

    def ended(self: Sandbox, premises: Premises) -> None:
        begin(self, premises)
        begun.append(self)
        if len(begun) == 1:
            kill(self)

    monkeypatch.setattr(Sandbox, "_begin", ended)
    kill(station.sandbox)
    station.sandbox.process.wait()
    again = station.grade(job)
    assert again.reason == ""
    assert again.scores == right.scores
    assert len(begun) == 2


def test_a_sandbox_that_is_ended_between_two_submissions_costs_neither(job: Job, station: Station) -> None:
    right = station.grade(job)
    kill(station.sandbox)
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


class Kills(Nobody):
    """Ends every sandbox in which one student's code runs, as the system does when memory runs out."""

    def __init__(self, student: str) -> None:
        self.student = student
        self.killed: set[int] = set()

    def running(self, now: Sequence[Running]) -> None:
        if self.student not in {each.student for each in now}:
            return
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                inside = process.children(recursive=True)
                # bubblewrap, its process 1, the template, and the submission's: or it is still starting
                if process.name() == "bwrap" and len(inside) == 3 and process.pid not in self.killed:
                    self.killed.add(process.pid)
                    inside[1].kill()


def test_the_class_goes_on_after_a_submission_whose_sandboxes_end(tmp_path: Path) -> None:
    course = make_small_course(tmp_path)
    with (course.root / CONFIG).open("a") as file:
        file.write("\nc.ExecutePreprocessor.timeout = 600\n")  # a loop's time: it is ended long before
    course = Course(course.root)
    for name, extra in (("s0", ""), ("s1", "\nwhile True:\n    pass"), ("s2", "")):
        hand_in(course, name, answered(course, {**RIGHT, "twice": RIGHT["twice"] + extra}))
    follower = Kills("s1")
    rows = grade(course, how=How(jobs=1), follower=follower)
    assert len(follower.killed) >= 2  # and perhaps the next one's: what runs is known a moment later
    assert [(row.student, row.status, row.score) for row in rows] == [
        ("s0", "graded", 10),
        ("s1", "fault", None),
        ("s2", "graded", 10),
    ]
    assert "the sandbox failed twice while this submission ran" in rows[1].reason


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
