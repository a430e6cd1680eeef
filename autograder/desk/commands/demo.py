"""`autograder demo`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from autograder.desk.commands.common import assignments_argument


@click.command("demo")
@assignments_argument
@click.option(
    "--keep", type=click.Path(path_type=Path), help="Make the course in this new folder and keep it."
)
def command(assignments: Sequence[str], keep: Path | None) -> None:
    """Make a course with a sample class, and grade it.

    In a new folder, from release to feedback and report; with ASSIGNMENTS only these.
    """
    from autograder.desk.demo import run_demo

    sys.exit(run_demo(Console(), keep, assignments))
