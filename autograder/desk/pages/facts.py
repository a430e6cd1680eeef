"""What a feedback page is told of one notebook of one student's: plain data that can travel."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from autograder.marking.finding import Finding


@dataclass(frozen=True)
class Mark:
    """What one cell's answer is worth.

    Attributes:
        score: points, extra credit included; None while it waits for a person.
        most: points that there are.
        before: what a person gave before the submission was graded again: it counts, and is to be looked at.
    """

    score: float | None
    most: float
    before: float | None = None

    @property
    def open(self) -> bool:
        """Whether a person has to decide on it, or to look at it once more."""
        return self.score is None or self.before is not None


@dataclass(frozen=True)
class Facts:
    """What the gradebook and the ledger say of one notebook.

    Attributes:
        assignment: its name.
        notebook: the notebook's name, without .ipynb.
        student: the id.
        name: first and last name, "" if the gradebook has none.
        handed_in: when, as text; "" if that isn't known.
        due: until when it was to be handed in, as text; "" if there is no date.
        extended: a personal extension in days, 0 if there is none.
        late_seconds: how late that was.
        penalty: points that lateness costs.
        marks: of each graded cell, by grade_id.
        comments: what a person has written to an answer, by grade_id.
        notes: what the grader has written to an answer, by grade_id.
        named: the known mistakes that were recognised.
        follows: what follows from another exercise's mistake and counts all the same, by test and exercise.
        remarks: what was put right in the notebook before it was graded.
        reason: why it could be graded in part only, or "".
        row: nbgrader's own number of the submitted notebook, for links into formgrader.
    """

    assignment: str
    notebook: str
    student: str
    name: str = ""
    handed_in: str = ""
    due: str = ""
    extended: float = 0.0
    late_seconds: float = 0.0
    penalty: float = 0.0
    marks: Mapping[str, Mark] = field(default_factory=dict)
    comments: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    named: tuple[Finding, ...] = ()
    follows: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    reason: str = ""
    row: str = ""

    @property
    def score(self) -> float:
        """Points so far, the penalty taken off."""
        return sum(mark.score or 0.0 for mark in self.marks.values()) - self.penalty

    @property
    def most(self) -> float:
        """Points that there are."""
        return sum(mark.most for mark in self.marks.values())

    @property
    def waiting(self) -> float:
        """Points that a person has yet to decide on."""
        return sum(mark.most for mark in self.marks.values() if mark.score is None)

    def digest(self, *others: bytes) -> str:
        """Return a hash of all this and of whatever else a page is made from."""
        digest = hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode("utf-8", "surrogatepass"))
        for each in others:
            digest.update(each)
        return digest.hexdigest()
