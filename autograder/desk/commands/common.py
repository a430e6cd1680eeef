"""What several commands take, and how all of them end."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from autograder.course import CourseError

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


jobs_option = click.option(
    "--jobs", type=click.IntRange(min=1), help="Work on this many at a time. Default: one a processor."
)
no_sandbox_option = click.option(
    "--no-sandbox", is_flag=True, help="Run students' code WITHOUT isolation, with your own rights."
)
log_option = click.option(
    "--log", "log_file", metavar="FILE", help="Add the tracebacks behind faults and notes to a file."
)
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


@contextlib.contextmanager
def nothing_is_rubbish() -> Iterator[None]:
    """Look for no rubbish while everything is imported, nor later among that: a seventh of the time."""
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


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
