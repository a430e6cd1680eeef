"""Failed tests, asked once more where another exercise's mistake may be the cause: with the reference there.

The reference's text goes into a fresh process of the student's, and of what that process puts out nothing is
shown to anyone: all that comes back is whether tests pass.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.engine.examiner.exam import Exam
from autograder.engine.examiner.handles import StudentError
from autograder.engine.examiner.job import Job
from autograder.engine.examiner.marks import unanswered
from autograder.engine.examiner.patience import Patience
from autograder.engine.examiner.room import Verdict
from autograder.engine.wall.sandbox import Sandbox
from autograder.marking.cells import grade_id, role
from autograder.marking.follows import Follows


@dataclass(frozen=True)
class Forgiven:
    """What failed for another exercise's mistake alone.

    Attributes:
        verdicts: of the tests that pass, or get more points, with a right answer in the other's place.
        sentences: why, by test; and by exercise, where nothing of it fails for another reason.
    """

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    sentences: dict[str, str] = field(default_factory=dict)


def forgive(
    job: Job,
    sandbox: Sandbox,
    patience: Patience,
    notebook: Mapping[str, Any],
    first: Mapping[str, Verdict],
) -> Forgiven:
    """Ask failed tests again, with right answers in the place of other failed exercises.

    Args:
        job: the submission.
        sandbox: where its code runs; no other process of this submission's may be there.
        patience: the submission's; no exam begins or goes on after its end.
        notebook: as it was handed in, restored, and not run.
        first: what was seen of the tests.
    """
    points = {cell.grade_id: cell.points for cell in job.paper.cells if cell.tests}
    failed = [name for name, verdict in first.items() if verdict.score(points[name]) < points[name]]
    if not failed:
        return Forgiven()
    follows = Follows(notebook["cells"], job.paper.answers)
    open_ = unanswered(notebook, job.paper)
    suspects = follows.suspects(failed)
    groups: dict[tuple[tuple[str, ...], bool], list[str]] = {}
    for test, others in suspects.items():
        if follows.tested_by(test) not in open_:
            groups.setdefault((others, test in job.standing.inside), []).append(test)
    better: dict[str, Verdict] = {}
    for (others, inside), tests in groups.items():
        asked = {*first} if inside else {*tests, *follows.before(tests)}  # there all share one namespace
        again = _ask(job, sandbox, patience, _with(notebook, job.paper.answers, others, asked), inside)
        for test in tests:
            if test in again and again[test].score(points[test]) > first[test].score(points[test]):
                better[test] = again[test]
    causes = follows.causes({test: suspects[test] for test in better}, failed)
    sentences = {
        test: follows.sentence(found, better[test].score(points[test]) == points[test])
        for test, found in causes.items()
    }
    for exercise in {follows.tested_by(test) for test in better}:
        own = [test for test in failed if follows.tested_by(test) == exercise]
        if all(test in better for test in own):
            sentences[exercise] = sentences[own[0]]
    return Forgiven(better, sentences)


def _with(
    notebook: Mapping[str, Any], answers: Mapping[str, str], others: Sequence[str], tests: Collection[str]
) -> dict[str, Any]:
    """Return the notebook down to the last of some tests, no others, the reference put in."""
    last = max(k for k, cell in enumerate(notebook["cells"]) if grade_id(cell) in tests)
    kept = (c for c in notebook["cells"][: last + 1] if role(c) != "test" or grade_id(c) in tests)
    cells = copy.deepcopy([*kept])
    for cell in cells:
        if grade_id(cell) in others:
            cell["source"] = answers[grade_id(cell)]
    return {**notebook, "cells": cells}


def _ask(
    job: Job, sandbox: Sandbox, patience: Patience, notebook: dict[str, Any], inside: bool
) -> dict[str, Verdict]:
    """Run a notebook in a fresh process; what can't be asked in time is left out."""
    if time.monotonic() >= patience.until:
        return {}
    exam = Exam(job, sandbox, patience, inside=inside)
    try:
        exam.furnish()
        return exam.run(notebook)
    except StudentError:
        return {}
    finally:
        exam.close()
