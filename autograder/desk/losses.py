"""Why points are missing where no known mistake was named: said in the summary, in a line each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from autograder.engine.examiner.job import Result
from autograder.marking.cells import about, grade_id, role
from autograder.marking.paper import Paper

CLIPPED = 90  # characters of what an error says
TOLD = 3  # lines of one kind
WHERE = re.compile(r"\s*\(<[^<>]*>, line (\d+)\)$")  # IPython's name for a cell is no use to anybody


def losses(paper: Paper, result: Result) -> list[str]:
    """Return why points were lost: cells that don't run, then the first test that fails.

    Args:
        paper: the notebook's.
        result: what came of it, with the autograded notebook.
    """
    points = {cell.grade_id: cell.points for cell in paper.cells if cell.tests}
    got = {name: result.scores.get(name, 0.0) for name in points}  # None: waits for a person
    failed = [name for name, score in got.items() if score is not None and score < points[name]]
    if not failed or not result.notebook:
        return []
    answers = [cell.grade_id for cell in paper.cells if cell.solution and cell.cell_type == "code"]
    if answers and set(answers) <= set(result.unanswered):
        return ["nothing was filled in"]
    errors = dict(_errors(json.loads(result.notebook)))
    broken = [
        f"{name or 'a cell of their own'}: {said}" for name, said in errors.items() if name not in points
    ]
    if broken:
        return broken[:TOLD]
    explained = {finding.exercise for finding in result.named}
    open_ = [name for name in failed if not any(name.startswith(exercise) for exercise in explained)]
    if not open_:
        return []
    first, *others = open_
    more = f" (and {len(others)} more)" if others else ""
    return [f"fails {first}{more}: {errors[first]}" if first in errors else f"fails {first}{more}"]


def _errors(notebook: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the cells that ended with an error, by name, and what it says.

    A student's own cell counts if it can't be read: what it was to define may be missed elsewhere.
    """
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            if output.get("output_type") != "error":
                continue
            kind, text = str(output.get("ename", "")), str(output.get("evalue", ""))
            place = WHERE.search(text)
            unreadable = kind in ("SyntaxError", "IndentationError", "TabError")
            if (not about(cell) or role(cell) == "student") and not unreadable:
                continue
            first = (WHERE.sub("", text).strip() or kind).splitlines()[0]
            clipped = first if len(first) <= CLIPPED else first[:CLIPPED] + " ..."
            if place:
                yield grade_id(cell), f"{kind} in line {place[1]}: {clipped}"
            elif kind == "CellTimeoutError":  # nbgrader's word for it; the sentence says it all
                yield grade_id(cell), clipped
            else:
                yield grade_id(cell), clipped if clipped == kind else f"{kind}: {clipped}"
            break
