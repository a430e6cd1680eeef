"""Clues: where a check fails, say which known mistake computes just what the student's answer computes.

For each exercise `clues.json` holds a probe and the signatures of known mistakes, and no answer, neither a
right nor a wrong one.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbook import probe
from workbook.checks.errors import CheckError, Found
from workbook.clue_file import fingerprint, folders, is_check, read
from workbook.reads import names_read
from workbook.recognise import Signs


@dataclass(frozen=True)
class Clue:
    """A known mistake that was recognised.

    Attributes:
        exercise: grade_id of the exercise's cell.
        name: the mistake's short name.
        sentence: what the student should read.
    """

    exercise: str
    name: str
    sentence: str


def recognise(cell: str, error: BaseException, names: Mapping[str, Any], workspace: Path) -> Clue | None:
    """Return the known mistake behind a failed check; None where there is none, or nothing to go by.

    Args:
        cell: the text of the cell that failed.
        error: what it raised.
        names: the notebook's names.
        workspace: the folder of the notebooks' folders.
    """
    if isinstance(error, NotImplementedError | SyntaxError) or not is_check(cell):
        return None
    seen = isinstance(error, CheckError) and error.found is Found.BREACH  # no guess is as certain as that
    end = time.monotonic() + probe.LIMIT
    for exercises, own in _candidates(cell, workspace):
        asked: set[str] = set()
        waiting = list(own)
        while waiting and time.monotonic() < end:
            exercise = waiting.pop(0)
            asked.add(exercise)
            found = _ask(exercise, exercises[exercise], names, exactly=seen)
            if found is not None:
                return found if exercise in own else _elsewhere(found, exercises[exercise])
            waiting += [e for e in _used(exercises, exercise, names) if e not in asked and e not in waiting]
    return None


def _candidates(cell: str, workspace: Path) -> Iterator[tuple[Mapping[str, Any], list[str]]]:
    """Yield (a notebook's exercises, those that the cell checks), for the first notebook that fits."""
    known = fingerprint(cell)
    own = list(read(folders()))
    for about in [*own, *read(sorted(workspace.glob("*/")))]:
        if known in about["checks"]:
            yield about["exercises"], [about["checks"][known]["exercise"]]
            return
    for about in own:  # a check that the student has written, or changed
        used = names_in(cell)
        fit = [key for key, exercise in about["exercises"].items() if used & set(exercise["binds"])]
        if fit:
            yield about["exercises"], fit[::-1]
            return


def names_in(cell: str) -> set[str]:
    """Return the names that a cell mentions; none if it isn't plain Python."""
    try:
        return {node.id for node in ast.walk(ast.parse(cell)) if isinstance(node, ast.Name)}
    except SyntaxError:
        return set()


def _ask(key: str, exercise: Mapping[str, Any], names: Mapping[str, Any], exactly: bool) -> Clue | None:
    """Put a student's objects to an exercise's probe, and compare."""
    if not all(name in names for name in exercise["binds"]):
        return None
    made: dict[str, Any] = {"__name__": "probe"}
    exec(compile(exercise["probe"], f"<probe of {key}>", "exec"), made)
    results = probe.run_quietly(made["probe"], names)
    if results is None:
        return None
    mistake = Signs.from_plain(exercise).recognise(results, exactly)
    return Clue(key, mistake.name, mistake.sentence) if mistake else None


def _used(exercises: Mapping[str, Any], key: str, names: Mapping[str, Any]) -> list[str]:
    """Return the exercises of this notebook that the student's answer to one of them makes use of."""
    read = {n for bound in exercises[key]["binds"] for n in names_read(names.get(bound))}
    return [other for other in exercises if other != key and read & set(exercises[other]["binds"])]


def _elsewhere(clue: Clue, exercise: Mapping[str, Any]) -> Clue:
    where = " and ".join(exercise["binds"])
    return Clue(clue.exercise, clue.name, f"The mistake is in {where}, which this uses. {clue.sentence}")
