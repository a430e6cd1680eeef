"""`autograder answers`."""

from __future__ import annotations

import asyncio
import contextlib
import webbrowser
from pathlib import Path

import click
from rich.console import Console

from autograder.course import Course, CourseError
from autograder.desk.commands.common import course_option


@click.command("answers")
@click.argument("assignment")
@click.option("--blind", is_flag=True, help="Hide the students' names at first.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Where to serve. Default: a free one.")
@click.option("--no-browser", is_flag=True, help="Print the link only.")
@course_option
def command(assignment: str, blind: bool, port: int, no_browser: bool, folder: Path | None) -> None:
    """Grade written answers question by question, in the browser.

    All answers to one question are on one page, and the keyboard alone will do. Points and comments go into
    nbgrader's gradebook, where formgrader shows them; comments are offered again. The pages are served on
    this machine until Ctrl+C.
    """
    course = Course.find(folder)
    assignment = assignment.rstrip("/")
    course.notebooks(assignment)
    if not course.has_gradebook:
        raise CourseError(f"There is no gradebook {course.db_url} yet. Run 'autograder grade' first.")
    from autograder.desk.answers.serve import Desk, serve

    console = Console()

    def ready(link: str) -> None:
        console.print(f"Answers to {assignment}: {link}", soft_wrap=True, markup=False, highlight=False)
        console.print("Ctrl+C ends this; whatever was graded is kept.")
        if not no_browser:
            webbrowser.open(link)

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(Desk(course, assignment, blind), port, ready))
