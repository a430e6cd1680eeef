"""`autograder extend`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from autograder.course import Course
from autograder.desk.commands.common import assignment_argument, course_option


@click.command("extend")
@assignment_argument
@click.option("--student", "students", multiple=True, required=True, help="Whose; can be repeated.")
@click.option(
    "--until", metavar="DATE", help="2026-03-01, '2026-03-01 18:00', or '3 days' after the due date."
)
@click.option("--remove", is_flag=True, help="Take the extension back.")
@course_option
def command(
    assignment: str, students: Sequence[str], until: str | None, remove: bool, folder: Path | None
) -> None:
    """Give a student a due date of their own.

    It is kept in nbgrader's gradebook. A date alone means its last second, in the time zone of
    c.Exchange.timezone (by default UTC).
    """
    if remove == (until is not None):
        raise click.UsageError("Give either --until DATE or --remove.")
    course = Course.find(folder)
    from autograder.desk.extend import extend

    console = Console(highlight=False, soft_wrap=True)
    for student in students:
        theirs, due = extend(course, assignment, student, until)
        said = "as for everybody" if remove else f"instead of {due:%Y-%m-%d %H:%M}"
        console.print(f"{student}: {assignment} is due {theirs:%Y-%m-%d %H:%M %Z}, {said}.", markup=False)
    console.print(f"'autograder grade {assignment}' works out the penalties anew.", markup=False)
