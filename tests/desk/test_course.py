"""Folders, names and settings of a course are what nbgrader's own traits say."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course import CONFIG, Course, CourseError


def course_with(root: Path, *lines: str) -> Course:
    root.mkdir(parents=True, exist_ok=True)
    (root / CONFIG).write_text("\n".join(["c = get_config()", *lines]))
    return Course(root)


def fill(course: Course, assignment: str, *students: str) -> None:
    for place in (
        course.place("source", assignment),
        *(course.place("submitted", assignment, s) for s in students),
    ):
        place.mkdir(parents=True)
        (place / "one.ipynb").write_text("{}")


def test_nbgraders_defaults(tmp_path: Path) -> None:
    course = course_with(tmp_path)
    assert course.place("source", "ps1") == tmp_path / "source" / "ps1"
    assert course.place("autograded", "ps1", "ada") == tmp_path / "autograded" / "ada" / "ps1"
    assert course.db_url == f"sqlite:///{tmp_path / 'gradebook.db'}"
    assert course.named_hooks == ""


def test_a_course_without_any_configuration(tmp_path: Path) -> None:
    fill(Course(tmp_path), "ps1")
    assert Course.find(tmp_path).assignments() == ["ps1"]


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ('c.CourseDirectory.directory_structure = "{nbgrader_step}/{assignment_id}/{student_id}"',),
        ('c.CourseDirectory.submitted_directory = "in"', 'c.CourseDirectory.source_directory = "our own"'),
    ],
)
@pytest.mark.parametrize("name", ["plain", "odd [x] {1} (2)*"])
def test_submissions_are_found_wherever_they_lie(lines: tuple[str, ...], name: str, tmp_path: Path) -> None:
    course = course_with(tmp_path / name, *lines)
    fill(course, "ps1", "ada", "bert [2]")
    fill(course, "ps2", "ada")
    assert course.assignments() == ["ps1", "ps2"]
    assert list(course.submitted("ps1")) == ["ada", "bert [2]"]
    assert course.submitted("ps2") == {"ada": course.place("submitted", "ps2", "ada")}


def test_folders_may_lie_elsewhere(tmp_path: Path) -> None:
    course = course_with(
        tmp_path / "course", f"c.CourseDirectory.submitted_directory = {str(tmp_path / 'in')!r}"
    )
    fill(course, "ps1", "ada")
    assert course.submitted("ps1") == {"ada": tmp_path / "in" / "ada" / "ps1"}


def test_students_may_be_excluded(tmp_path: Path) -> None:
    course = course_with(tmp_path, 'c.CourseDirectory.student_id_exclude = "bert, carl"')
    fill(course, "ps1", "ada", "bert", "carl")
    assert list(course.submitted("ps1")) == ["ada"]


def test_jupyters_own_settings_count_and_the_courses_win(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course_with(
        tmp_path / "settings", 'c.CourseDirectory.course_id = "all"', 'c.CourseDirectory.db_url = "x:///y"'
    )
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path / "settings"))
    course = course_with(tmp_path / "course", 'c.CourseDirectory.course_id = "this"')
    assert (course.course_id, course.db_url) == ("this", "x:///y")


def test_what_nbgrader_refuses_is_said(tmp_path: Path) -> None:
    course = course_with(tmp_path, "c.CourseDirectory.source_directory = 5")
    with pytest.raises(CourseError, match="source_directory"):
        course.assignments()
