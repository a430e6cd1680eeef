"""`clues.json`: the known mistakes of an assignment, as marks that hold no answer, by exercise and check."""

from __future__ import annotations

import json
import re
from typing import Any

import nbformat

from autograder.course import Course
from autograder.marking.cells import grade_id, role
from backprop.mistakes import bank_of
from backprop.mistakes.bank import BankError
from backprop.probe_source import probe_source
from backprop.reference import exported, solution
from backprop.shown import mark_of, own_names
from backprop.signing import signed
from backprop.trial import reference_on_path
from workbook.blocks import Block
from workbook.clue_file import fingerprint


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
    cells = exported(course, assignment)
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
    checks: dict[str, Any] = {}
    hint = ""
    for cell in released.cells:
        if cell.cell_type == "markdown":
            hint = hint_in(cell.source) or hint
        if role(cell) == "exercise" and grade_id(cell) in exercises:
            exercises[grade_id(cell)]["hint"], hint = hint, ""
        exercise = bank.checked_by(grade_id(cell)) if role(cell) == "test" else None
        if exercise is not None and exercise.cell in exercises:
            checks[fingerprint(cell.source)] = {
                "cell": grade_id(cell),
                "exercise": exercise.cell,
                "title": title(grade_id(cell), exercise.cell, exercises[exercise.cell]["binds"][0]),
                "points": cell.metadata.nbgrader.points,
            }
    source = solution(course, assignment).cells
    shown = {"source": mark_of(source), "shown": own_names(source)}
    return {"checks": checks, **shown, "exercises": exercises}, problems


def title(cell: str, exercise: str, name: str) -> str:
    """Return what a check is called: "Linear.backward", or "SGD: momentum" where that is no method."""
    rest = cell.removeprefix(exercise).strip("-")
    if rest in ("forward", "backward", "step") and name[0].isupper():
        return f"{name}.{rest}"
    return f"{name}: {rest.replace('-', ' ')}" if rest else name


HINT = re.compile(r"<details>\s*<summary>\s*Hint[^<]*</summary>(.*?)</details>", re.DOTALL | re.IGNORECASE)


def hint_in(markdown: str) -> str:
    """Return the folded hint of a text cell, as HTML."""
    found = HINT.search(markdown)
    if found is None:
        return ""
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", found[1].strip())
    return "".join(f"<p>{part}</p>" for part in re.split(r"\n\s*\n", text))


def as_text(about: dict[str, Any]) -> str:
    """Return the file's text: a mistake or a part a line, so that a change shows where it is."""
    lines: list[str] = []

    def aside(value: Any, depth: int = 0, name: str = "") -> Any:
        if isinstance(value, dict) and depth <= 3 and "points" not in value:
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
