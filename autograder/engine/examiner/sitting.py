"""A submission sits its exam: read it, run it, examine it, and write down what was seen."""

from __future__ import annotations

import copy
import json
import os
import time
import traceback
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from autograder.engine.examiner.again import Forgiven, forgive
from autograder.engine.examiner.exam import Exam
from autograder.engine.examiner.handles import Gone, StudentError
from autograder.engine.examiner.job import Job, Result
from autograder.engine.examiner.kernels import NoKernel
from autograder.engine.examiner.marks import (
    say_above,
    scores_of,
    shorten,
    standing_of,
    stopped,
    take_over,
    unanswered,
)
from autograder.engine.examiner.patience import Patience
from autograder.engine.examiner.room import Verdict
from autograder.engine.wall.sandbox import Sandbox
from autograder.hooks import Namer
from autograder.marking.sanitise import Unreadable, read, restore
from autograder.marking.standing import Standing
from autograder.marking.surroundings import filled_in


def sit(job: Job, sandbox: Sandbox, namer: Namer | None = None) -> Result:
    """Grade one submission.

    Raises:
        SandboxError: if the sandbox can't take it; the submission is not to blame.
        SandboxLost: if it took it, and failed.
    """
    start = time.monotonic()
    patience = Patience(job.paper.patience, start + job.budget)
    try:
        notebook = read(job.notebook, sandbox.premises.limits)
        remarks = restore(notebook, job.paper)
    except Unreadable as error:
        return Result(reason=str(error))
    secrets = filled_in(job.paper.surroundings.secrets, student=job.student, secret=job.secret)
    os.environ.update(secrets)
    twin = copy.deepcopy(notebook)
    try:
        exam = Exam(job, sandbox, patience)
    except NoKernel as error:
        return Result(reason=str(error))
    try:
        exam.furnish()
        verdicts = exam.run(notebook)
        named, unnamed = [], ""
        try:
            named = exam.name_mistakes(verdicts, namer)
        except Exception:
            unnamed = traceback.format_exc()
    except Gone as error:
        return Result(reason=str(error))
    except StudentError as error:
        return Result(reason=f"the notebook's kernel can't be started in the sandbox: {error}")
    finally:
        end = exam.close()
    standing, reason = job.standing, exam.reason
    failing = [name for name, verdict in verdicts.items() if verdict.failed or verdict.complained]
    wanted = failing if job.rehearsal else [name for name in verdicts if name in standing.inside]
    if exam.kernel is not None:
        standing = Standing(
            dict.fromkeys(verdicts, "it isn't in Python"),
            {name: verdicts[name].said() for name in failing} if job.rehearsal else standing.failing,
        )
    elif wanted:
        asked, reason = _ask_inside(job, sandbox, patience, twin, reason, exam.pictures)
        if job.rehearsal:
            standing = standing_of(exam.room, verdicts, asked)
        verdicts |= {name: asked[name] for name in wanted if name in asked}
        take_over(notebook, twin, wanted)
    elif job.rehearsal:
        standing = standing_of(exam.room, verdicts, {})
    left = unanswered(notebook, job.paper)
    named = [found for found in named if found.exercise not in left]  # a stub is no mistake
    halted = stopped(notebook)  # what stopped there is the cause of what tests come upon later
    named = [found for found in named if found.known or found.exercise not in halted]
    forgiven = Forgiven()
    if job.paper.answers and not job.rehearsal and exam.kernel is None and exam.examiner.gone is None:
        forgiven = forgive(job, sandbox, patience, twin, verdicts)
        verdicts |= forgiven.verdicts
        named = [found for found in named if found.exercise not in forgiven.sentences]
        say_above(notebook, forgiven.sentences)
    shorten(notebook, job.paper)
    scores = scores_of(notebook, job.paper, verdicts, standing)
    tests = sum(cell.tests for cell in job.paper.cells)
    notebook["metadata"]["autograder"] = {"tests": standing.out_of_reach(tests), "inside": [*standing.inside]}
    return Result(
        notebook=json.dumps(notebook, indent=1, ensure_ascii=False) + "\n",
        scores=scores,
        unanswered=left,
        named=named,
        follows=forgiven.sentences,
        unnamed=unnamed,
        remarks=remarks,
        reason="; ".join(filter(None, [patience.said(), reason])),
        figures=exam.pictures if job.rehearsal else {},
        standing=replace(standing, seconds=time.monotonic() - start) if job.rehearsal else Standing(),
        tests=tests,
        inside=[*standing.inside],
        seconds=time.monotonic() - start,
        peak=end.peak,
    )


def _ask_inside(
    job: Job,
    sandbox: Sandbox,
    patience: Patience,
    notebook: dict[str, Any],
    reason: str,
    drawn: Mapping[str, str],
) -> tuple[dict[str, Verdict], str]:
    """Run a notebook and its tests in a fresh process of the student's; add to the reason how that ended.

    The first process never sees a test: what was asked from outside stays out of reach.
    """
    exam = Exam(job, sandbox, patience, inside=True, drawn=drawn)
    try:
        exam.furnish()
        verdicts = exam.run(notebook)
    except Gone as error:
        return {}, reason or str(error)
    finally:
        exam.close()
    return verdicts, reason or exam.reason
