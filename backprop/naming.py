"""Hand the student's objects to `diagnose`: by name, each behind a handle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from autograder.course import Course
from autograder.engine.examiner.room import Room
from autograder.marking.paper import Paper
from backprop import diagnose
from backprop.mistakes import bank_of
from backprop.trial import reference_on_path

Namer = Callable[[Paper, Room, list[str]], list[tuple[str, str, str]]]


class Objects(Mapping[str, Any]):
    """The student's global names; looking one up asks the student's process."""

    def __init__(self, room: Room) -> None:
        self.room = room

    def __getitem__(self, name: str) -> Any:
        try:
            return self.room.names.look_up(name)
        except NameError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def prepare(paper: Paper) -> Namer | None:
    """Return what names known mistakes in an assignment; None where no bank is at hand."""
    if bank_of(paper.assignment) is None:
        return None
    course = Course.of_solutions(Path(paper.solutions))
    with reference_on_path(course, before=paper.assignment):
        diagnose.prepare(course, paper.assignment)

    def name(paper: Paper, room: Room, failed: list[str]) -> list[tuple[str, str, str]]:
        found = diagnose.diagnose(course, paper.assignment, Objects(room), failed)
        return [(finding.exercise, finding.name, finding.sentence) for finding in found]

    return name
