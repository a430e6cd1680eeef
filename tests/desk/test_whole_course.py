"""A run over a whole course: the first submission doesn't wait for what later assignments need."""

from __future__ import annotations

import shutil

import pytest
from small_course import ASSIGNMENT, RIGHT, answered, hand_in, make_small_course

from autograder.course import Course, CourseError
from autograder.desk import grade as grading
from autograder.desk.demo import release
from autograder.desk.grade import How, Run, grade

SECOND, UNRELEASED = "02-small", "00-small"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = make_small_course(tmp_path_factory.mktemp("whole"))
    hand_in(course, "ada", answered(course, RIGHT))
    hand_in(course, "bob", answered(course, RIGHT))
    for name in (SECOND, UNRELEASED):
        shutil.copytree(course.place("source", ASSIGNMENT), course.place("source", name))
        for student in ("ada", "bob"):
            shutil.copytree(
                course.place("submitted", ASSIGNMENT, student), course.place("submitted", name, student)
            )
    release(course, SECOND)
    return course


def test_an_assignment_is_prepared_when_its_turn_comes(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, str]] = []
    prepare, hand_out = grading.premises_of, Run.hand_out

    def prepared(course, assignment, **more):
        done.append(("prepared", assignment))
        return prepare(course, assignment, **more)

    def handed_out(run, job):
        if not job.rehearsal:
            done.append(("handed out", job.paper.assignment))
        return hand_out(run, job)

    monkeypatch.setattr(grading, "premises_of", prepared)
    monkeypatch.setattr(Run, "hand_out", handed_out)
    rows = grade(course, how=How(jobs=1))
    assert [row.assignment for row in rows if row.status == "graded"] == [ASSIGNMENT] * 2 + [SECOND] * 2
    (skipped,) = (row for row in rows if row.status == "fault")
    assert skipped.assignment == UNRELEASED
    assert "nbgrader generate_assignment" in skipped.reason
    assert done == [
        ("prepared", UNRELEASED),
        ("prepared", ASSIGNMENT),
        ("handed out", ASSIGNMENT),
        ("prepared", SECOND),
        ("handed out", ASSIGNMENT),
        ("handed out", SECOND),
        ("handed out", SECOND),
    ]


def test_where_nothing_can_be_graded_it_says_what_to_do(course: Course) -> None:
    with pytest.raises(CourseError, match=f"'{UNRELEASED}' isn't in the gradebook. Release it first"):
        grade(course, [UNRELEASED], how=How(jobs=1))
