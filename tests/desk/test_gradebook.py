"""What the grader writes into nbgrader's gradebook, and in how many statements."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from nbgrader import dbutil
from nbgrader.api import Gradebook, MissingEntry
from small_course import ASSIGNMENT, NAME, POINTS, cell_scores, make_small_course
from sqlalchemy import event, inspect, text

from autograder.course import Course
from autograder.desk.database import INDEXES
from autograder.desk.gradebook import Writer
from autograder.desk.intake import HandedIn
from autograder.engine.examiner.job import Result
from autograder.marking.finding import Finding

SCORES = {**POINTS, "why": None}


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return make_small_course(tmp_path)


def write(writer: Writer, student: str, scores: dict[str, float | None], **facts: Any) -> Any:
    """Record one submission, as a run does."""
    result = Result(notebook="{}", scores=scores, tests=5, **facts)
    handed_in = HandedIn({NAME: b"{}"}, (), datetime(2026, 2, 3, 10))
    return writer.write(writer.papers(ASSIGNMENT), student, handed_in, {NAME: result})


@contextmanager
def counted(writer: Writer) -> Iterator[list[str]]:
    said: list[str] = []
    engine = writer.database.engine
    event.listen(engine, "before_cursor_execute", lambda *about: said.append(str(about[2])))
    event.listen(engine, "commit", lambda connection: said.append("COMMIT"))
    yield said


def columns(course: Course) -> dict[str, list[Any]]:
    with Gradebook(course.db_url, "small") as gradebook:
        looked_at = inspect(gradebook.engine)
        return {table: [index["column_names"] for index in looked_at.get_indexes(table)] for table in INDEXES}


def test_what_is_looked_up_for_every_submission_has_an_index(course: Course) -> None:
    assert columns(course) == {table: [] for table in INDEXES}, "then nbgrader has them, and ours can go"
    for _ in range(2):
        with Writer.open(course):
            pass
        assert columns(course) == {table: [[column]] for table, column in INDEXES.items()}


def test_an_index_of_somebody_elses_is_left_alone(course: Course) -> None:
    with sqlite3.connect(course.root / "gradebook.db") as database:
        database.execute("CREATE INDEX mine ON grade (notebook_id, cell_id)")
    with Writer.open(course):
        pass
    assert columns(course)["grade"] == [["notebook_id", "cell_id"]]


def test_nbgrader_upgrades_and_writes_a_gradebook_with_these_indexes(course: Course) -> None:
    with Writer.open(course) as writer:
        write(writer, "ada", SCORES)
    old = course.root / "gradebook.db"
    with sqlite3.connect(old) as database:  # as it was before nbgrader knew of courses and LMS ids
        database.execute("UPDATE alembic_version SET version_num = '167914646830'")
        database.execute("ALTER TABLE student DROP COLUMN lms_user_id")
        database.execute("PRAGMA foreign_keys = OFF")
        made = database.execute("SELECT sql FROM sqlite_master WHERE name = 'assignment'").fetchone()[0]
        lines = [line for line in made.splitlines() if "course" not in line]
        lines[-2] = lines[-2].rstrip(", ")
        kept = "id, name, duedate"
        database.execute("ALTER TABLE assignment RENAME TO before")
        database.execute("\n".join(lines))
        database.execute(f"INSERT INTO assignment ({kept}) SELECT {kept} FROM before")
        database.execute("DROP TABLE before")
    dbutil.upgrade(course.db_url)
    with Gradebook(course.db_url, "small") as gradebook:
        assert gradebook.find_submission(ASSIGNMENT, "ada").score == 10
        gradebook.add_student("bert")
        gradebook.add_submission(ASSIGNMENT, "bert")
        gradebook.remove_student("ada")
        with pytest.raises(MissingEntry):
            gradebook.find_submission(ASSIGNMENT, "ada")
    assert columns(course) == {table: [[column]] for table, column in INDEXES.items()}


def test_rows_are_those_that_nbgrader_makes(course: Course) -> None:
    """The same tables filled, the same numbers in them, by nbgrader's `add_submission` and by ours."""
    with Writer.open(course) as writer:
        write(writer, "ada", SCORES)
    with Gradebook(course.db_url, "small") as gradebook:
        gradebook.add_student("bert")
        theirs = gradebook.add_submission(ASSIGNMENT, "bert", timestamp=datetime(2026, 2, 3, 10))
        ours = gradebook.find_submission(ASSIGNMENT, "ada")
        for ((nb, other),) in [zip(ours.notebooks, theirs.notebooks, strict=True)]:
            assert {g.cell_id for g in nb.grades} == {g.cell_id for g in other.grades}
            assert {c.cell_id for c in nb.comments} == {c.cell_id for c in other.comments}
            assert (nb.notebook_id, nb.flagged) == (other.notebook_id, other.flagged)
        assert ours.timestamp == theirs.timestamp
        for table in ("grade", "comment", "submitted_notebook", "submitted_assignment"):
            rows = gradebook.db.execute(text(f"SELECT * FROM {table}")).mappings().all()
            blank = {name: {row[name] is None for row in rows} for name in rows[0]}
            differ = {name for name, seen in blank.items() if len(seen) > 1}
            assert differ <= {"auto_score"}, f"{table}: filled by one of the two only"


def test_a_submission_costs_few_statements_and_one_commit(course: Course) -> None:
    with Writer.open(course) as writer:
        writer.papers(ASSIGNMENT)
        with counted(writer) as said:
            write(writer, "ada", SCORES)
        mine = [line for line in said if "source_cell" not in line and "notebook.name" not in line]
        ours = [line for line in mine if line.startswith(("INSERT", "UPDATE", "COMMIT"))]
        assert [line.split()[:3] for line in ours] == [
            ["INSERT", "INTO", "student"],
            ["INSERT", "INTO", "submitted_assignment"],
            ["INSERT", "INTO", "submitted_notebook"],
            ["INSERT", "INTO", "grade"],
            ["INSERT", "INTO", "comment"],
            ["COMMIT"],
        ]
    with Writer.open(course) as writer:
        writer.papers(ASSIGNMENT)
        known = {NAME: Result(scores=SCORES)}
        with counted(writer) as said:
            assert writer.unchanged(ASSIGNMENT, "ada", known) is not None
        assert [line.split()[0] for line in said] == ["SELECT", "COMMIT"]


def test_grading_again_changes_what_changed_and_keeps_what_a_person_gave(course: Course) -> None:
    with Writer.open(course) as writer:
        write(writer, "ada", SCORES, unanswered=["total"])
        with Gradebook(course.db_url, "small") as gradebook:
            found = gradebook.find_grade("why", NAME, ASSIGNMENT, "ada")
            found.manual_score, found.needs_manual_grade = 1.5, False
            gradebook.find_comment("scale", NAME, ASSIGNMENT, "ada").manual_comment = "Well done."
            gradebook.db.commit()
        named = [Finding("total", "forgot", "The last number is left out.")]
        row = write(writer, "ada", {**SCORES, "total-values": 0.0}, named=named)
    assert (row.score, row.needs_manual) == (10 - 3 + 1.5, False)
    assert cell_scores(course, "ada")["total-values"] == (0.0, False)
    with Gradebook(course.db_url, "small") as gradebook:
        assert gradebook.find_submission(ASSIGNMENT, "ada").score == row.score
        said = {
            c.name: (c.auto_comment, c.manual_comment)
            for c in gradebook.find_submission_notebook(NAME, ASSIGNMENT, "ada").comments
        }
    assert said["total"] == ("The last number is left out.", None)
    assert said["scale"] == (None, "Well done.")


def test_what_goes_wrong_on_the_way_leaves_nothing_half_written(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Writer.open(course) as writer:
        engine = writer.database.engine

        def refuse(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            if "INTO comment" in statement:
                raise ZeroDivisionError

        event.listen(engine, "before_cursor_execute", refuse)
        with pytest.raises(ZeroDivisionError):
            write(writer, "ada", SCORES)
        event.remove(engine, "before_cursor_execute", refuse)
        with pytest.raises(MissingEntry):
            cell_scores(course, "ada")
        write(writer, "ada", SCORES)
    assert cell_scores(course, "ada")["total-values"] == (3.0, False)
