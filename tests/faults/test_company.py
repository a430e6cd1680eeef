"""Others at work: a second grader, a cluster's workers, a database's server. No mark is wrong.

`pytest -n 0 -s -m slow tests/faults` prints the lines of the table in docs/security.md.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import postgresql
import psutil
import pytest
from fault_world import GRADE, Facts, World, facts, marks, said
from nbgrader.api import Gradebook
from small_course import ASSIGNMENT

from autograder.course import CONFIG, Course
from autograder.desk.follow import Nobody
from autograder.desk.grade import How, grade
from autograder.marking.outcome import Outcome

pytestmark = pytest.mark.slow


def test_two_graders(world: World, right: dict[str, Facts], tmp_path: Path) -> None:
    tried = 4
    for _ in range(tried):
        course = world.copy("new", tmp_path / "two")
        command = [*GRADE, "--course", str(course.root), "--jobs", "1"]
        pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
        runs = [subprocess.Popen(command, **pipes) for _ in range(2)]  # type: ignore[call-overload]
        errors = [run.communicate()[1] for run in runs]
        codes = sorted(run.returncode for run in runs)
        assert codes == [0, 2], errors
        assert any("Another grader is at work" in error for error in errors)
        assert marks(facts(course)) == marks(right["new"])
    said(
        "two graders on one course at a time", f"{tried}", "the second says who is at work, and stops; right"
    )


@pytest.mark.filterwarnings("ignore")
def test_cluster_worker_lost(world: World, right: dict[str, Facts], tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    tried = 3
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=False
    ) as cluster:
        for _ in range(tried):
            course = world.copy("new", tmp_path / "cluster")

            class Killing(Nobody):
                done = False

                def row(self, outcome: Outcome) -> None:
                    if outcome.student and not self.done:
                        self.done = True
                        psutil.Process(next(iter(cluster.workers.values())).pid).kill()

            grade(course, how=How(scheduler=cluster.scheduler_address), follower=Killing())
            assert marks(facts(course)) == marks(right["new"])
    said("a cluster's worker killed in the middle of a run", f"{tried}", "its work is given out again; right")


@pytest.fixture
def server() -> Iterator[postgresql.Server]:
    pytest.importorskip("psycopg")
    if postgresql.programs() is None:
        pytest.skip("no PostgreSQL server is installed here")
    running = postgresql.Server()
    yield running
    running.remove()


def test_database_restarted(
    world: World, right: dict[str, Facts], server: postgresql.Server, tmp_path: Path
) -> None:
    import psycopg

    restarts = dropped = 0
    for turn, moment in enumerate([1, 2, 3, 4, 5] * 2):
        url = server.url(f"course{turn}")
        course = world.copy("new", tmp_path / "served")
        (course.root / "gradebook.db").unlink()
        with (course.root / CONFIG).open("a") as file:
            file.write(f"\nc.CourseDirectory.db_url = {url!r}\nc.SitExam.enabled = False\n")
        course = Course(course.root)
        assert course.application().generate_assignment(ASSIGNMENT, force=True)["success"]
        with Gradebook(course.db_url, course.course_id) as book:
            book.update_or_create_assignment(ASSIGNMENT, duedate="2026-02-17 23:59:59")

        class Restarting(Nobody):
            rows = 0

            def row(self, outcome: Outcome) -> None:
                self.rows += bool(outcome.student)
                if self.rows == moment:  # noqa: B023 - called in this turn only
                    if turn < 5:  # noqa: B023
                        server.stop()
                        server.start()
                    else:
                        with psycopg.connect(url.replace("+psycopg", "")) as other:  # noqa: B023
                            other.execute(
                                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                "WHERE pid <> pg_backend_pid() AND datname LIKE 'course%'"
                            )

        world.run(course, follower=Restarting())
        restarts, dropped = restarts + (turn < 5), dropped + (turn >= 5)
        assert facts(course) == right["new"]
    said(
        "PostgreSQL restarted at once, or its connections dropped, between two submissions",
        f"{restarts} + {dropped}",
        "the run goes on; right",
    )
