"""What a notebook's cells are to the grader: their names, their roles, and what of a test stays hidden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Role = Literal["test", "given", "exercise", "answer", "student"]


def about(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Return a cell's nbgrader metadata, empty if it has none."""
    found = cell["metadata"].get("nbgrader")
    return dict(found) if isinstance(found, Mapping) else {}


def grade_id(cell: Mapping[str, Any]) -> str:
    """Return the name that nbgrader knows a cell by, "" if it has none."""
    return str(about(cell).get("grade_id", ""))


def role(cell: Mapping[str, Any]) -> Role:
    """Return what a cell is.

    Returns:
        "test": locked code that is run for points; "given": what students get and can't change; "exercise":
        code that they write, whose tests are other cells; "answer": what they write and a person grades;
        "student": theirs to use as they like.
    """
    facts = about(cell)
    if facts.get("grade") or facts.get("task"):
        by_machine = cell["cell_type"] == "code" and not facts.get("solution") and not facts.get("task")
        return "test" if by_machine else "answer"
    if facts.get("solution"):
        return "exercise" if cell["cell_type"] == "code" else "answer"
    return "given" if facts.get("locked") else "student"


@dataclass(frozen=True)
class Hidden:
    """The lines of a test that students don't get: nbgrader's rule, and its default marks.

    A line that holds the first mark begins a hidden part, one that holds the second ends it; both are in it.

    Attributes:
        begin: nbgrader's `ClearHiddenTests.begin_test_delimeter`.
        end: nbgrader's `ClearHiddenTests.end_test_delimeter`.
    """

    begin: str = "BEGIN HIDDEN TESTS"
    end: str = "END HIDDEN TESTS"

    def lines(self, source: str) -> frozenset[int]:
        """Return the numbers of a cell's hidden lines, from 1."""
        return frozenset(number for number, _, hidden in self._each(source) if hidden)

    def part(self, source: str) -> str:
        """Return a cell's hidden lines."""
        return "\n".join(line for _, line, hidden in self._each(source) if hidden)

    def without(self, source: str) -> str:
        """Return a cell's other lines: what students get of a test."""
        return "\n".join(line for _, line, hidden in self._each(source) if not hidden)

    def _each(self, source: str) -> Iterator[tuple[int, str, bool]]:
        within = False
        for number, line in enumerate(source.split("\n"), 1):
            begins = self.begin in line
            ends = self.end in line and not begins
            yield number, line, within or begins or ends
            within = begins or (within and not ends)
