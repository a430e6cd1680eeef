"""`autograder grade`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click

from autograder.course import Course
from autograder.desk.commands.common import (
    DONE,
    SOME_FAILED,
    assignments_argument,
    course_option,
    jobs_option,
    keep_log,
    log_option,
    no_sandbox_option,
    nothing_is_rubbish,
    patience_option,
    scheduler_option,
)


@click.command("grade")
@assignments_argument
@click.option("--student", help="Grade only this student's submissions.")
@jobs_option
@scheduler_option
@patience_option
@click.option("--force", is_flag=True, help="Grade again what hasn't changed since it was graded.")
@no_sandbox_option
@click.option(
    "--strict", is_flag=True, help="Skip assignments with tests that a submission's own process has to run."
)
@log_option
@course_option
def command(
    assignments: Sequence[str],
    student: str | None,
    jobs: int | None,
    scheduler: str | None,
    patience: float,
    force: bool,
    no_sandbox: bool,
    strict: bool,
    log_file: str | None,
    folder: Path | None,
) -> None:
    """Grade what is in submitted/ into autograded/ and the gradebook.

    Only what is new or has changed since it was graded, of all ASSIGNMENTS unless some are named.
    """
    course = Course.find(folder)
    with contextlib.ExitStack() as stack:
        with nothing_is_rubbish():
            early = None
            if scheduler is None:  # their imports and sandboxes, and our own imports, side by side
                from autograder.desk.early import Early, Wanted
                from autograder.desk.politely import import_politely

                wanted = None if strict else Wanted(tuple(assignments), student, force)
                early = stack.enter_context(Early.begin(course, jobs, isolated=not no_sandbox, wanted=wanted))
                beside = import_politely if early.guessing else import_module  # else all wait for it
                beside("autograder.desk.grade")
            from rich.console import Console

            from autograder.desk.submitted import submissions

            found = submissions(course, assignments, student)
            stack.enter_context(keep_log(log_file))
            console = Console()
            workers = early.workers(found) if early is not None else None
            from autograder.desk.grade import How
            from autograder.desk.grade import grade as run
            from autograder.desk.live import rows
            from autograder.desk.show import summary

        how = How(
            jobs=min(early.jobs, len(found)) if early is not None else jobs,
            scheduler=scheduler,
            patience=patience,
            force=force,
            sandbox=not no_sandbox,
            strict=strict,
        )
        follower = stack.enter_context(rows(console, len(found), "grading"))
        outcomes = run(course, assignments, student, how, follower=follower, fleet=workers)
    console.print(summary(outcomes))
    if no_sandbox:
        console.print("[red]Graded without the sandbox: the students' code ran with your rights.[/red]")
    faults = [outcome for outcome in outcomes if outcome.status == "fault"]
    skipped = [outcome for outcome in faults if not outcome.student]
    if skipped:
        names = dict.fromkeys(outcome.assignment for outcome in skipped)
        console.print(f"Skipped: {', '.join(names)}. See the reasons above.")
    if len(faults) > len(skipped):
        count = sum(bool(outcome.student) for outcome in outcomes)
        console.print(
            f"{len(faults) - len(skipped)} of {count} submissions could not be graded: see the reasons above."
        )
    sys.exit(SOME_FAILED if faults else DONE)
