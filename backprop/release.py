"""Release: `clues.json`, by which a notebook recognises the bank's mistakes, is written beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.course import Course
from backprop.mistakes import bank_of
from backprop.mistakes.bank import BankError
from backprop.probe_source import probe_source
from backprop.reference import exported_cells, solution
from backprop.signing import signed
from backprop.trial import reference_on_path
from workbook.blocks import Block
from workbook.clues import FILE, fingerprint


class WriteClues(NbGraderPreprocessor):  # type: ignore[misc]
    """Write `clues.json`; runs last, since check cells are known by the text that students get."""

    def preprocess(self, nb: Any, resources: Any) -> Any:
        """Add the file to what nbgrader writes beside the notebook."""
        course = Course.of_source(Path(resources["metadata"]["path"]).parent)
        about, problems = clues(course, resources["nbgrader"]["assignment"], nb)
        for problem in problems:
            self.log.warning("No clue: %s", problem)
        if about["exercises"]:
            resources["outputs"] = {**(resources.get("outputs") or {}), FILE: as_text(about).encode()}
        return nb, resources


def clues(
    course: Course, assignment: str, released: nbformat.NotebookNode
) -> tuple[dict[str, Any], list[str]]:
    """Return what a notebook needs to recognise known mistakes, and what the bank's author should know.

    Args:
        course: the course.
        assignment: the assignment.
        released: its notebook as students get it.
    """
    bank = bank_of(assignment)
    exercises: dict[str, Any] = {}
    problems: list[str] = []
    if bank is None:
        return {"checks": {}, "exercises": {}}, []
    cells = exported_cells(solution(course, assignment))
    with reference_on_path(course, before=assignment):
        for each in signed(course, assignment):
            problems += each.problems
            try:
                text = probe_source(each.exercise.probe)
            except BankError as error:
                problems.append(f"{each.exercise.cell}: {error}")
                continue
            exercises[each.exercise.cell] = {
                "binds": sorted(Block.parse(cells[each.exercise.cell]).names),
                "probe": text,
                **each.signs.to_plain(),
            }
    checks: dict[str, list[str]] = {}
    for cell in released.cells:
        about = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and about.get("grade") and not about.get("solution"):
            exercise = bank.checked_by(about["grade_id"])
            if exercise is not None and exercise.cell in exercises:
                checks.setdefault(fingerprint(cell.source), []).append(exercise.cell)
    return {"checks": checks, "exercises": exercises}, problems


def as_text(about: dict[str, Any]) -> str:
    """Return the file's text: a mistake or a part a line, so that a change shows where it is."""
    lines: list[str] = []

    def aside(value: Any, depth: int = 0, name: str = "") -> Any:
        if isinstance(value, dict) and depth <= 3:
            return {key: aside(inner, depth + 1, key) for key, inner in value.items()}
        if name == "mistakes":
            return [aside(inner, 4) for inner in value]
        if isinstance(value, str):
            return value
        lines.append(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
        return f"<{len(lines) - 1}>"

    text = json.dumps(aside(about), ensure_ascii=False, indent=1)
    for number, line in enumerate(lines):
        text = text.replace(f'"<{number}>"', line, 1)
    return text + "\n"
