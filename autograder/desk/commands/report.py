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
@course_option
def command(assignments: Sequence[str], folder: Path | None) -> None:
    """Write the class's report and its tables (CSV).

    report/index.html has scores, how hard each item was, and what the class misunderstood.
    """
    course = Course.find(folder)
    from autograder.desk.report import write_report

    Console().print(f"Class report: {write_report(course, assignments)}")
