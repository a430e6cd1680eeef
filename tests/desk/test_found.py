"""Work that exists is found, or spoken of: copies, answers twice, odd names, what was left out."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from replay import Replay
from small_course import NAME, RIGHT, answered, hand_in, make_small_course, released

from autograder.course import Course
from autograder.desk.grade import grade
from autograder.engine.wire.limits import Limits
from autograder.marking.outcome import Outcome

NFC, NFD = (unicodedata.normalize(form, "José") for form in ("NFC", "NFD"))


def doubled(course: Course, *texts: str) -> Any:
    """A submission in which the cell 'twice' stands several times."""
    notebook = answered(course, RIGHT)
    (place,) = [n for n, cell in enumerate(notebook.cells) if _name(cell) == "twice"]
    copies = [{**notebook.cells[place], "source": text, "id": f"copy-{n}"} for n, text in enumerate(texts)]
    notebook.cells[place : place + 1] = copies
    return notebook


def _name(cell: Any) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id"))


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = make_small_course(tmp_path_factory.mktemp("found"))
    right, stub = answered(course, RIGHT), released(course)
    unanswered = next(cell.source for cell in stub.cells if _name(cell) == "twice")
    copy = hand_in(course, "copy", stub)
    (copy / f"{NAME} (1).ipynb").write_text(json.dumps(right))
    (copy / f"._{NAME}.ipynb").write_bytes(b"\0\5\26\7")
    both = hand_in(course, "both", right)
    (both / "draft.ipynb").write_text(json.dumps(stub))
    nested = hand_in(course, "nested", right) / f"{NAME}.ipynb"
    (nested.parent / "again").mkdir()
    nested.rename(nested.parent / "again" / f"{NAME}.ipynb")
    hand_in(course, "stub-last", doubled(course, RIGHT["twice"], unanswered))
    hand_in(course, "two-answers", doubled(course, "def twice(f, x):\n    return x", RIGHT["twice"]))
    many = hand_in(course, "many", right, {f"f{n:03}.txt": "" for n in range(Limits().beside + 7)})
    (many / "link").symlink_to("/etc/hostname")
    hand_in(course, "ambiguous", right, {"timestamp.txt": "03/02/2026 10:00"})
    hand_in(course, NFD, right)
    hand_in(course, NFC, right)
    hand_in(course, "__MACOSX", b"\0\5\26\7")
    return course


@pytest.fixture(scope="module")
def replay() -> Iterator[Replay]:
    with Replay.open() as replay:
        yield replay


@pytest.fixture(scope="module")
def rows(course: Course, replay: Replay) -> dict[str, Outcome]:
    found = {row.student: row for row in grade(course, fleet=replay)}
    again = {row.student: row for row in grade(course, fleet=replay)}
    assert {who: row.remarks for who, row in again.items()} == {w: row.remarks for w, row in found.items()}
    return found


def test_a_finished_copy_beside_an_untouched_notebook(rows: dict[str, Outcome]) -> None:
    assert rows["copy"].score == 0
    (remark,) = rows["copy"].remarks
    assert f"{NAME}.ipynb is as released, and '{NAME} (1).ipynb' (3 answers) lies beside it" in remark
    assert "rename it" in remark


def test_another_notebook_is_spoken_of(rows: dict[str, Outcome]) -> None:
    assert rows["both"].score == 10
    assert rows["both"].remarks == ("'draft.ipynb' lies beside it, ungraded",)


def test_a_notebook_a_folder_too_deep_is_named(rows: dict[str, Outcome]) -> None:
    assert rows["nested"].status == "fault"
    assert f"only: 'again/{NAME}.ipynb' (3 answers)" in rows["nested"].reason


def test_of_two_cells_the_answered_one_counts(rows: dict[str, Outcome]) -> None:
    assert rows["stub-last"].score == 10
    assert rows["stub-last"].remarks == (
        "cell 'twice' exists more than once; the one that was answered counts",
    )
    assert rows["two-answers"].score == 10
    assert "with different answers; the last one counts" in rows["two-answers"].remarks[0]


def test_what_was_left_out_is_told(rows: dict[str, Outcome]) -> None:
    assert rows["many"].score == 10
    (remark,) = rows["many"].remarks
    assert remark.startswith("files were left out: f200.txt (more than 200 files)")
    assert remark.endswith(", and 3 more")


def test_a_date_that_could_be_two_is_said(rows: dict[str, Outcome]) -> None:
    assert rows["ambiguous"].status == "fault"
    assert "could be 2026-02-03 or 2026-03-02" in rows["ambiguous"].reason


def test_a_name_in_other_characters_makes_no_second_student(course: Course, rows: dict[str, Outcome]) -> None:
    one, other = sorted((rows[NFC], rows[NFD]), key=lambda row: row.status, reverse=True)
    assert one.score == 10
    assert "other characters that look the same" in other.reason
    with Gradebook(course.db_url, course.course_id) as book:
        assert other.student not in {student.id for student in book.students}


def test_what_macos_adds_to_archives_is_no_student(rows: dict[str, Outcome]) -> None:
    assert "__MACOSX" not in rows


def test_a_student_is_found_by_a_name_as_it_is_read(course: Course, replay: Replay) -> None:
    assert {row.student for row in grade(course, student=NFC, fleet=replay)} == {NFC, NFD}


def test_a_resubmission_without_a_notebook_says_what_it_costs(tmp_path: Path, replay: Replay) -> None:
    course = make_small_course(tmp_path)
    folder = hand_in(course, "ada", answered(course, RIGHT))
    grade(course, fleet=replay)
    (folder / f"{NAME}.ipynb").rename(folder / f"{NAME}.ipynb.txt")
    (row,) = grade(course, fleet=replay)
    assert f"only: '{NAME}.ipynb.txt' (3 answers)" in row.reason
    assert "the 10 points of the submission before it count no longer" in row.reason
