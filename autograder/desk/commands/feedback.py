"""`autograder feedback`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from autograder.course import Course
from autograder.desk.commands.common import (
    DONE,
    SOME_FAILED,
    assignments_argument,
    course_option,
    jobs_option,
    patience_option,
    scheduler_option,
)
from autograder.marking.outcome import printable

if TYPE_CHECKING:
    from autograder.engine.fleet.fleet import Fleet


@click.command("feedback")
@assignments_argument
@click.option("--student", help="Write only this student's pages.")
@jobs_option
@scheduler_option
@patience_option
@click.option("--force", is_flag=True, help="Write those that haven't changed, too.")
@course_option
def command(
    assignments: Sequence[str],
    student: str | None,
    jobs: int | None,
    scheduler: str | None,
    patience: float,
    force: bool,
    folder: Path | None,
) -> None:
    """Write the students' pages that have changed.

    autograded/ -> feedback/, where marks, comments or the notebook are others than on the page.
    """
    course = Course.find(folder)
    from autograder.desk.live import steps
    from autograder.desk.pages.write import write_feedback
    from autograder.engine.fleet import cluster, pool

    def workers() -> AbstractContextManager[Fleet]:
        if scheduler is not None:
            return cluster.cluster(scheduler, patience)
        return pool.process_pool(jobs or pool.default_jobs())

    console = Console()
    several = scheduler is not None or (jobs or pool.default_jobs()) > 1
    with steps(console, None, "writing feedback") as done:
        pages = write_feedback(
            course,
            assignments,
            student,
            force=force,
            workers=workers if several else None,
            progress=lambda page: done(f"{page.assignment} of {page.student}"),
        )
    count = {status: sum(page.status == status for page in pages) for status in ("written", "unchanged")}
    for page in pages:
        if page.status == "fault":
            console.print(
                f"{page.assignment} of {printable(page.student)}: {printable(page.reason)}",
                style="yellow",
                markup=False,
            )
    console.print(
        f"{count['written']} pages written into {course.folder('feedback')}, "
        f"{count['unchanged']} were up to date.",
        soft_wrap=True,
    )
    sys.exit(SOME_FAILED if any(page.status == "fault" for page in pages) else DONE)
