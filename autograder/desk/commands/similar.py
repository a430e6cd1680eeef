"""`autograder similar`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.course import Course
from autograder.desk.commands.common import assignment_argument, course_option


@click.command("similar")
@assignment_argument
@course_option
def command(assignment: str, folder: Path | None) -> None:
    """Show answers that are more alike than they should be.

    Compares the exercises' cells of all students; what was released, and the solution, doesn't count. Writes
    similar/ASSIGNMENT.html, with each pair side by side.
    """
    course = Course.find(folder)
    from autograder.desk.similar.find import find
    from autograder.desk.similar.page import write_page

    found = find(course, assignment)
    console = Console(highlight=False)
    if found.unread:
        console.print(f"Can't be read: {', '.join(found.unread)}", style="yellow", markup=False)
    if found.pairs:
        table = Table(pad_edge=False)
        table.add_column("pair", overflow="fold")
        table.add_column("alike", justify="right", no_wrap=True)
        table.add_column("in", overflow="fold")
        for pair in found.pairs:
            who = f"{pair.first.student} and {pair.second.student}"
            table.add_row(escape(who), f"{pair.share:.0%}", escape(", ".join(pair.lines)))
        console.print(table)
    pairs = f"{len(found.pairs)} pair{'s' * (len(found.pairs) != 1)}"
    console.print(
        f"{pairs} of {found.students} students: {write_page(course, found)}", markup=False, soft_wrap=True
    )
