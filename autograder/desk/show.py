"""The summary in the terminal: a table with a row for each submission, no wider than 80 columns need be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from autograder.marking.finding import unstressed
from autograder.marking.outcome import LONGEST, Outcome, printable

STUDENT = 24  # columns; longer names go on in the next line
CLAUSE = re.compile(r"(?<=\w{3})[:;.](?: |$)")  # where a sentence may be cut: not after "e.g."
LONGEST_NOTE = 2000  # characters: what is said of an assignment is the instructor's own, and names tests
SHORTEST = 20  # characters that say something


def summary(outcomes: Sequence[Outcome], feedback: Path | None = None) -> Group:
    """Return a table for each assignment: student, score, and in words what went wrong.

    Args:
        outcomes: the rows.
        feedback: nbgrader's feedback folder: a name links to its page, and whose page is missing is said.
    """
    tables = []
    for assignment in dict.fromkeys(row.assignment for row in outcomes):
        title = Text.assemble((printable(assignment), "bold"), _reach(outcomes, assignment))
        table = Table(title=title, title_justify="left", title_style="", pad_edge=False)
        table.add_column("student", overflow="fold", max_width=STUDENT)
        table.add_column("score", justify="right", no_wrap=True)
        table.add_column("what is wrong", ratio=1, overflow="fold")
        for row in outcomes:
            if row.assignment == assignment:
                longest = LONGEST if row.student else LONGEST_NOTE
                who, what = (
                    student(row, feedback),
                    "\n".join(escape(printable(line, longest)) for line in remarks(row)),
                )
                table.add_row(who, score(row), what, style="yellow" if row.status == "fault" else None)
        tables.append(table)
    return Group(*tables)


def student(row: Outcome, feedback: Path | None = None) -> str:
    """Return whose row it is, as rich's markup; with a link to the page if there is one."""
    name = escape(printable(row.student)) or "(all)"
    pages = sorted((feedback / row.student / row.assignment).glob("*.html")) if feedback else []
    return f"[link={pages[0].as_uri()}]{name}[/link]" if pages else name


def score(row: Outcome) -> str:
    """Return the points of those that are decided, and how many wait for a person."""
    if row.score is None:
        return "not graded" if row.status == "fault" else ""
    if not row.needs_manual:
        return f"{row.score:g} / {row.max_score:g}"
    return f"{row.score:g} / {row.max_score - row.waiting:g} + {row.waiting:g} waiting"


def remarks(row: Outcome) -> list[str]:
    """Return what there is to say of a row, a line each."""
    said = [f"{found.exercise}: {in_short(unstressed(found.sentence))}" for found in row.named]
    said += [*row.lost, *row.remarks]
    if row.reason:
        said.append(row.reason)
    if row.late_seconds > 0:
        days, hours = divmod(int(row.late_seconds / 3600), 24)
        long = f"{days} d {hours} h" if days else f"{hours} h" if hours else "less than an hour"
        said.append(f"late by {long}")
    return said


def in_short(sentence: str) -> str:
    """Return a sentence up to the clause that says enough; the whole of it is in the feedback."""
    for place in CLAUSE.finditer(sentence):
        if place.start() >= SHORTEST:
            return sentence[: place.start()]
    return sentence.rstrip(".")


def _reach(outcomes: Sequence[Outcome], assignment: str) -> str:
    reaches = [row.reach for row in outcomes if row.assignment == assignment and row.reach[1]]
    if not reaches:
        return ""
    out, tests = max(reaches, key=lambda reach: reach[1])
    return f" (out of reach of the student: {out} of {tests} tests)"
