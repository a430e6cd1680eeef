"""The gradebook is the truth: what the grader remembers only saves work."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from small_course import ASSIGNMENT, RIGHT, answered, hand_in, make_small_course

from autograder.course import CONFIG, Course
from autograder.desk.grade import grade
from autograder.marking.outcome import Outcome

WRONG = {**RIGHT, "twice": "def twice(f, x):\n    return x"}


@pytest.fixture
def course(tmp_path: Path) -> Course:
    course = make_small_course(tmp_path)
    hand_in(course, "ada", answered(course, RIGHT))
    hand_in(course, "bert", answered(course, WRONG))
    grade(course)
    return course


def gradebook(course: Course) -> Gradebook:
    return Gradebook(course.db_url, str(course.config.CourseDirectory.course_id))


def rows(course: Course) -> dict[str, Outcome]:
    return {row.student: row for row in grade(course)}


def test_whoever_was_removed_is_graded_again_and_nobody_else(course: Course) -> None:
    before = rows(course)
    assert {row.status for row in before.values()} == {"unchanged"}
    with gradebook(course) as book:
        book.remove_student("bert")
    after = rows(course)
    assert (after["ada"].status, after["bert"].status) == ("unchanged", "graded")
    assert after["bert"].score == before["bert"].score


def test_a_gradebook_from_a_backup_gets_the_marks_of_today(course: Course) -> None:
    backup = course.root / "gradebook.backup"
    shutil.copy(course.root / "gradebook.db", backup)
    hand_in(course, "bert", answered(course, RIGHT))
    today = rows(course)["bert"]
    shutil.copy(backup, course.root / "gradebook.db")
    again = rows(course)["bert"]
    assert again.status == "graded"
    assert again.score == today.score > 0


def test_a_moved_due_date_counts_without_grading_again(course: Course) -> None:
    with (course.root / CONFIG).open("a") as file:
        file.write('\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
    course = Course(course.root)
    handed_in = datetime(2026, 2, 16, 18, 30)
    for due, score in ((handed_in + timedelta(hours=1), 10), (handed_in - timedelta(hours=1), 0)):
        with gradebook(course) as book:
            book.update_or_create_assignment(ASSIGNMENT, duedate=due)
            book.update_or_create_submission(ASSIGNMENT, "ada", timestamp=handed_in)
        row = rows(course)["ada"]
        assert (row.status, row.score) == ("unchanged", score)
