"""`autograder report`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from autograder.course import Course
from autograder.desk.commands.common import assignments_argument, course_option


@click.command("report")
@assignments_argument
@click.option(
    "--formgrader",
    metavar="URL",
    help="Where formgrader is, for links. Default: http://localhost:8888/formgrader",
)
@course_option
def command(assignments: Sequence[str], formgrader: str | None, folder: Path | None) -> None:
    """Write the class's report and its tables (CSV).

    report/index.html has who can do what, what waits for a person, how hard each item was, and what the class
    misunderstood.
    """
    course = Course.find(folder)
    from autograder.desk.report import FORMGRADER, write_report

    page = write_report(course, assignments, formgrader or FORMGRADER)
    Console().print(f"Class report: {page}", soft_wrap=True)
