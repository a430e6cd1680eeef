"""A gradebook or a folder that can't be written: one sentence, nothing lost, and a second run finishes."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from command import autograder, refuses
from small_course import RIGHT, answered, cell_scores, hand_in, make_small_course

from autograder.course import CONFIG, Course
from autograder.desk.grade import How, grade


@pytest.fixture
def course(tmp_path: Path) -> Course:
    course = make_small_course(tmp_path)
    hand_in(course, "ada", answered(course, RIGHT))
    return course


def configure(course: Course, line: str) -> None:
    with (course.root / CONFIG).open("a") as config:
        config.write(f"{line}\n")


def grades(course: Course) -> None:
    grade(course, how=How(jobs=1))
    assert sum(score or 0 for score, _ in cell_scores(course, "ada").values()) == 10


def test_a_gradebook_that_may_only_be_read(course: Course) -> None:
    address = f"sqlite:///file:{course.root}/gradebook.db?mode=ro&uri=true"
    configure(course, f"c.CourseDirectory.db_url = {address!r}")
    result = autograder("grade", "--course", course.root)
    refuses(result, "gradebook.db", "readonly", "you may write")


def test_a_gradebook_in_use(course: Course) -> None:
    with sqlite3.connect(course.root / "gradebook.db") as other:
        other.execute("BEGIN EXCLUSIVE")
        result = autograder("grade", "--course", course.root)
    other.close()
    refuses(result, "gradebook.db", "locked", "wait")
    grades(course)


@pytest.mark.parametrize("command", ["grade", "report"])
def test_a_gradebook_that_is_damaged(course: Course, command: str) -> None:
    (course.root / "gradebook.db").write_bytes(b"this was a database once. " * 100)
    refuses(autograder(command, "--course", course.root), "gradebook.db", "damaged", "backup")


def test_a_gradebook_in_a_folder_that_does_not_exist(course: Course) -> None:
    configure(course, f"c.CourseDirectory.db_url = 'sqlite:///{course.root}/nowhere/gradebook.db'")
    refuses(autograder("grade", "--course", course.root), "nowhere", "exist")


@pytest.mark.parametrize("folder", ["autograded", ".autograder"])
def test_a_file_in_the_way_of_a_folder(course: Course, folder: str) -> None:
    way = course.root / folder
    shutil.rmtree(way, ignore_errors=True)
    way.write_text("in the way")
    refuses(autograder("grade", "--course", course.root), f"Can't write {way}", "kept")
    assert way.read_text() == "in the way"
    way.unlink()
    grades(Course(course.root))
