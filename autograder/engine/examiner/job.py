"""One submission as it goes to a grading process, and what comes back."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from autograder.marking.finding import Finding
from autograder.marking.paper import Paper
from autograder.marking.standing import Standing
from autograder.marking.surroundings import File

SLOWER = 4  # times as slow as the solution: what a submission may be
LEAST = 30.0  # seconds: a machine that is busy for a moment costs nobody marks


@dataclass(frozen=True)
class Job:
    """One submission to grade: all that is needed, as bytes.

    Attributes:
        paper: the assignment.
        student: whose submission it is.
        secret: what hidden tests draw this student's questions from.
        notebook: the submitted notebook.
        files: what was handed in beside it.
        figures: pictures that need not be drawn again, by the hashes of their figures.
        standing: what the solution's own exam said of the tests.
        rehearsal: this is the instructor's own solution: its pictures are wanted, and how its tests end.
    """

    paper: Paper
    student: str
    notebook: bytes
    secret: str = ""
    files: tuple[File, ...] = ()
    figures: dict[str, str] = field(default_factory=dict)
    standing: Standing = field(default_factory=Standing)
    rehearsal: bool = False

    @property
    def budget(self) -> float:
        """Seconds that all of it may take.

        A submission has a few times what the solution took, and one slow cell more. The solution has what its
        cells may take one by one.
        """
        paper, known = self.paper, self.standing.seconds
        if self.rehearsal:
            return max(paper.budget, paper.patience * len(paper.cells))
        if not known:
            return paper.budget
        return max(paper.patience + SLOWER * known, min(paper.budget, LEAST))


@dataclass(frozen=True)
class Result:
    """What is written down about a submission.

    Attributes:
        notebook: the autograded notebook's JSON, or "" if there is none.
        scores: grade_id -> points, or None where a person has to grade.
        unanswered: grade_ids of the solution cells that were left as released.
        named: the known mistakes that were recognised.
        follows: what follows from another exercise's mistake, by test and by exercise, each with a sentence.
        unnamed: why known mistakes could not be looked for, with its traceback; "" if they could.
        remarks: what was put right in the notebook.
        reason: why it could not be graded, or only in part; "" if all went well.
        trace: for the log, the traceback of a failure of the examiner's.
        figures: the pictures of a rehearsal.
        standing: what a rehearsal says of the tests.
        tests: how many tests there are.
        inside: of these, the ones that were asked in the student's process.
        lost: for the summary, where points were lost that no known mistake explains.
        seconds: how long it took.
        peak: the most memory that the student's processes used, in bytes.
    """

    notebook: str = ""
    scores: dict[str, float | None] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)
    named: list[Finding] = field(default_factory=list)
    follows: dict[str, str] = field(default_factory=dict)
    unnamed: str = ""
    remarks: list[str] = field(default_factory=list)
    reason: str = ""
    trace: str = ""
    figures: dict[str, str] = field(default_factory=dict)
    standing: Standing = field(default_factory=Standing)
    tests: int = 0
    inside: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    seconds: float = 0.0
    peak: int = 0

    def to_json(self) -> bytes:
        """Return this as bytes for a pipe."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Result:
        """Return what `to_json` wrote."""
        fields = json.loads(data)
        fields["named"] = [Finding(**each) for each in fields["named"]]
        fields["standing"] = Standing.from_json(fields["standing"])
        return cls(**fields)
