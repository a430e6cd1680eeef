"""Honest submissions get the same scores, cell by cell, from `nbgrader autograde` and `autograder grade`."""

from __future__ import annotations

import re
import shutil
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

from autograder.course import Course, repository
from autograder.desk.demo import hand_in, make_course, release
from autograder.desk.grade import How, grade
from autograder.hooks import Sample
from backprop.mistakes import bank_of
from backprop.sample import sample_class

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # nbgrader and its libraries warn


# a missing test that stood behind a given cell: nbgrader knows no place to put it back to
NBGRADER_FAILS = {"07-autograd": {"katherine"}}

# views of one memory arrive at the examiner as arrays of their own, so a test that looks whether they overlap
# passes; that they are one is asked in the forward test, by changing one, which they fail with either grader
ONE_MEMORY = {"02-modules": ("duplicate", ("read-only-views", "views-of-one-copy"), "duplicate-backward")}


def bank_class(course: Course, assignment: str) -> list[Sample]:
    """Submissions that hold the whole bank: the k-th has each exercise's k-th variant, wrong and right."""
    bank = bank_of(assignment)
    perfect = sample_class(course, assignment)[0]
    assert bank is not None
    columns = [
        [
            (exercise.cell, variant.apply(perfect.cells[exercise.cell]))
            for variant in (*exercise.wrong, *exercise.right)
        ]
        for exercise in bank.exercises
    ]
    rows = zip_longest(*columns)
    return [
        Sample(f"bank{number}", "from the bank", {**perfect.cells, **dict(filter(None, row))})
        for number, row in enumerate(rows)
    ]


def one_memory(assignment: str) -> tuple[set[str], str]:
    """Return whose answers in `bank_class` return views of one memory, and the test that differs."""
    bank = bank_of(assignment)
    name, variants, cell = ONE_MEMORY.get(assignment, ("", (), ""))
    known = [
        each
        for exercise in (bank.exercises if bank else ())
        if exercise.cell == name
        for each in exercise.wrong
    ]
    return {f"bank{k}" for k, each in enumerate(known) if each.name in variants}, cell


def gradebook_of(course: Course, assignment: str) -> dict[str, Any]:
    """Student -> what the gradebook says of each cell and of the whole."""
    with Gradebook(course.db_url, str(course.config.CourseDirectory.course_id)) as gradebook:
        return {
            submission.student_id: {
                "score": submission.score,
                "timestamp": submission.timestamp,
                "cells": {
                    grade.name: (grade.auto_score, grade.manual_score, grade.needs_manual_grade)
                    for notebook in submission.notebooks
                    for grade in notebook.grades
                },
                "empty": sorted(
                    comment.name
                    for notebook in submission.notebooks
                    for comment in notebook.comments
                    if comment.auto_comment == "No response."
                ),
                "penalty": [notebook.late_submission_penalty for notebook in submission.notebooks],
            }
            for submission in gradebook.assignment_submissions(assignment)
        }


@pytest.mark.parametrize("assignment", repository().assignments())
def test_both_graders_agree_on_every_cell(assignment: str, tmp_path: Path) -> None:
    (tmp_path / "nbgrader").mkdir()
    theirs = make_course(tmp_path / "nbgrader")
    release(theirs, assignment)
    for sample in [*sample_class(theirs, assignment), *bank_class(theirs, assignment)]:
        if sample.gradable:
            hand_in(theirs, assignment, sample)
    theirs.secret("")  # makes the key that questions are drawn from, so that both graders ask the same
    shutil.copytree(theirs.root, tmp_path / "autograder")
    ours = Course(tmp_path / "autograder")
    settings = ours.root / "nbgrader_config.py"
    settings.write_text(f"{settings.read_text()}\nc.Autograder.no_mistake_twice = False\n")
    log = theirs.application().autograde(assignment, "*")["log"]
    assert {row.status for row in grade(ours, [assignment], how=How(jobs=1))} == {"graded"}
    expected, got = gradebook_of(theirs, assignment), gradebook_of(ours, assignment)
    failed = set(re.findall(rf"error processing assignment '{assignment}' for student '(\w+)'", log))
    assert failed == NBGRADER_FAILS.get(assignment, set()), log[-2000:]
    assert got.keys() == expected.keys()
    overlapping, cell = one_memory(assignment)
    for student in expected.keys() - failed:
        if student in overlapping:
            for marks in (got[student], expected[student]):
                marks["score"] -= marks["cells"].pop(cell)[0]
            assert got[student]["cells"]["duplicate-forward"][0] == 0
        assert got[student] == expected[student], student
