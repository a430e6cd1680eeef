"""What became of one submission: a row of the summary table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["graded", "unchanged", "fault"]


@dataclass(frozen=True)
class Outcome:
    """One student's submission of one assignment, after grading.

    Attributes:
        status: "graded" now, "unchanged" since it was graded, or "fault": it couldn't be graded.
        score: points so far, late penalty included; None for a fault.
        max_score: points that the assignment gives.
        needs_manual: some cells wait for a person.
        named: the known mistakes that were recognised, as "exercise: name".
        reason: for a fault, one sentence that says why.
        late_seconds: how late it was handed in.
    """

    student: str
    assignment: str
    status: Status
    score: float | None = None
    max_score: float = 0.0
    needs_manual: bool = False
    named: tuple[str, ...] = ()
    reason: str = ""
    late_seconds: float = 0.0
