"""Who grades: what travels to a worker and back, and workers of this machine that are lost."""

from __future__ import annotations

import json
import os
import pickle
import signal
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_course import ASSIGNMENT, NAME, RIGHT, answered, cell_scores, hand_in, make_small_course

from autograder.course import Course
from autograder.desk.follow import Nobody
from autograder.desk.grade import How, grade
from autograder.desk.gradebook import Writer
from autograder.desk.premises import premises_of
from autograder.engine.examiner.job import Job, Result
from autograder.engine.fleet import pool
from autograder.engine.fleet.fleet import Errand, FleetLost, fail, settle
from autograder.engine.fleet.kits import (
    MARK,
    SHORT,
    Bench,
    Known,
    folded,
    job_of,
    slip_of,
    unfolded,
    unpacked,
)
from autograder.engine.fleet.relay import Ended, Relay, Relays
from autograder.engine.fleet.scratch import PREFIX, Scratch
from autograder.engine.wall.premises import (
    Premises,
    SandboxError,
    code_of,
    elsewhere,
    hidden_here,
    version_of,
)
from autograder.marking.outcome import Outcome
from autograder.marking.paper import Cell, Paper

PICTURES = st.dictionaries(
    st.text("abcdef0123456789", min_size=8, max_size=8),
    st.text("AB+/=\n", min_size=8).map(lambda part: 20 * part),
    max_size=4,
)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return make_small_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def job(course: Course) -> Job:
    folder = hand_in(course, "ada", answered(course, RIGHT))
    with Writer.open(course) as writer:
        (paper,) = writer.papers(ASSIGNMENT)
    figures = {f"{n:064x}": "A" * 30000 + str(n) for n in range(8)}
    return Job(paper, "ada", (folder / f"{NAME}.ipynb").read_bytes(), "secret", figures=figures)


@given(figures=PICTURES, texts=st.lists(st.text(), max_size=4), data=st.data())
def test_a_result_comes_back_as_it_was(
    figures: dict[str, str], texts: list[str], data: st.DataObject
) -> None:
    shown = data.draw(st.lists(st.sampled_from(sorted(figures.values())), max_size=6)) if figures else []
    outputs = [
        {"data": {"image/png": each}} for each in [*shown, *texts, f"{MARK}{next(iter(figures), '')}{MARK}"]
    ]
    result = Result(notebook=json.dumps({"cells": outputs}), scores={"a": 1.5, "b": None}, remarks=texts)
    known = Known(figures)
    assert unfolded(folded(result, known), known) == result


def test_what_submissions_share_is_not_in_each_of_them(course: Course, job: Job) -> None:
    bench = Bench()
    premises = elsewhere(premises_of(course, ASSIGNMENT, isolated=True))
    kit = bench.kit_of(job, premises)
    assert (
        bench.kit_of(Job(job.paper, "bert", b"", figures=job.figures, standing=job.standing), premises) is kit
    )
    slip = slip_of(job)
    assert len(slip) < len(job.notebook) + 1000
    assert job_of(unpacked(kit.data), slip) == job
    shown = [{"image/png": each + "\n", "text/html": f'<img src="{each}">'} for each in job.figures.values()]
    notebook = json.dumps({"cells": shown})
    assert len(folded(Result(notebook=notebook), Known.of(job))) < 3000 < len(notebook)


CELLS = st.lists(st.text(min_size=1).map(lambda part: part * (SHORT // len(part) + 2)), max_size=5)


@given(handed_in=CELLS, papers=CELLS, others=CELLS, text=st.text(), data=st.data())
def test_what_was_handed_in_is_not_sent_back(
    handed_in: list[str], papers: list[str], others: list[str], text: str, data: st.DataObject
) -> None:
    paper = Paper("a", "n", tuple(Cell(str(n), "code", each, "", True) for n, each in enumerate(papers)))
    notebook = {"cells": [{"source": [each[:9], each[9:]]} for each in handed_in]}
    known = Known.of(Job(paper, "ada", json.dumps(notebook).encode()))
    shown = data.draw(st.permutations([*handed_in, *papers, *others]))
    cells = [{"cell_type": "code", "outputs": [{"text": text + each}], "source": each} for each in shown]
    for plain in (True, False):
        result = Result(notebook=json.dumps({"cells": cells}, indent=1, ensure_ascii=plain))
        assert unfolded(folded(result, known), known) == result
    travels = json.loads(zlib.decompress(folded(result, known)))["notebook"]
    assert travels.count(MARK) >= 2 * (len(handed_in) + len(papers))


def test_a_submission_that_can_not_be_read_is_known_by_nothing(job: Job) -> None:
    for broken in (b"", b"[]", b'{"cells": 3}', b'{"cells": [{}]}', b"[" * 100_000, b"\xff"):
        assert not Known.of(Job(Paper("a", "n", ()), "ada", broken)).cells


def test_no_path_of_this_machine_is_in_a_job(course: Course, job: Job) -> None:
    kit = Bench().kit_of(job, elsewhere(premises_of(course, ASSIGNMENT, isolated=True)))
    travels = zlib.decompress(kit.data) + zlib.decompress(slip_of(job))
    here = Path(pool.__file__).parents[3]
    for path in (course.root, here, Path.home()):
        assert str(path).encode() not in travels


def test_hooks_and_courses_are_hidden_wherever_they_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "there" / "somebodys"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (tmp_path / "there" / "nbgrader_config.py").touch()
    course = tmp_path / "another" / "deep"
    course.mkdir(parents=True)
    (tmp_path / "another" / "nbgrader_config.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path / "there"))
    monkeypatch.chdir(course)
    hidden = hidden_here(Premises(hooks="somebodys.course:Course"))
    assert {package, tmp_path / "there", tmp_path / "another"} <= set(hidden)


def test_a_process_that_is_lost_costs_nothing(tmp_path: Path) -> None:
    course = make_small_course(tmp_path)
    names = [f"s{n}" for n in range(5)]
    for name in names:
        hand_in(course, name, answered(course, RIGHT))

    class EndsIt(Nobody):
        def __init__(self, process: int) -> None:
            self.process = process

        def row(self, outcome: Outcome) -> None:
            if self.process:
                os.kill(self.process, signal.SIGKILL)
                self.process = 0

    with pool.process_pool(1, premises_of(course, ASSIGNMENT, isolated=True)) as fleet:
        follower = EndsIt(fleet.do(os.getpid).result())
        rows = grade(course, how=How(jobs=1), fleet=fleet, follower=follower)
        assert follower.process == 0
        Scratch(fleet.kits).close()  # whoever makes the next one removes what is left of the dead
        assert len([*fleet.kits.glob(f"{PREFIX}*")]) == 1, "what it had laid out is gone"
    assert [(row.student, row.status, row.score) for row in rows] == [(name, "graded", 10) for name in names]
    assert {str(cell_scores(course, name)) for name in names} == {str(cell_scores(course, names[0]))}


@pytest.mark.slow
def test_processes_that_are_lost_again_and_again_end_the_run(tmp_path: Path) -> None:
    with pool.process_pool(1, Premises(isolated=False)) as running:
        with pytest.raises(FleetLost, match="ended from outside"):
            running.do(os._exit, 1).result(timeout=120)
        with pytest.raises(FleetLost, match="ended from outside"):
            running.do(os.getpid).result(timeout=120)


class Fails(Relay):
    """A process that ends whenever it is asked."""

    def __init__(self) -> None:
        pass

    def grade(self, key: str, slip: bytes, kit: bytes) -> bytes:
        raise Ended

    def close(self) -> None:
        pass


class Works(Fails):
    def grade(self, key: str, slip: bytes, kit: bytes) -> bytes:
        return slip


def test_a_relay_that_ends_is_replaced_once() -> None:
    made: list[Relay] = []

    def start() -> Relay:
        made.append(Works() if len(made) == 1 else Fails())
        return made[-1]

    relays = Relays(start)
    assert relays.grade("", b"answer", b"") == b"answer"
    assert relays.idle == [made[1]]
    reason = unfolded(Relays(Fails).grade("", b"", b""), Known()).reason
    assert "ended twice" in reason


def test_errors_of_the_sandbox_survive_the_way_back() -> None:
    assert str(pickle.loads(pickle.dumps(SandboxError("none here")))) == "none here"


def test_other_code_gets_another_process_and_code_that_a_machine_lacks_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module keeps its name when its content changes: what a process imported once may be of yesterday."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    hooks, named, relays, numbers = tmp_path / "changing_hooks.py", "changing_hooks:Hooks", Relays(), []
    job = Job(Paper("a", "n", (), course=named), "ada", b"no notebook")

    def reason(premises: Premises) -> str:
        kit = Bench().kit_of(job, premises)
        return unfolded(relays.grade(kit.key, slip_of(job), kit.data), Known.of(job)).reason

    for version in ("1", "2"):
        hooks.write_text(f"from autograder.hooks import AnyCourse as Hooks  # version {version}\n")
        code_of.cache_clear()
        today = Premises(isolated=False, hooks=named, version=version_of(named))
        for _ in range(2):
            assert "JSON" in reason(today)
            numbers += [relay.process.pid for relay in relays.idle]
    assert numbers[0] == numbers[1] != numbers[2] == numbers[3]
    with pytest.raises(SandboxError, match="another version of the grader"):
        reason(Premises(isolated=False, hooks=named, version="of another machine"))
    relays.close()
    code_of.cache_clear()


def test_a_process_that_outlives_a_run_takes_no_freedom_to_the_next(job: Job) -> None:
    """A run without the sandbox leaves nothing to one that asked for it."""
    place = "/grader/autograder/engine"  # which only a sandbox has
    looks = job.notebook.replace(
        b"return sum(numbers)", f"print('seen', __import__('os').path.isdir({place!r}))".encode()
    )
    seen, relays = [], Relays()
    for isolated in (False, True, False):
        premises = Premises(isolated=isolated, shown=("workbook",), inside="workbook.inside:Inside")
        theirs = Job(job.paper, "ada", looks)
        kit = Bench().kit_of(theirs, premises)
        result = unfolded(relays.grade(kit.key, slip_of(theirs), kit.data), Known.of(theirs))
        seen.append("seen True" in result.notebook)
    relays.close()
    assert seen == [False, True, False]


def test_work_that_was_given_up_keeps_what_comes_late_to_itself() -> None:
    errand = Errand(int)
    errand.cancel()
    settle(errand, 1)
    fail(errand, ValueError("late"))
    assert errand.cancelled()


def test_a_result_that_cannot_be_read_is_the_fault_of_the_run() -> None:
    errand = Errand(int, read=int)
    settle(errand, "no number")
    with pytest.raises(FleetLost, match="can't be read"):
        errand.result()
