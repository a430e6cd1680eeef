"""From what was seen to what is written down: points, untouched answers, outputs of a length."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from autograder.engine.examiner.room import Room, Verdict
from autograder.marking.cells import grade_id
from autograder.marking.paper import Cell, Paper
from autograder.marking.standing import Standing


def checksum(cell: dict[str, Any], known: Cell) -> str:
    """Return nbgrader's checksum of a cell: its text and what the gradebook says about it."""
    parts = [cell["source"], cell["cell_type"], str(known.grade), str(known.solution)]
    parts += [str(known.locked and not known.solution), known.grade_id]
    if known.grade:
        parts.append(str(float(known.points)))
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()


def unanswered(notebook: Mapping[str, Any], paper: Paper) -> list[str]:
    """Return the grade_ids of the answers that were left as released."""
    known = {cell.grade_id: cell for cell in paper.cells if cell.solution}
    own = [(known[grade_id(cell)], cell) for cell in notebook["cells"] if grade_id(cell) in known]
    return [about.grade_id for about, cell in own if checksum(cell, about) == about.checksum]


def stopped(notebook: Mapping[str, Any]) -> set[str]:
    """Return the grade_ids of the cells that ended with an error."""
    return {
        grade_id(cell)
        for cell in notebook["cells"]
        if any(output.get("output_type") == "error" for output in cell.get("outputs", ()))
    }


def scores_of(
    notebook: dict[str, Any], paper: Paper, verdicts: dict[str, Verdict], standing: Standing
) -> dict[str, float | None]:
    """Return points by grade_id.

    A zero for a test that the solution fails as well is left to a person.
    """
    known = {cell.grade_id: cell for cell in paper.cells}
    scores: dict[str, float | None] = {}
    untouched = unanswered(notebook, paper)
    for cell in notebook["cells"]:
        about = known.get(grade_id(cell))
        if about is None:
            continue
        if about.tests:
            score = verdicts.get(about.grade_id, Verdict()).score(about.points)
            unfair = about.grade_id in standing.failing and about.points > 0  # of no points, zero is all
            scores[about.grade_id] = None if unfair and not score else score
        elif about.grade:
            scores[about.grade_id] = 0.0 if about.grade_id in untouched else None
    return scores


def standing_of(room: Room, seen: Mapping[str, Verdict], inside: Mapping[str, Verdict]) -> Standing:
    """Say where the solution passes each test."""
    passed = {name for name, verdict in inside.items() if not verdict.failed and not verdict.complained}
    failed = {name: verdict for name, verdict in seen.items() if verdict.failed or verdict.complained}
    return Standing(
        {name: verdict.said() for name, verdict in failed.items() if name in passed},
        {name: inside.get(name, verdict).said() for name, verdict in failed.items() if name not in passed},
        tuple(name for name, verdict in seen.items() if not verdict.failed and verdict.mark is None),
        tuple(room.troubles),
    )


def take_over(notebook: dict[str, Any], other: dict[str, Any], names: list[str]) -> None:
    """Show the outputs of some tests as they were in another run."""
    outputs = {
        cell["metadata"].get("nbgrader", {}).get("grade_id"): cell.get("outputs") for cell in other["cells"]
    }
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in names and outputs.get(name) is not None:
            cell["outputs"] = outputs[name]


def say_above(notebook: dict[str, Any], sentences: Mapping[str, str]) -> None:
    """Put a sentence above what some tests put out."""
    for cell in notebook["cells"]:
        if grade_id(cell) in sentences and cell.get("outputs"):
            said = {"output_type": "stream", "name": "stdout", "text": f"{sentences[grade_id(cell)]}\n\n"}
            cell["outputs"].insert(0, said)


def shorten(notebook: dict[str, Any], paper: Paper) -> None:
    """Keep as many lines of output as nbgrader's LimitOutput does."""
    for cell in notebook["cells"]:
        left = paper.max_lines
        kept = []
        for output in cell.get("outputs", []):
            if output["output_type"] == "stream" and paper.max_lines != -1:
                lines = output["text"].split("\n")
                if left <= 0:
                    continue
                if len(lines) > left:
                    lines = [*lines[: left - 1], "... Output truncated ..."]
                left -= len(lines)
                output["text"] = "\n".join(lines)
            if output["output_type"] == "error" and len(output["traceback"]) > paper.max_traceback > 0:
                half = paper.max_traceback // 2
                middle = ["... Traceback truncated ..."]
                output["traceback"] = output["traceback"][:half] + middle + output["traceback"][-half:]
            kept.append(output)
        if "outputs" in cell:
            cell["outputs"] = kept
