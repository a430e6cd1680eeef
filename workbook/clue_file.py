"""What `clues.json`, beside a released notebook, says of its check cells and of given cells' own names."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = "clues.json"
CHECKING = ("check_", "assert")


def fingerprint(cell: str) -> str:
    """Return what a check cell is known by: its text without spaces and empty lines."""
    return hashlib.sha256("".join(cell.split()).encode()).hexdigest()[:16]


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
    if is_check(cell):
        known = fingerprint(cell)
        for folder in places(workspace):
            for about in read([folder]):
                if known in about["checks"]:
                    return _check(folder, about, known)
    return None


def own_names(cell: str, workspace: Path) -> frozenset[str]:
    """Return what a cell that was released to show something binds for itself alone; else nothing."""
    known = fingerprint(cell)
    found = (about.get("shown", {}).get(known) for about in read(places(workspace)))
    return frozenset(next((names for names in found if names is not None), ()))


def only_shown(shown: Mapping[str, list[str]]) -> str:
    """Return the text of a `clues.json` without checks and mistakes: what grading needs."""
    return json.dumps({"checks": {}, "exercises": {}, "shown": shown})


def checks_in(folder: Path) -> list[Check]:
    """Return the checks of the notebook in a folder, in order."""
    return [_check(folder, about, known) for about in read([folder]) for known in about["checks"]]


def _check(folder: Path, about: Mapping[str, Any], known: str) -> Check:
    found = about["checks"][known]
    exercise = about["exercises"][found["exercise"]]
    return Check(folder.name, **found, binds=tuple(exercise["binds"]), hint=exercise.get("hint", ""))


def is_check(cell: str) -> bool:
    """Say whether a cell checks something; an exercise's own cell does not."""
    return any(word in cell for word in CHECKING) and not cell.lstrip().startswith("#|")


def folders() -> list[Path]:
    """Return where the notebook may lie that this kernel runs."""
    session = os.environ.get("JPY_SESSION_NAME", "")
    found = [Path.cwd(), *([Path(session).parent] if session else [])]
    return list(dict.fromkeys(folder.resolve() for folder in found))


def places(workspace: Path) -> list[Path]:
    """Return where the notebook may lie whose cell has run: here, or beside other notebooks."""
    return [*folders(), *sorted(workspace.glob("*/"))]


def read(places: Iterable[Path]) -> Iterator[Mapping[str, Any]]:
    """Yield what the files say that lie in some folders."""
    for folder in places:
        try:
            about = json.loads((folder / FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(about, dict) and {"checks", "exercises"} <= about.keys():
            yield about
