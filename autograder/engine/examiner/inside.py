"""Tests that are asked in the student's process, as nbgrader asks all of them; judged by their outputs."""

from __future__ import annotations

import contextlib
import math
import re
from typing import Any

from autograder.engine.examiner.room import Verdict

NOTE = "(This test was asked in the student's process, as nbgrader does: it is within the student's reach.)\n"


def judged(outputs: list[dict[str, Any]], points: float, ignore: str, hidden: bool) -> Verdict:
    """Return what a test's outputs say of it, by nbgrader's rules.

    Credit that is no possible number of points is a failure, as it is from outside.

    Args:
        outputs: what the cell put out.
        points: what it is worth.
        ignore: a pattern of stderr texts that don't count, or "".
        hidden: a part of it is hidden from students: then no line of it is shown.
    """
    verdict = Verdict([{"output_type": "stream", "name": "stdout", "text": NOTE}, *outputs])
    for output in outputs:
        if output["output_type"] == "error":
            verdict.failed = True
            if hidden:
                output["traceback"] = [f"{output['ename']}: {output['evalue']}", "(in a hidden test)"]
        elif output.get("name") == "stderr" and not (ignore and re.search(ignore, output["text"])):
            verdict.complained = True
        elif output["output_type"] == "execute_result" and verdict.mark is None:
            _credit(verdict, output, points)
    return verdict


def _credit(verdict: Verdict, output: dict[str, Any], points: float) -> None:
    with contextlib.suppress(ValueError):
        mark = float(str(output["data"].get("text/plain", "")))
        verdict.mark = mark
        verdict.failed = verdict.failed or not (math.isfinite(mark) and 0 <= mark <= points)
