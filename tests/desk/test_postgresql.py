"""A gradebook in PostgreSQL: the same marks as in SQLite, also where the server restarts in the middle."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import postgresql
import pytest
from small_course import ASSIGNMENT, RIGHT, answered, cell_scores, hand_in, make_small_course
from sqlalchemy import create_engine, inspect

from autograder.course import Course, CourseError
from autograder.desk import database
from autograder.desk.database import INDEXES
from autograder.desk.follow import Nobody
from autograder.desk.grade import How, grade
from autograder.engine.fleet import pool
from autograder.engine.fleet.fleet import Fleet
from autograder.engine.wall.premises import Premises
from autograder.marking.outcome import Outcome

pytest.importorskip("psycopg")
pytestmark = [
    pytest.mark.skipif(postgresql.programs() is None, reason="PostgreSQL isn't installed"),
    pytest.mark.filterwarnings("ignore"),
]
ANSWERS = (RIGHT, {**RIGHT, "twice": "def twice(f, x):\n    return x"}, {}, RIGHT)


@pytest.fixture(scope="module")
def server() -> Iterator[postgresql.Server]:
    running = postgresql.Server()
    yield running
    running.remove()


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    with pool.process_pool(1, Premises(shown=("workbook",), inside="workbook.inside:Inside")) as running:
        yield running


def make_class(folder: Path, url: str = "") -> Course:
    course = make_small_course(folder)
    if url:
        with (folder / "nbgrader_config.py").open("a") as config:
            config.write(f"\nc.CourseDirectory.db_url = {url!r}\n")
        course = Course(folder)
        assert course.application().generate_assignment(ASSIGNMENT, force=True)["success"]
    for number, answers in enumerate(ANSWERS):
        hand_in(course, f"s{number}", answered(course, answers))
    return course


def facts(course: Course, rows: list[Outcome]) -> dict[str, object]:
    return {row.student: (row.score, row.needs_manual, cell_scores(course, row.student)) for row in rows}


class Restarts(Nobody):
    """Has a server ended after the first row; it starts again in a moment, or never."""

    def __init__(self, server: postgresql.Server, again: bool) -> None:
        self.server = server
        self.starting: threading.Thread | None = None
        self.again = again

    def row(self, outcome: Outcome) -> None:
        if self.starting is None:
            self.server.stop()
            self.starting = threading.Thread(target=self.server.start if self.again else int)
            self.starting.start()


def test_marks_are_those_of_sqlite_and_outlive_a_restart(
    tmp_path: Path, server: postgresql.Server, fleet: Fleet
) -> None:
    here = make_class(tmp_path / "here")
    expected = facts(here, grade(here, how=How(jobs=1), fleet=fleet))
    there = make_class(tmp_path / "there", url := server.url("restarted"))
    follower = Restarts(server, again=True)
    rows = grade(there, how=How(jobs=1), fleet=fleet, follower=follower)
    assert follower.starting is not None
    follower.starting.join()
    assert {row.status for row in rows} == {"graded"}
    assert facts(there, rows) == expected
    engine = create_engine(url)
    looked_at = inspect(engine)
    for table, column in INDEXES.items():
        assert [column] in [index["column_names"] for index in looked_at.get_indexes(table)]
    engine.dispose()
    again = grade(there, how=How(jobs=1), fleet=fleet)
    assert {row.status for row in again} == {"unchanged"}


def test_a_server_that_stays_away_is_said_and_what_was_graded_is_kept(
    tmp_path: Path, server: postgresql.Server, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.2)
    course = make_class(tmp_path, server.url("away"))
    with pytest.raises(CourseError, match="can't be used") as raised:
        grade(course, how=How(jobs=1), fleet=fleet, follower=Restarts(server, again=False))
    assert "run the command again" in str(raised.value)
    server.start()
    rows = {row.student: row.status for row in grade(course, how=How(jobs=1), fleet=fleet)}
    assert sorted(rows.values())[-1] == "unchanged"
    assert sorted(rows) == ["s0", "s1", "s2", "s3"]
