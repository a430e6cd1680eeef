"""What several commands take, and how all of them end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

DONE, SOME_FAILED, UNUSABLE = 0, 1, 2
course_option = click.option(
    "--course",
    "folder",
    type=click.Path(path_type=Path),
    help="The course: the folder with nbgrader_config.py. Default: this folder or the nearest one above.",
)


def _names(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Take what the shell completes, `02-modules/`, for the assignment's name."""
    if isinstance(value, tuple):
        return tuple(_names(ctx, param, each) for each in value)
    return value.rstrip("/" + os.sep) if isinstance(value, str) else value


scheduler_option = click.option(
    "--scheduler", metavar="URL", help="Do the work on the Dask cluster at this address instead."
)
patience_option = click.option(
    "--patience",
    metavar="SECONDS",
    type=click.FloatRange(min=0),
    default=15.0,
    show_default=True,
    help="How long the cluster may be without workers, which may have to be started first.",
)
assignments_argument = click.argument("assignments", nargs=-1, callback=_names)
assignment_argument = click.argument("assignment", callback=_names)
