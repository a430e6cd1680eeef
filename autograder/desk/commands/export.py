"""`autograder export`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from autograder.course import Course, CourseError
from autograder.desk.commands.common import assignments_argument, course_option


@click.command("export")
@click.argument("system", type=click.Choice(["canvas", "moodle", "gradescope", "csv"]))
@assignments_argument
@click.option("--to", type=click.Path(path_type=Path), help="The file to write. Default: SYSTEM.csv here.")
@click.option("--student", "students", multiple=True, help="Only this student's marks; can be repeated.")
@click.option(
    "--roster",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What the system itself exported (Canvas: the gradebook, Moodle: the grading worksheet): its "
    "students, numbers and columns are taken over, and nothing has to be mapped.",
)
@click.option(
    "--autograder",
    is_flag=True,
    help="For gradescope: the zip of an assignment's autograder instead of marks.",
)
@click.option(
    "--requirements",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="With --autograder: what else has to be installed there, as pip reads it.",
)
@click.option(
    "--no-sandbox", is_flag=True, help="With --autograder: run submissions there WITHOUT isolation."
)
@click.option(
    "--tell-all", is_flag=True, help="With --autograder: students see hidden tests' points at once."
)
@click.option("--missing-zero", is_flag=True, help="0 for what wasn't handed in, not an empty cell.")
@course_option
def command(
    system: str,
    assignments: Sequence[str],
    to: Path | None,
    students: Sequence[str],
    roster: Path | None,
    missing_zero: bool,
    autograder: bool,
    requirements: Path | None,
    no_sandbox: bool,
    tell_all: bool,
    folder: Path | None,
) -> None:
    """Write marks as canvas, moodle, gradescope or csv reads them.

    Late penalties are taken off. What wasn't handed in is an empty cell, which these systems leave as it is.
    """
    course = Course.find(folder)
    for assignment in assignments:
        course.notebooks(assignment)
    if autograder:
        if system != "gradescope" or len(assignments) != 1:
            raise click.UsageError("--autograder is for gradescope, and for one assignment: name it.")
        from autograder.desk.gradescope.bundle import make_zip

        to = to or Path(f"{assignments[0]}-autograder.zip")
        make_zip(
            course, assignments[0], to, requirements=requirements, sandbox=not no_sandbox, tell_all=tell_all
        )
        click.echo(f"Upload {to} in Gradescope: Configure Autograder, Select Autograder (.zip).")
        return
    from nbgrader.api import Gradebook, MissingEntry

    from autograder.desk.exports import SYSTEMS
    from autograder.desk.penalties import renew_penalties
    from autograder.desk.trouble import in_words

    if not course.has_gradebook:
        raise CourseError(f"There is no gradebook {course.gradebook_name} yet. Run 'autograder grade' first.")
    plugin = SYSTEMS[system](
        config=course.config,
        to=str(to or ""),
        assignment=[*assignments],
        student=[*students],
        roster=str(roster or ""),
        missing_zero=missing_zero,
    )
    with in_words(course), Gradebook(course.db_url, course.course_id) as gradebook:
        for assignment in assignments or [each.name for each in gradebook.assignments]:
            renew_penalties(course, gradebook, assignment)
        try:
            plugin.export(gradebook)
        except MissingEntry as error:
            raise CourseError(
                f"{error} in the gradebook: has it been released, and is the id right?"
            ) from None
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"Marks for {system}: {plugin.written}", markup=False)
    if plugin.waiting:
        console.print(f"{plugin.waiting} of them aren't final: answers wait for a person.", style="yellow")
    if plugin.strangers:
        console.print(f"Not in {roster}: {', '.join(plugin.strangers)}", style="yellow", markup=False)
