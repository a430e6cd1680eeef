"""The command line: `autograder demo`, `grade`, `report`, `doctor`."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from rich.console import Console

from autograder.course import Course, CourseError

DONE, SOME_FAILED, UNUSABLE = 0, 1, 2
course_option = click.option(
    "--course",
    "folder",
    type=click.Path(path_type=Path),
    help="The course: the folder with nbgrader_config.py. Default: this folder or the nearest one above.",
)


@contextlib.contextmanager
def keep_log(file: str | None) -> Iterator[None]:
    """Write what goes wrong, with tracebacks, to the end of a file; without one it is dropped.

    Raises:
        CourseError: if the file can't be written.
    """
    logger = logging.getLogger("autograder")
    logger.propagate = False
    try:
        handler = logging.FileHandler(file, encoding="utf-8") if file else logging.NullHandler()
    except OSError as error:
        raise CourseError(f"Can't write the log {file}: {error.strerror}.") from None
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        handler.close()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Grade a Jupyter course: safely, in parallel, and in words."""


@cli.command()
@click.argument("assignments", nargs=-1)
@click.option(
    "--keep", type=click.Path(path_type=Path), help="Make the course in this new folder and keep it."
)
def demo(assignments: Sequence[str], keep: Path | None) -> None:
    """Make a course with a sample class in a new folder, and grade it from release to feedback."""
    from autograder.desk.demo import run_demo

    sys.exit(run_demo(Console(), keep, assignments))


@cli.command()
@click.argument("assignments", nargs=-1)
@click.option("--student", help="Grade only this student's submissions.")
@click.option(
    "--jobs", type=click.IntRange(min=1), help="Grade this many at a time. Default: one a processor."
)
@click.option("--scheduler", metavar="URL", help="Grade on the Dask cluster at this address instead.")
@click.option("--force", is_flag=True, help="Grade again what hasn't changed since it was graded.")
@click.option(
    "--no-sandbox", is_flag=True, help="Run students' code WITHOUT isolation, with your own rights."
)
@click.option(
    "--strict", is_flag=True, help="Skip assignments with tests that a submission's own process has to run."
)
@click.option(
    "--log", "log_file", metavar="FILE", help="Add the tracebacks behind faults and notes to a file."
)
@course_option
def grade(
    assignments: Sequence[str],
    student: str | None,
    jobs: int | None,
    scheduler: str | None,
    force: bool,
    no_sandbox: bool,
    strict: bool,
    log_file: str | None,
    folder: Path | None,
) -> None:
    """Grade submissions: submitted/ -> autograded/ and the gradebook."""
    course = Course.find(folder)
    if scheduler is None:  # its imports and ours, which take seconds, run side by side
        from autograder.engine.fleet import server

        server.start()
    from autograder.desk.submitted import submissions

    found = submissions(course, assignments, student)
    console = Console()
    with contextlib.ExitStack() as stack:
        stack.enter_context(keep_log(log_file))
        workers = None
        if scheduler is None:  # the sandboxes start while this process imports the rest
            from autograder.desk.premises import first_premises
            from autograder.engine.fleet import pool

            premises = first_premises(course, found, isolated=not no_sandbox)
            workers = stack.enter_context(pool.process_pool(jobs or pool.default_jobs(), premises))
        from autograder.desk.grade import How
        from autograder.desk.grade import grade as run
        from autograder.desk.show import progress_bar, summary

        how = How(jobs=jobs, scheduler=scheduler, force=force, sandbox=not no_sandbox, strict=strict)
        done = stack.enter_context(progress_bar(console, len(found), "grading"))
        outcomes = run(course, assignments, student, how, progress=done, executor=workers)
    console.print(summary(outcomes))
    if no_sandbox:
        console.print("[red]Graded without the sandbox: the students' code ran with your rights.[/red]")
    faults = [outcome for outcome in outcomes if outcome.status == "fault"]
    skipped = [outcome for outcome in faults if not outcome.student]
    if skipped:
        console.print(
            f"Skipped: {', '.join(outcome.assignment for outcome in skipped)}. See the reasons above."
        )
    if len(faults) > len(skipped):
        count = sum(bool(outcome.student) for outcome in outcomes)
        console.print(
            f"{len(faults) - len(skipped)} of {count} submissions could not be graded: see the reasons above."
        )
    sys.exit(SOME_FAILED if faults else DONE)


@cli.command()
@click.argument("assignments", nargs=-1)
@course_option
def report(assignments: Sequence[str], folder: Path | None) -> None:
    """Write report/index.html and CSV files: scores, items, what the class misunderstood."""
    course = Course.find(folder)
    from autograder.desk.report import write_report

    Console().print(f"Class report: {write_report(course, assignments)}")


@cli.command()
@course_option
def doctor(folder: Path | None) -> None:
    """Say what is installed, whether the sandbox works here, and what to do if not."""
    from autograder.desk.doctor import run_doctor

    sys.exit(run_doctor(Console(), folder))


def main() -> None:
    """Run the command line; what can't be used ends with one sentence and exit status 2."""
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit("Stopped. What was graded before is in the gradebook; run the command again to continue.")
    except click.ClickException as error:
        error.show()
        sys.exit(UNUSABLE)
    except CourseError as error:
        click.echo(f"autograder: {error}", err=True)
        sys.exit(UNUSABLE)
