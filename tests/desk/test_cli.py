"""Bad input ends with one sentence: what, where and what to do, and the exit status of the contract."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command import Ended, autograder, refuses

from autograder.course import CONFIG, Course


@pytest.fixture
def empty_course(course: Course, tmp_path: Path) -> Path:
    """A course with one assignment and no submissions."""
    shutil.copy(course.root / CONFIG, tmp_path)
    shutil.copytree(course.folder("source") / "02-modules", tmp_path / "solutions" / "02-modules")
    return tmp_path


def test_a_folder_that_is_no_course(tmp_path: Path) -> None:
    refuses(autograder("grade", cwd=tmp_path), "nbgrader_config.py", "--course")
    refuses(autograder("grade", "--course", tmp_path / "nowhere"), "No folder", "--course")


def test_an_unknown_assignment_lists_those_there_are(empty_course: Path) -> None:
    refuses(autograder("grade", "02-module", "--course", empty_course), "'02-module'", "02-modules")
    refuses(autograder("report", "02-module", "--course", empty_course), "'02-module'", "02-modules")


def test_no_submissions(empty_course: Path) -> None:
    refuses(autograder("grade", "--course", empty_course), "No submissions", "submitted/STUDENT/ASSIGNMENT")
    refuses(autograder("grade", "--student", "zoe", "--course", empty_course), "'zoe'")


def test_nothing_graded_yet(empty_course: Path) -> None:
    refuses(autograder("report", "--course", empty_course), "autograder grade")


def test_a_config_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / CONFIG).write_text("c = get_config()\nthis is not python\n")
    refuses(autograder("grade", "--course", tmp_path), CONFIG, "Mend")


def test_a_source_notebook_that_is_corrupt(empty_course: Path) -> None:
    (empty_course / "solutions" / "02-modules" / "modules.ipynb").write_text('{"cells": [')
    submitted = empty_course / "submitted" / "ada" / "02-modules"
    submitted.mkdir(parents=True)
    (submitted / "modules.ipynb").write_text("{}")
    refuses(autograder("grade", "--course", empty_course), "modules.ipynb", "isn't JSON")


def test_a_demo_needs_a_new_folder(empty_course: Path) -> None:
    refuses(autograder("demo", "--keep", empty_course), "isn't empty", "--keep")
    (empty_course / "file").write_text("")
    refuses(autograder("demo", "--keep", empty_course / "file" / "below"), "Can't make", "--keep")


@pytest.mark.parametrize("arguments", [["grad"], ["grade", "--frobnicate"], ["demo", "--keep"]])
def test_wrong_usage(arguments: list[str]) -> None:
    result = autograder(*arguments)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("package", ["click", "rich", "nbgrader", "msgpack"])
def test_without_the_extra_one_sentence_says_what_to_install(package: str, empty_course: Path) -> None:
    (empty_course / "submitted" / "ada" / "02-modules").mkdir(parents=True)
    command = f"import sys; sys.modules[{package!r}] = None; from autograder.__main__ import main; main()"
    ended = subprocess.run(
        [sys.executable, "-c", command, "grade", "--course", str(empty_course)],
        capture_output=True,
        text=True,
        check=False,
    )
    refuses(Ended(ended.returncode, ended.stdout, ended.stderr), f"'{package}'", "backprop-workbook[grade]")
