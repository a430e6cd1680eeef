"""Name known mistakes: where an answer computes, on our random inputs, just what a known mistake computes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from autograder.course import Course
from autograder.hooks import Finding
from backprop.mistakes import bank_of
from backprop.signing import signed
from workbook.probe import run


def diagnose(
    course: Course, assignment: str, objects: Mapping[str, Any], failed: Collection[str]
) -> list[Finding]:
    """Compare what a student's objects compute with what each known mistake computes.

    Args:
        course: the course. The reference `mynn` of earlier assignments has to be importable.
        assignment: the assignment.
        objects: name -> the student's object, or a handle on it.
        failed: grade_ids of the test cells that failed; only their exercises are looked at.

    Returns:
        At most one finding for each exercise.
    """
    bank = bank_of(assignment)
    suspects = {bank.checked_by(grade_id) for grade_id in failed} if bank else set()
    findings = []
    for each in signed(course, assignment):
        if each.exercise in suspects:
            results = run(each.exercise.probe, objects)
            mistake = each.signs.recognise(results) if results is not None else None
            if mistake is not None:
                findings.append(Finding(each.exercise.cell, mistake.name, mistake.sentence))
    return findings


def compute_known(course: Course, assignment: str) -> None:
    """Find out ahead of time, and once, what the known mistakes of an assignment compute.

    The reference `mynn` of earlier assignments has to be importable.
    """
    signed(course, assignment)
