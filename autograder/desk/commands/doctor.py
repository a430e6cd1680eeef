"""`autograder doctor`."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console

from autograder.desk.commands.common import course_option


@click.command("doctor")
@course_option
def command(folder: Path | None) -> None:
    """Say whether the sandbox works here, and what to do if not."""
    from autograder.desk.doctor import run_doctor

    sys.exit(run_doctor(Console(), folder))
