"""What `autograder grade` writes: the scores, rows and files that an instructor expects."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_course import (
    ASSIGNMENT,
    NAME,
    RIGHT,
    answered,
    cell_scores,
    hand_in,
    make_small_course,
    released,
)

from autograder.course import Course
from autograder.desk.grade import How, grade
from autograder.marking.outcome import Outcome

HALF = {**RIGHT, "total": "def total(numbers):\n    return sum(numbers[:2])"}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, dict[str, Outcome]]:
    course = make_small_course(tmp_path_factory.mktemp("small"))
    hand_in(course, "ada", answered(course, {**RIGHT, "why": "Because of the chain rule."}))
    hand_in(course, "bert", answered(course, HALF))
    hand_in(course, "carl", released(course))
    hand_in(course, "dora", b"not a notebook")
    hand_in(course, "emil", answered(course, RIGHT), {"notes/mine.txt": "hello"})
    hand_in(
        course, "gina", answered(course, {**RIGHT, "total": "def total(numbers):\n    return sum(numbers"})
    )
    (course.folder("submitted") / "fred" / ASSIGNMENT).mkdir(parents=True)
    rows = grade(course, how=How(jobs=2))
    return course, {row.student: row for row in rows}


def test_a_right_answer_gets_every_automatic_point(graded: tuple[Course, dict[str, Outcome]]) -> None:
    course, rows = graded
    assert rows["ada"].status == "graded"
    assert rows["ada"].score == 10
    assert rows["ada"].needs_manual
    assert cell_scores(course, "ada")["why"] == (None, True)


def test_partial_credit_counts(graded: tuple[Course, dict[str, Outcome]]) -> None:
    course, _ = graded
    assert cell_scores(course, "bert") == {
        "scale-forward": (1.0, False),
        "scale-backward": (2.0, False),
        "total-values": (0.0, False),
        "total-partial": (1.0, False),
        "twice-values": (2.0, False),
        "why": (0.0, False),
    }


def test_an_untouched_notebook_gets_nothing_and_waits_for_nobody(
    graded: tuple[Course, dict[str, Outcome]],
) -> None:
    course, rows = graded
    assert rows["carl"].score == 0
    assert set(cell_scores(course, "carl").values()) == {(0.0, False)}


def test_what_can_not_be_graded_says_why_and_costs_nobody_else(
    graded: tuple[Course, dict[str, Outcome]],
) -> None:
    _, rows = graded
    assert (rows["dora"].status, rows["fred"].status) == ("fault", "fault")
    assert "not a notebook" in rows["dora"].reason
    assert f"no {NAME}.ipynb" in rows["fred"].reason
    assert len(rows) == 7


def test_a_row_that_lacks_points_says_why(graded: tuple[Course, dict[str, Outcome]]) -> None:
    _, rows = graded
    assert rows["carl"].lost == ("nothing was filled in",)
    assert rows["gina"].lost == ("total: SyntaxError in line 2: incomplete input",)
    assert rows["bert"].lost == ("fails total-values (and 1 more): AssertionError: 1 + 2 + 3 is 6",)
    assert rows["ada"].lost == ()


def test_the_autograded_folder_is_complete(graded: tuple[Course, dict[str, Outcome]]) -> None:
    course, _ = graded
    folder = course.folder("autograded") / "emil" / ASSIGNMENT
    assert (folder / "notes" / "mine.txt").read_text() == "hello"
    notebook = json.loads((folder / f"{NAME}.ipynb").read_text())
    cells = {c["metadata"].get("nbgrader", {}).get("grade_id"): c for c in notebook["cells"]}
    assert cells["scale"]["outputs"][0]["text"] == "exported to mynn.small: Scale\n"
    assert "HIDDEN TESTS" in cells["total-values"]["source"]
    assert cells["total-partial"]["outputs"][0]["data"]["text/plain"] == "2.0"
    counts = [c["execution_count"] for c in notebook["cells"] if c["cell_type"] == "code"]
    assert counts == list(range(1, len(counts) + 1))


def test_errors_show_the_students_lines_and_no_hidden_test(
    graded: tuple[Course, dict[str, Outcome]],
) -> None:
    course, _ = graded
    text = (course.folder("autograded") / "bert" / ASSIGNMENT / f"{NAME}.ipynb").read_text()
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        assert "secret" not in json.dumps(cell.get("outputs", []))
        assert "examiner_rng(" not in json.dumps(cell.get("outputs", []))
    carl = json.loads((course.folder("autograded") / "carl" / ASSIGNMENT / f"{NAME}.ipynb").read_text())
    outputs = {c["metadata"].get("nbgrader", {}).get("grade_id"): c.get("outputs") for c in carl["cells"]}
    assert "Not attempted yet" in outputs["total-values"][0]["traceback"][0]


def test_a_second_run_grades_only_what_changed(
    tmp_path: Path,
) -> None:
    course = make_small_course(tmp_path)
    hand_in(course, "ada", answered(course, RIGHT))
    hand_in(course, "bert", answered(course, HALF))
    assert {row.status for row in grade(course, how=How(jobs=1))} == {"graded"}
    hand_in(course, "bert", answered(course, RIGHT))
    rows = {row.student: row for row in grade(course, how=How(jobs=1))}
    assert (rows["ada"].status, rows["bert"].status) == ("unchanged", "graded")
    assert rows["bert"].score == rows["ada"].score == 10


def test_a_manual_score_outlives_grading_again(tmp_path: Path) -> None:
    from nbgrader.api import Gradebook

    course = make_small_course(tmp_path)
    hand_in(course, "ada", answered(course, {**RIGHT, "why": "Because."}))
    grade(course, how=How(jobs=1))
    with Gradebook(course.db_url, "small") as gradebook:
        found = gradebook.find_grade("why", NAME, ASSIGNMENT, "ada")
        found.manual_score, found.needs_manual_grade = 1.5, False
        found = gradebook.find_grade("twice-values", NAME, ASSIGNMENT, "ada")
        found.manual_score = 0.5
        gradebook.db.commit()
    row = grade(course, how=How(jobs=1))[0]
    assert (row.status, row.needs_manual, row.waiting) == ("unchanged", False, 0)
    row = grade(course, how=How(jobs=1, force=True))[0]
    assert row.score == 8 + 1.5 + 0.5
    assert not row.needs_manual
    assert row.remarks == tuple(
        f"look again at the points given by hand: {n}" for n in ("twice-values", "why")
    )
    assert cell_scores(course, "ada")["twice-values"] == (2.0, True)
