"""Clues: where a check fails, say which known mistake computes just what the student's answer computes.

`clues.json` lies beside a notebook. For each exercise it holds a probe and the signatures of known mistakes,
for each check cell the exercise that it checks, for given cells the names that nothing else needs; no answer,
neither a right nor a wrong one.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbook import probe
from workbook.checks.errors import CheckError, Found
from workbook.reads import names_read
from workbook.recognise import Signs

FILE = "clues.json"
CHECKING = ("check_", "assert")


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


def fingerprint(cell: str) -> str:
    """Return what a check cell is known by: its text without spaces and empty lines."""
    return hashlib.sha256("".join(cell.split()).encode()).hexdigest()[:16]


def recognise(cell: str, error: BaseException, names: Mapping[str, Any], workspace: Path) -> Clue | None:
    """Return the known mistake behind a failed check; None where there is none, or nothing to go by.

    Args:
        cell: the text of the cell that failed.
        error: what it raised.
        names: the notebook's names.
        workspace: the folder of the notebooks' folders.
    """
    if isinstance(error, NotImplementedError | SyntaxError) or not _checks(cell):
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


@dataclass(frozen=True)
class Check:
    """A check as it was released.

    Attributes:
        assignment: the folder of its notebook.
        cell: its grade_id.
        exercise: grade_id of the exercise that it checks.
        binds: the names of the exercise.
        title: what it checks, for people.
        points: what it is worth.
        hint: HTML of the notebook's own hint for the exercise, "" if it has none.
    """

    assignment: str
    cell: str
    exercise: str
    binds: tuple[str, ...]
    title: str
    points: float
    hint: str

    @property
    def key(self) -> str:
        """Its name in the whole course."""
        return f"{self.assignment}/{self.cell}"

    @property
    def heading(self) -> str:
        """What it checks and what that is worth."""
        return f"{self.title} · {self.points:g} point{'' if self.points == 1 else 's'}"


def check_of(cell: str, workspace: Path) -> Check | None:
    """Return which check a cell is, as it was released; None for any other cell."""
    if _checks(cell):
        known = fingerprint(cell)
        for folder in _places(workspace):
            for about in _read([folder]):
                if known in about["checks"]:
                    return _check(folder, about, known)
    return None


def own_names(cell: str, workspace: Path) -> frozenset[str]:
    """Return what a cell that was released to show something binds for itself alone; else nothing."""
    known = fingerprint(cell)
    found = (about.get("shown", {}).get(known) for about in _read(_places(workspace)))
    return frozenset(next((names for names in found if names is not None), ()))


def only_shown(shown: Mapping[str, list[str]]) -> str:
    """Return the text of a `clues.json` without checks and mistakes: what grading needs."""
    return json.dumps({"checks": {}, "exercises": {}, "shown": shown})


def checks_in(folder: Path) -> list[Check]:
    """Return the checks of the notebook in a folder, in order."""
    return [_check(folder, about, known) for about in _read([folder]) for known in about["checks"]]


def _check(folder: Path, about: Mapping[str, Any], known: str) -> Check:
    found = about["checks"][known]
    exercise = about["exercises"][found["exercise"]]
    return Check(folder.name, **found, binds=tuple(exercise["binds"]), hint=exercise.get("hint", ""))


def _checks(cell: str) -> bool:
    return any(word in cell for word in CHECKING) and not cell.lstrip().startswith("#|")


def _candidates(cell: str, workspace: Path) -> Iterator[tuple[Mapping[str, Any], list[str]]]:
    """Yield (a notebook's exercises, those that the cell checks), for the first notebook that fits."""
    known = fingerprint(cell)
    own = list(_read(folders()))
    for about in [*own, *_read(sorted(workspace.glob("*/")))]:
        if known in about["checks"]:
            yield about["exercises"], [about["checks"][known]["exercise"]]
            return
    for about in own:  # a check that the student has written, or changed
        used = names_in(cell)
        fit = [key for key, exercise in about["exercises"].items() if used & set(exercise["binds"])]
        if fit:
            yield about["exercises"], fit[::-1]
            return


def folders() -> list[Path]:
    """Return where the notebook may lie that this kernel runs."""
    session = os.environ.get("JPY_SESSION_NAME", "")
    found = [Path.cwd(), *([Path(session).parent] if session else [])]
    return list(dict.fromkeys(folder.resolve() for folder in found))


def _places(workspace: Path) -> list[Path]:
    """Return where the notebook may lie whose cell has run: here, or beside other notebooks."""
    return [*folders(), *sorted(workspace.glob("*/"))]


def _read(places: Iterable[Path]) -> Iterator[Mapping[str, Any]]:
    for folder in places:
        try:
            about = json.loads((folder / FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(about, dict) and {"checks", "exercises"} <= about.keys():
            yield about


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
