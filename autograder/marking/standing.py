"""How an assignment's tests stand after its own solution has sat the exam: what can be asked from where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Standing:
    """What the solution's exam says of the tests; empty, it says that all of them can be asked from outside.

    Attributes:
        inside: tests that the solution fails from outside and passes in its own process, with what they said.
        failing: tests that the solution fails either way, with the reason: nobody gets a zero for these.
        reports: tests whose last line has a value that is no number of points.
        troubles: what went wrong in read-only cells outside, one line each.
        seconds: how long all of it took; 0 where nobody has measured it.
    """

    inside: Mapping[str, str] = field(default_factory=dict)
    failing: Mapping[str, str] = field(default_factory=dict)
    reports: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()
    seconds: float = 0.0

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> Standing:
        """Return what `dataclasses.asdict` made of one."""
        return cls(
            dict(facts["inside"]),
            dict(facts["failing"]),
            tuple(facts["reports"]),
            tuple(facts["troubles"]),
            float(facts.get("seconds", 0.0)),
        )

    def out_of_reach(self, tests: int) -> str:
        """Say how many of a notebook's tests no submission can reach."""
        return f"out of reach of the student: {tests - len(self.inside)} of {tests} tests"
