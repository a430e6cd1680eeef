"""`--scheduler`: the same marks from machines that share no disk, and what is said when they are lost."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import distributed
import pytest
from elsewhere_worker import dask, free_port, other_machine, worker
from small_course import RIGHT, answered, cell_scores, hand_in, make_small_course

from autograder.course import Course, CourseError
from autograder.desk.follow import Nobody
from autograder.desk.grade import How, grade
from autograder.engine.fleet import cluster
from autograder.engine.fleet.fleet import Errand, FleetLost
from autograder.marking.outcome import Outcome

pytestmark = pytest.mark.filterwarnings("ignore")  # Dask's and tornado's own
PATIENCE = 120  # seconds
ANSWERS: tuple[dict[str, str], ...] = (
    RIGHT,
    {**RIGHT, "twice": "def twice(f, x):\n    return x"},
    {"total": "def total(numbers):\n    import os\n    os._exit(3)"},
    {},
)
HOOKS = """
from dataclasses import replace

from autograder.hooks import File, Finding
from backprop.course import Backprop


class Reads:
    def __init__(self, words):
        self.words = words

    def name(self, *, student, failed):
        return [Finding("twice", "once", self.words)] if "twice-values" in failed else []


class Named(Backprop):
    def surroundings(self, *, assignment):
        words = File("words.txt", (self.root / "words.txt").read_bytes())
        return replace(super().surroundings(assignment=assignment), course=(words,))

    def namer(self, *, assignment):
        return Reads((self.root / "words.txt").read_text())
"""


@pytest.fixture(autouse=True)
def hooks(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Hooks of a course whose namer reads a file of the course's folder, importable here and by processes."""
    place = tmp_path_factory.mktemp("hooks")
    (place / "reading_hooks.py").write_text(HOOKS)
    monkeypatch.syspath_prepend(str(place))
    monkeypatch.setenv("PYTHONPATH", str(place))
    return place


def make_class(folder: Path) -> Course:
    course = make_small_course(folder)
    (folder / "words.txt").write_text("f is applied once only.")
    with (folder / "nbgrader_config.py").open("a") as config:
        config.write('\nc.Autograder.course = "reading_hooks:Named"\n')
    for number, answers in enumerate(ANSWERS):
        hand_in(course, f"s{number}", answered(course, answers))
    hand_in(course, "bert", b"not a notebook")
    return course


def facts(course: Course, rows: list[Outcome]) -> dict[str, object]:
    """All that a run says and writes of each student."""
    return {
        row.student: (row.status, row.score, row.named, row.reason, row.remarks)
        + ((cell_scores(course, row.student),) if row.status == "graded" else ())
        for row in rows
    }


@pytest.fixture(scope="module")
def kept() -> dict[str, object]:
    return {}


@pytest.fixture
def by_pool(
    kept: dict[str, object], hooks: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, object]:
    """What grading on this machine says, worked out once."""
    if kept:
        return kept
    course = make_class(tmp_path_factory.mktemp("pool"))
    kept |= facts(course, grade(course, how=How(jobs=2)))
    return kept


class Told(Nobody):
    """Calls a function with every row."""

    def __init__(self, row: Callable[[Outcome], None]) -> None:
        self.row = row  # type: ignore[method-assign]


@pytest.fixture
def scheduler() -> Iterator[distributed.LocalCluster]:
    """A scheduler and a worker of two threads in this process, as `dask worker` makes it by default."""
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=False,
        protocol="tcp://",
        dashboard_address=None,
        silence_logs=False,
    ) as cluster:
        yield cluster


def test_marks_are_the_same_where_workers_have_no_folder_of_the_course(
    tmp_path: Path, by_pool: dict[str, object], hooks: Path, scheduler: distributed.LocalCluster
) -> None:
    """Of two workers with two threads each, one has none; then it is alone."""
    course = make_class(tmp_path / "course")
    how = How(scheduler=scheduler.scheduler.address, force=True)
    bwrap, env = other_machine(tmp_path / "away", without=course.root)
    shutil.copy(hooks / "reading_hooks.py", tmp_path / "away" / "library")
    here = [each.address for each in scheduler.workers.values()]
    with dask(*worker(scheduler.scheduler.address), prefix=tuple(bwrap), env=env):
        with distributed.Client(scheduler, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=PATIENCE)
            assert sorted(client.nthreads().values()) == [2, 2]
            assert facts(course, grade(course, how=how)) == by_pool
            client.retire_workers(here)
            assert len(client.nthreads()) == 1
        rows = grade(course, how=how)
    assert facts(course, rows) == by_pool
    assert any(row.named for row in rows), "known mistakes are named there, too"


@pytest.mark.parametrize("ends", ["killed", "retired"])
def test_a_worker_that_goes_costs_nothing(
    ends: str, tmp_path: Path, by_pool: dict[str, object], scheduler: distributed.LocalCluster
) -> None:
    course = make_class(tmp_path)
    here = {each.address for each in scheduler.workers.values()}
    with (
        dask(*worker(scheduler.scheduler.address)) as one,
        distributed.Client(scheduler, set_as_default=False) as client,
    ):
        client.wait_for_workers(2, timeout=PATIENCE)

        def end_it(row: Outcome) -> None:
            if ends == "killed":
                one.kill()
            else:  # as a cluster that adapts to its work does
                client.retire_workers([*set(client.nthreads()) - here])

        rows = grade(course, how=How(scheduler=scheduler.scheduler.address), follower=Told(end_it))
    assert facts(course, rows) == by_pool


@pytest.mark.slow
def test_a_cluster_that_adapts_to_its_work_loses_nothing(tmp_path: Path, by_pool: dict[str, object]) -> None:
    """Nobody is there at first; workers come with the work, end when there is less, and come again."""
    course = make_class(tmp_path)
    with distributed.LocalCluster(
        n_workers=0, threads_per_worker=1, dashboard_address=None, silence_logs=False
    ) as local:
        local.adapt(minimum=0, maximum=3, interval="100ms", wait_count=1, target_duration="1s")
        with distributed.Client(local, set_as_default=False) as client:
            for _ in range(2):
                assert client.nthreads() == {}
                how = How(scheduler=local.scheduler_address, force=True, patience=PATIENCE)
                assert facts(course, grade(course, how=how)) == by_pool
                until = time.monotonic() + PATIENCE
                while client.nthreads() and time.monotonic() < until:
                    time.sleep(0.1)


def test_a_result_that_can_never_come_is_not_waited_for() -> None:
    """Where the client is closed, Dask's own waiting has no end; a slow result is asked for again."""

    class Sent:
        status = "finished"
        asked = 0

        def result(self, timeout: float) -> bytes:
            self.asked += 1
            if client.status == "closed" or self.asked < 3:
                raise TimeoutError
            return b"slow"

    client = SimpleNamespace(status="running", nthreads=dict)
    fleet, slow, lost = cluster.Cluster(client, "tcp://nowhere", 1.0), Errand(int), Errand(int)
    fleet._came(slow, Sent())
    assert slow.result(0) == b"slow"
    client.status = "closed"
    fleet._came(lost, Sent())
    with pytest.raises(FleetLost, match="can't be reached any more"):
        lost.result(0)


@pytest.mark.parametrize(
    ("lost", "said"),
    [("worker", "has had no worker for 1 s"), ("scheduler", "has ended, or can't be reached any more")],
)
def test_a_cluster_that_is_lost_is_said_and_what_was_graded_is_kept(
    lost: str, said: str, tmp_path: Path, by_pool: dict[str, object]
) -> None:
    course = make_class(tmp_path)
    address = f"tcp://127.0.0.1:{free_port()}"
    port = address.rpartition(":")[2]
    seen: list[Outcome] = []
    with (
        dask("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard") as head,
        dask(*worker(address, threads=1)) as hands,
    ):

        def end_it(row: Outcome) -> None:
            seen.append(row)
            if row.status == "graded":
                (hands if lost == "worker" else head).kill()

        with distributed.Client(address, timeout=PATIENCE, set_as_default=False) as client:
            client.wait_for_workers(1, timeout=PATIENCE)
        how = How(scheduler=address, patience=1 if lost == "worker" else PATIENCE)
        with pytest.raises(CourseError, match=said) as raised:
            grade(course, how=how, follower=Told(end_it))
    assert "run the command again" in str(raised.value)
    assert {row.student for row in seen if row.status == "fault"} <= {"bert"}, (
        "no row for the run's own faults"
    )
    kept = {row.student for row in seen if row.status == "graded"}
    assert kept
    rows = {row.student: row for row in grade(course, how=How(jobs=2))}
    assert {who for who, row in rows.items() if row.status == "unchanged"} >= kept
    assert {who: cell_scores(course, who) for who in kept} == {who: by_pool[who][-1] for who in kept}  # type: ignore[index]


def test_a_cluster_without_workers_says_so(tmp_path: Path) -> None:
    course = make_class(tmp_path)
    with (
        distributed.LocalCluster(
            n_workers=0, processes=False, dashboard_address=None, silence_logs=False
        ) as empty,
        pytest.raises(CourseError, match="no worker"),
    ):
        grade(course, how=How(scheduler=empty.scheduler.address, patience=0.5))


def test_a_scheduler_that_does_not_answer_is_named(tmp_path: Path) -> None:
    course = make_small_course(tmp_path)
    hand_in(course, "ada", answered(course, RIGHT))
    with pytest.raises(CourseError, match="No Dask scheduler answers"):
        grade(course, how=How(scheduler="tcp://127.0.0.1:9"))
