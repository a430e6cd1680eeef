"""The graded cells: every exercise has a stub that runs, checks that grade it, and tests that stay hidden."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import nbformat

from autograder.marking.cells import Hidden, about
from backprop.house.page import is_answer, is_check, is_exercise, numbered, released

SEED = re.compile(r"examiner_rng\((\d+)\)")


def cell_problems(notebook: nbformat.NotebookNode) -> list[str]:
    """Return what is wrong with exercises, checks and given cells."""
    visible = "\n".join(
        released(cell.source) if cell.cell_type == "code" else cell.source for cell in notebook.cells
    )
    found, exercises = [], []
    checks = [about(cell).get("grade_id", "") for cell in notebook.cells if is_check(cell)]
    for where, cell in numbered(notebook):
        slug = about(cell).get("grade_id", "")
        if is_exercise(cell):
            exercises.append(slug)
            found += [f"{where}: {line}" for line in _exercise(cell)]
            if not any(check.startswith(f"{slug}-") for check in checks):
                found.append(
                    f"{where} has no check: add a test cell with a grade_id such as '{slug}-forward'."
                )
        elif is_check(cell):
            found += [f"{where}: {line}" for line in _check(cell, visible)]
            if not any(slug.startswith(f"{exercise}-") for exercise in exercises):
                found.append(
                    f"{where} checks nothing above it: begin its grade_id with the exercise's, as in "
                    "'linear-forward'."
                )
        elif is_answer(cell):
            found += [f"{where}: {line}" for line in _answer(cell)]
        elif re.search(r"### (BEGIN|END) (SOLUTION|HIDDEN TESTS)", cell.source):
            found.append(
                f"{where} has solution or test markers, but no such role in nbgrader: students see it."
            )
    if not exercises:
        found.append("The notebook has no exercise: no code cell with the nbgrader role solution.")
    return found


def _markers(source: str, what: str) -> int | None:
    """Return how many well-formed BEGIN/END pairs there are, or None if they don't match."""
    order = re.findall(rf"### (BEGIN|END) {what}", source)
    return len(order) // 2 if order == ["BEGIN", "END"] * (len(order) // 2) else None


def _exercise(cell: Any) -> Iterator[str]:
    if about(cell).get("locked"):
        yield "an exercise must not be locked, or nobody can solve it."
    if not re.match(r"#\| export mynn\.[a-z_]+\n", cell.source):
        yield "its first line must be an export, such as '#| export mynn.modules'."
    pairs = _markers(cell.source, "SOLUTION")
    if not pairs:
        yield "it needs matching lines '### BEGIN SOLUTION' and '### END SOLUTION', or students get it."
        return
    try:
        ast.parse(released(cell.source))
    except SyntaxError as error:
        yield f"the released stub isn't Python (line {error.lineno}): keep the markers inside each body."


def _check(cell: Any, visible: str) -> Iterator[str]:
    role = about(cell)
    if not role.get("locked"):
        yield "a check must be locked, or students can edit it."
    if not float(role.get("points") or 0) > 0:
        yield "it gives no points: set them, or make it an ordinary cell."
    if _markers(cell.source, "HIDDEN TESTS") != 1:
        yield "it needs one pair '### BEGIN HIDDEN TESTS' … '### END HIDDEN TESTS'."
        return
    if not released(cell.source).strip():
        yield "it shows students nothing to run: leave one line above the hidden tests."
    hidden = Hidden().part(cell.source)
    if _reads_rng(hidden):
        yield "its hidden tests draw from rng, as the students do: use questions or examiner_rng."
    for seed in SEED.findall(hidden):
        if re.search(rf"\b{seed}\b", visible):
            yield f"the hidden tests' seed {seed} can be read in the released notebook: choose another."


def _reads_rng(hidden: str) -> bool:
    """Whether hidden tests use the notebook's generator, rather than one of their own by that name."""
    code = re.sub(r'"[^"\n]*"', "", hidden)
    return bool(re.search(r"(?<!\.)\brng\b", code)) and not re.search(r"\brng\s*=|\brng:", code)


def _answer(cell: Any) -> Iterator[str]:
    role = about(cell)
    if not role.get("grade") or not float(role.get("points") or 0) > 0:
        yield "a written answer is graded by a person: give it the role 'manually graded answer' and points."
    if role.get("locked"):
        yield "a written answer must not be locked, or nobody can write it."
    if "\n\n" in cell.source.strip():
        yield (
            "a written answer is one paragraph, since students get none of its cell: what follows it belongs "
            "into the next cell (in the text twin, end it with '+++')."
        )
