"""`autograder watch`."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.text import Text

from autograder.course import Course, CourseError
from autograder.desk.commands.common import (
    assignments_argument,
    course_option,
    jobs_option,
    keep_log,
    log_option,
    no_sandbox_option,
)

if TYPE_CHECKING:
    from autograder.marking.outcome import Outcome


def _a_day(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """Read `3`, `3/day` or `3/d`."""
    if value is None:
        return None
    match = re.fullmatch(r"([1-9]\d*)(/d(ay)?)?", value)
    if match is None:
        raise click.BadParameter("write it as 3/day.")
    return int(match[1])


@click.command("watch")
@assignments_argument
@click.option(
    "--attempts", metavar="N/day", callback=_a_day, help="Grade at most this many of a student's a day."
)
@click.option(
    "--tell-all", is_flag=True, help="Write the whole feedback, marks included, for students as they arrive."
)
@click.option(
    "--poll",
    metavar="SECONDS",
    type=click.FloatRange(min=0.2),
    help="Look this often, for a network drive that doesn't tell of changes.",
)
@jobs_option
@no_sandbox_option
@log_option
@course_option
def command(
    assignments: Sequence[str],
    attempts: int | None,
    tell_all: bool,
    poll: float | None,
    jobs: int | None,
    no_sandbox: bool,
    log_file: str | None,
    folder: Path | None,
) -> None:
    """Grade what arrives in submitted/ as it arrives.

    Goes on until it is stopped (Ctrl-C), and continues where it was when it is started again. A student finds
    arrived.html in the folder of the feedback: what the visible tests say, and no marks.
    """
    course = Course.find(folder)
    for assignment in assignments:
        course.notebooks(assignment)
    from autograder.desk.arrivals import LOOK, Arrivals, told
    from autograder.desk.attempts import Attempts
    from autograder.desk.follow import Nobody
    from autograder.desk.grade import How
    from autograder.desk.premises import premises_of
    from autograder.desk.watch import Watch, released
    from autograder.engine.fleet import pool
    from autograder.engine.wall.premises import SandboxError

    console, stop = Console(highlight=False), threading.Event()
    watched = released(course, assignments)
    arrivals = Arrivals(course, watched, poll or LOOK)

    def end(*_: object) -> None:
        stop.set()
        arrivals.changed.set()

    signal.signal(signal.SIGTERM, end)
    how = How(jobs=jobs, sandbox=not no_sandbox)
    premises = premises_of(course, watched[0], isolated=not no_sandbox)
    try:
        with (
            keep_log(log_file),
            pool.process_pool(jobs or pool.default_jobs(), premises) as fleet,
            told(arrivals, by_the_system=poll is None),
        ):
            watch = Watch(
                course, watched, how, fleet, arrivals, Attempts(course, attempts), Nobody(), tell_all, stop
            )
            console.print(f"Getting ready for {', '.join(watched)} ...", markup=False)
            watch.warm()
            console.print(
                f"Watching {course.folder('submitted')}. Ctrl-C ends it.", markup=False, soft_wrap=True
            )
            for row in watch.forever():
                _print(console, row)
    except SandboxError as error:
        raise CourseError(f"{error} 'autograder doctor' says more; --no-sandbox grades without.") from None
    except KeyboardInterrupt:
        pass
    console.print("Stopped. What hasn't been graded yet is graded at the next start.")


def _print(console: Console, row: Outcome | str) -> None:
    from autograder.desk.show import remarks, score, student

    now = f"{datetime.now():%H:%M:%S}"
    if isinstance(row, str):
        console.print(Text(f"{now}  {row}", style="yellow"))
    elif row.status != "unchanged":
        who = Text.from_markup(student(row))
        said = "; ".join(remarks(row))
        line = Text.assemble(
            f"{now}  ", who, f"  {row.assignment}  {score(row)}".rstrip(), f"  {said}" if said else ""
        )
        console.print(line, style="yellow" if row.status in ("fault", "held") else None)
