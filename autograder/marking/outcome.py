"""What became of one submission: a row of the summary table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from autograder.marking.finding import Finding

LONGEST = 300  # characters of a reason


def printable(text: str, longest: int = LONGEST) -> str:
    """Return text that any terminal and file can show: a submission may have written parts of it."""
    shown = "".join(c if c.isprintable() else "?" for c in text.encode("utf-8", "replace").decode("utf-8"))
    return shown if len(shown) <= longest else shown[:longest] + " ..."


Status = Literal["graded", "unchanged", "fault", "note", "held"]


@dataclass(frozen=True)
class Outcome:
    """One student's submission of one assignment, after grading; or the assignment itself, if student is "".

    Attributes:
        status: "graded" now, "unchanged" since it was graded, or "fault": it couldn't be graded; "held" until
            the student has an attempt left; "note" of an assignment that there is something to say of.
        score: points so far, late penalty included; None for a fault.
        max_score: points that the assignment gives.
        needs_manual: some cells wait for a person.
        waiting: the points of `max_score` that these cells may still give.
        named: the known mistakes that were recognised.
        lost: where points were lost otherwise, one line each.
        reason: for a fault or a note, one sentence that says what and why.
        remarks: what was put right in the notebook before it was graded.
        late_seconds: how late it was handed in.
        reach: how many tests are out of its reach, and how many there are.
    """

    student: str
    assignment: str
    status: Status
    score: float | None = None
    max_score: float = 0.0
    needs_manual: bool = False
    waiting: float = 0.0
    named: tuple[Finding, ...] = ()
    lost: tuple[str, ...] = ()
    reason: str = ""
    remarks: tuple[str, ...] = ()
    late_seconds: float = 0.0
    reach: tuple[int, int] = (0, 0)
