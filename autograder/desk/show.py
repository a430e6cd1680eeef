"""The summary in the terminal: a progress bar, then a table with a row for each submission."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console, Group
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from autograder.marking.outcome import Outcome, printable


@contextmanager
def progress_bar(console: Console, total: int, what: str) -> Iterator[Callable[[Outcome], None]]:
    """Show a bar with the rate and the time left; yields what to call after each submission."""
    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=total, rate="")

        def done(outcome: Outcome) -> None:
            speed = progress.tasks[task].speed
            progress.update(task, advance=1, rate=f"{speed:.1f}/s" if speed else "")

        yield done


def summary(outcomes: Sequence[Outcome], feedback: Path | None = None) -> Group:
    """Return a table for each assignment: student, score, what was named wrong, where the feedback lies.

    Args:
        outcomes: the rows.
        feedback: nbgrader's feedback folder; without it nothing is said of feedback.
    """
    tables = []
    for assignment in dict.fromkeys(row.assignment for row in outcomes):
        table = Table(
            title=f"[bold]{assignment}[/bold]{_reach(outcomes, assignment)}",
            title_justify="left",
            pad_edge=False,
        )
        table.add_column("student", no_wrap=True)
        table.add_column("score", justify="right", no_wrap=True)
        table.add_column("named wrong, or why there is no score", ratio=1)
        if feedback is not None:
            table.add_column(f"{feedback.name}/", no_wrap=True)
        for row in outcomes:
            if row.assignment == assignment:
                cells = [escape(printable(row.student)) or "(all)", _score(row), escape(_remark(row))]
                if feedback is not None:
                    cells.append(_page(feedback, row))
                table.add_row(*cells, style="yellow" if row.status == "fault" else None)
        tables.append(table)
    return Group(*tables)


def _reach(outcomes: Sequence[Outcome], assignment: str) -> str:
    reaches = [row.reach for row in outcomes if row.assignment == assignment and row.reach[1]]
    if not reaches:
        return ""
    out, tests = max(reaches, key=lambda reach: reach[1])
    return f" (out of reach of the student: {out} of {tests} tests)"


def _page(feedback: Path, row: Outcome) -> str:
    pages = sorted((feedback / row.student / row.assignment).glob("*.html"))
    return f"[link={pages[0].as_uri()}]{row.student}/{row.assignment}[/link]" if pages else "none"


def _score(row: Outcome) -> str:
    if row.score is None:
        return "not graded" if row.status == "fault" else ""
    return f"{row.score:g} / {row.max_score:g}"


def _remark(row: Outcome) -> str:
    remarks = [*row.named, *row.remarks]
    if row.reason:
        remarks.append(row.reason)
    if row.late_seconds > 0:
        days, hours = divmod(row.late_seconds / 3600, 24)
        remarks.append(f"late by {int(days)} d {int(hours)} h")
    if row.needs_manual:
        remarks.append("waits for manual grading")
    return "; ".join(remarks)
