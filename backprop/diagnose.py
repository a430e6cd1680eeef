"""Say what is wrong with an answer: a known mistake by what it computes, else what the tests found out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from autograder.course import Course
from autograder.hooks import Failure, Finding
from backprop.mistakes import bank_of
from backprop.reference import exported
from backprop.signing import sign
from workbook.checks.errors import CheckError, Found
from workbook.probe import run

OBJECT = re.compile(r"<(?:[\w.]+\.)?(\w+) object at 0x[0-9a-f]+>")  # as Python calls what has no repr
PLACE = re.compile(r"\bline \d+:$")
TOO_SLOW = "CellTimeoutError: "  # as nbgrader calls it, too
UNFINISHED = re.compile(r"Not attempted yet: fill in ([\w.]+)")


def diagnose(
    course: Course, assignment: str, objects: Mapping[str, Any], failed: Mapping[str, Failure]
) -> list[Finding]:
    """Compare what a student's objects compute with what each known mistake computes.

    Args:
        course: the course. The reference `mynn` of earlier assignments has to be importable.
        assignment: the assignment.
        objects: name -> the student's object, or a handle on it.
        failed: the test cells that failed, by grade_id; only their exercises are looked at.

    Returns:
        At most one finding for each exercise: that it isn't finished, else the known mistake, else what a
        test says.
    """
    bank = bank_of(assignment)
    there = exported(course, assignment)
    found: list[Finding] = []
    for exercise in bank.exercises if bank else ():
        cell = exercise.cell
        failures = [f for name, f in failed.items() if bank and bank.checked_by(name) is exercise]
        if not failures or cell not in there:
            continue
        if said := unfinished(failures):  # what a stub leaves undone looks like a mistake by chance
            found.append(Finding(cell, "unfinished", said, known=False))
            continue
        hangs = any(getattr(f.error, "name", "") == "CellTimeoutError" for f in failures)
        results = run(exercise.probe, objects) if not hangs else None
        signs = sign(course, assignment, exercise).signs if results is not None else None
        mistake = signs.recognise(results) if signs and results is not None else None
        if mistake is not None:
            found.append(Finding(cell, mistake.name, mistake.sentence))
        elif said := told(failures):
            found.append(Finding(cell, "said by a test", said, known=False))
    return found


def unfinished(failures: Sequence[Failure]) -> str:
    """Return a sentence about the stub that a test came upon; "" if it came upon none."""
    for failure in failures:
        if isinstance(failure.error, NotImplementedError):
            stub = UNFINISHED.search(" ".join(failure.lines))
            return (
                f"{stub[1] if stub else 'A part of it'} is still a stub: it was handed in as it was released."
            )
    return ""


def told(failures: Sequence[Failure]) -> str:
    """Return what tests say of a mistake that isn't known: the first that knows a cause, else the first."""
    said = [(_weight(f.error), -place, f) for place, f in enumerate(failures)]
    _, _, best = max(said, key=lambda each: each[:2])
    error = best.error
    if isinstance(error, CheckError):
        looks = f" What it looks like: {error.looks}" if error.looks else ""
        return " ".join(f"{error.headline}{looks}".split())
    if isinstance(error, AssertionError):
        return " ".join(str(error).split())
    return stopped(best.lines)


def _weight(error: Exception | None) -> int:
    if isinstance(error, CheckError):
        return {Found.NOTHING: 0, Found.SYMPTOM: 2}.get(error.found, 4)
    return 1 if isinstance(error, AssertionError) else 3


def stopped(lines: Sequence[str]) -> str:
    """Return as one text where a student's own line stopped, and what that means.

    Args:
        lines: places, each with its line of code below it, indented; then the error and what it means.
    """
    lines = [line for line in lines if not line.startswith("(in ")]
    last = max((n for n, line in enumerate(lines[:-1]) if PLACE.search(line)), default=None)
    if last is None:
        return _joined(lines)
    place, code = lines[last].rstrip(":"), lines[last + 1].strip().rstrip(":")
    said = lines[last + 2 :]
    if said and said[-1].startswith(TOO_SLOW):  # what that means stands above it
        return (
            f"It was stopped in {place}, `{code}`: {_joined([said[-1].removeprefix(TOO_SLOW), *said[:-1]])}"
        )
    return f"It stopped in {place}, `{code}`: {_joined(said)}"


def _joined(lines: Sequence[str]) -> str:
    """Return lines as one text, with a full stop where a sentence has ended without one."""
    text = ""
    for line in (OBJECT.sub(r"a \1", line) for line in lines):
        if text and not line.startswith(" ") and text[-1] not in ".?!:":
            text += "."
        text = f"{text} {line.strip()}".strip()
    return text
