"""The wheel that students and other courses' instructors install: whole, and without an answer in it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from autograder.course import Course

SOURCES = ("*.py", "*.j2", "*.css", "*.js", "*.sh", "py.typed")


@pytest.fixture(scope="module")
def wheel(course: Course, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    (built,) = WheelBuilder(str(course.root)).build(
        directory=str(tmp_path_factory.mktemp("wheel")), versions=["standard"]
    )
    return zipfile.ZipFile(built)


def test_it_has_all_that_the_commands_and_the_notebooks_need(course: Course, wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    for package in ("workbook", "autograder"):
        for kind in SOURCES:
            for path in (course.root / package).rglob(kind):
                assert str(path.relative_to(course.root)) in names
    for path in (course.root / "data").iterdir():
        assert f"workbook/_data/{path.name}" in names
    (entry,) = (name for name in names if name.endswith("entry_points.txt"))
    assert "autograder = autograder.__main__:main" in wheel.read(entry).decode()


def test_it_has_no_answers_and_no_bank_of_mistakes(wheel: zipfile.ZipFile) -> None:
    tops = {Path(name).parts[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"workbook", "autograder"}
    assert not [name for name in wheel.namelist() if name.endswith(".ipynb")]
