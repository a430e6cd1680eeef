"""What lies in submitted/ can be anything: it costs its own student at most, and the summary says why."""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from small_course import ASSIGNMENT, NAME, RIGHT, answered, cell_scores, hand_in, make_small_course

from autograder.course import Course
from autograder.desk.grade import How, grade
from autograder.desk.show import summary
from autograder.engine.wire.limits import Limits
from autograder.marking.outcome import Outcome


def graded(course: Course) -> dict[str, Outcome]:
    return {row.student: row for row in grade(course, how=How(jobs=1))}


def folder_of(course: Course, student: str) -> Path:
    return course.folder("submitted") / student / ASSIGNMENT


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, dict[str, Outcome]]:
    """A class in which several have handed in odd things, between two that haven't."""
    course = make_small_course(tmp_path_factory.mktemp("odd"))
    right = answered(course, RIGHT)
    for student in ("anna", "deep", "zoe"):
        hand_in(course, student, right)
    hand_in(course, "date", right, {"timestamp.txt": "10h" + 40 * "1"})
    hand_in(
        course, "torn", answered(course, {**RIGHT, "total": "def total(n):\n    raise ValueError('\\ud800')"})
    )
    where = os.open(folder_of(course, "deep"), os.O_RDONLY)
    for _ in range(12):
        os.mkdir("d" * 200, dir_fd=where)
        where, above = os.open("d" * 200, os.O_RDONLY, dir_fd=where), where
        os.close(above)
    os.close(os.open("file.txt", os.O_CREAT | os.O_WRONLY, dir_fd=where))
    os.close(where)
    strange = folder_of(course, "name")
    strange.mkdir(parents=True)
    (Path(os.fsdecode(os.fsencode(strange) + b"/\xff\x1b[31m.txt"))).write_text("no notebook")
    big = hand_in(course, "zbig", right)
    for number in range(4):
        with (big / f"data{number}.bin").open("wb") as file:
            file.truncate(Limits().beside_size // 2)
    return course, graded(course)


def test_the_others_get_their_marks(odd: tuple[Course, dict[str, Outcome]]) -> None:
    _, rows = odd
    assert {rows[student].score for student in ("anna", "zoe", "deep", "zbig")} == {10.0}
    assert len(rows) == 7


def test_a_message_of_half_characters_is_shown_without_them(odd: tuple[Course, dict[str, Outcome]]) -> None:
    course, rows = odd
    assert rows["torn"].score == 5
    notebook = course.folder("autograded") / "torn" / ASSIGNMENT / f"{NAME}.ipynb"
    assert "ValueError: ?" in notebook.read_text(encoding="utf-8")


def test_a_date_that_is_none_is_a_fault(odd: tuple[Course, dict[str, Outcome]]) -> None:
    _, rows = odd
    assert "timestamp.txt is no date" in rows["date"].reason


def test_the_summary_can_be_printed_anywhere(odd: tuple[Course, dict[str, Outcome]]) -> None:
    _, rows = odd
    written = StringIO()
    Console(file=written, width=200).print(summary(list(rows.values())))
    assert "\x1b" not in rows["name"].reason
    written.getvalue().encode("utf-8")


def test_files_beside_the_notebook_are_limited_together(odd: tuple[Course, dict[str, Outcome]]) -> None:
    course, _ = odd
    kept = sorted((course.folder("autograded") / "zbig" / ASSIGNMENT).glob("*.bin"))
    assert [path.name for path in kept] == ["data0.bin", "data1.bin"]


def test_a_notebook_that_comes_back_is_graded_again(tmp_path: Path) -> None:
    course = make_small_course(tmp_path)
    folder = hand_in(course, "anna", answered(course, RIGHT))
    assert graded(course)["anna"].score == 10
    (folder / f"{NAME}.ipynb").rename(folder / "elsewhere.txt")
    assert graded(course)["anna"].status == "fault"
    assert {score for score, _ in cell_scores(course, "anna").values()} == {0}
    assert not (course.folder("autograded") / "anna" / ASSIGNMENT).exists()
    (folder / "elsewhere.txt").rename(folder / f"{NAME}.ipynb")
    assert graded(course)["anna"].score == 10


def test_marks_of_an_earlier_submission_are_kept_and_spoken_of(tmp_path: Path) -> None:
    course = make_small_course(tmp_path)
    hand_in(course, "anna", answered(course, RIGHT))
    assert graded(course)["anna"].score == 10
    hand_in(course, "anna", b"{}")
    row = graded(course)["anna"]
    assert row.status == "fault"
    assert "the marks of the submission before it are kept" in row.reason


def test_what_was_put_right_in_a_notebook_is_told(tmp_path: Path) -> None:
    course = make_small_course(tmp_path)
    notebook = answered(course, RIGHT)
    notebook.cells = [
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") != "total-values"
    ]
    hand_in(course, "anna", notebook)
    row = graded(course)["anna"]
    assert row.score == 10
    assert row.remarks == ("cell 'total-values' was missing; it is back",)
    written = StringIO()
    Console(file=written, width=200).print(summary([row]))
    assert "was missing; it is back" in written.getvalue()


def test_a_notebook_of_an_old_format_is_graded(tmp_path: Path) -> None:
    import nbformat

    course = make_small_course(tmp_path)
    old = nbformat.convert(answered(course, RIGHT), 3)
    hand_in(course, "anna", nbformat.writes(old, version=3).encode())
    row = graded(course)["anna"]
    assert (row.status, row.score) == ("graded", 10.0)
