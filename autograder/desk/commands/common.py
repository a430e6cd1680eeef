"""What several commands take, and how all of them end."""

from __future__ import annotations

from pathlib import Path

import click

DONE, SOME_FAILED, UNUSABLE = 0, 1, 2
course_option = click.option(
    "--course",
    "folder",
    type=click.Path(path_type=Path),
    help="The course: the folder with nbgrader_config.py. Default: this folder or the nearest one above.",
)
assignments_argument = click.argument("assignments", nargs=-1)
