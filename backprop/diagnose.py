"""Name known mistakes: where an answer computes, on our random inputs, just what a known mistake computes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

import numpy as np

from autograder.course import Course
from autograder.hooks import Finding
from backprop.mistakes import bank_of
from backprop.mistakes.bank import BankError, Exercise, agree
from backprop.reference import exported_cells, namespace, solution

SEEDS = (20200203, 19980101)  # one draw may coincide by chance, two don't


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
    findings = []
    for exercise in bank.exercises if bank else ():
        if any(grade_id == exercise.cell or grade_id.startswith(f"{exercise.cell}-") for grade_id in failed):
            seen = [_probe(exercise, objects, seed) for seed in SEEDS]
            known, reference = _computed(course, assignment, exercise.cell)
            if None in seen or agree(seen, reference):
                continue
            for variant in exercise.wrong:
                if agree(seen, known.get(variant.name)):
                    findings.append(Finding(exercise.cell, variant.name, variant.sentence))
                    break
    return findings


def compute_known(course: Course, assignment: str) -> None:
    """Find out ahead of time, and once, what the known mistakes of an assignment compute.

    The reference `mynn` of earlier assignments has to be importable.
    """
    bank = bank_of(assignment)
    for exercise in bank.exercises if bank else ():
        _computed(course, assignment, exercise.cell)


def _probe(exercise: Exercise, objects: Mapping[str, Any], seed: int) -> dict[str, Any] | None:
    """Run a probe; None where the implementation raises."""
    try:
        with np.errstate(all="ignore"):
            return exercise.probe(objects, np.random.default_rng(seed))
    except Exception:
        return None


@cache
def _computed(course: Course, assignment: str, cell: str) -> tuple[dict[str, Any], Any]:
    """What each known mistake of an exercise computes, and what the solution computes."""
    bank = bank_of(assignment)
    assert bank is not None
    exercise = next(exercise for exercise in bank.exercises if exercise.cell == cell)
    answer = exported_cells(solution(course, assignment)).get(cell)
    if answer is None:  # the instructor has taken this exercise out: the bank's test says so, grading goes on
        return {}, None
    known = {}
    for variant in exercise.wrong:
        try:
            names = namespace(course, assignment, {cell: variant.apply(answer)})
        except BankError:
            continue  # the instructor has changed this solution: the bank's test says so, grading goes on
        probed = [_probe(exercise, names, seed) for seed in SEEDS]
        if None not in probed:
            known[variant.name] = probed
    names = namespace(course, assignment)
    return known, [_probe(exercise, names, seed) for seed in SEEDS]
