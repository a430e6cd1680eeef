"""Where the gradebook is: folders of any name, any database, and messages without passwords."""

from __future__ import annotations

import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from small_course import make_small_course

from autograder.course import CONFIG, Course, CourseError
from autograder.desk.doctor import run_doctor
from autograder.desk.gradebook import Writer
from autograder.desk.report import write_report
from autograder.desk.trouble import in_words

NAMES = ["what?", "100%", "a%20b", "#1", "two words", "{x}", "ü & ;'q", "[a-b]*"]


@pytest.mark.parametrize("name", NAMES)
def test_a_course_may_lie_in_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    course = make_small_course(tmp_path / name)
    assert course.has_gradebook
    with Writer.open(course) as writer:
        assert writer.papers("01-small"), "the gradebook that the release was written into"
    assert sorted(path.name for path in tmp_path.iterdir()) == [name]


def at(tmp_path: Path, address: str) -> Course:
    (tmp_path / CONFIG).write_text(f"c = get_config()\nc.CourseDirectory.db_url = {address!r}\n")
    (tmp_path / "source" / "ps1").mkdir(parents=True, exist_ok=True)
    (tmp_path / "source" / "ps1" / "p.ipynb").write_text("{}")
    return Course(tmp_path)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://tutor:pass-word@127.0.0.1:9/course",
        "postgresql+psycopg://tutor:pass-word@127.0.0.1:9/course",
        "postgresql://tutor@127.0.0.1:9/course?password=pass-word",
        "nonsense://tutor:pass-word@127.0.0.1:9/course",
        "postgresql://tutor:pass-word@127.0.0.1:port/course",
    ],
)
def test_no_message_shows_a_password(tmp_path: Path, address: str) -> None:
    course = at(tmp_path, address)
    with pytest.raises(CourseError) as refused:
        write_report(course)
    said = StringIO()
    run_doctor(Console(file=said, width=300), tmp_path)
    for text in (str(refused.value), said.getvalue()):
        assert "pass-word" not in text
        assert "***" in text


def test_a_missing_package_of_the_database_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    course = at(tmp_path, "postgresql+psycopg://tutor:pass-word@127.0.0.1:9/course")
    with (
        pytest.raises(
            CourseError, match=r"needs the package psycopg: pip install 'backprop-workbook\[postgres\]'"
        ),
        in_words(course),
        Writer.open(course),
    ):
        pass
