"""What the disk and the gradebook's database complain of, as one sentence for an instructor."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator

from nbgrader.api import InvalidEntry
from sqlalchemy.exc import SQLAlchemyError

from autograder.course import Course, CourseError

TROUBLE = (SQLAlchemyError, InvalidEntry)
DRIVERS = {  # what SQLAlchemy looks for, by the names of the packages
    "psycopg": "pip install 'backprop-workbook[postgres]'",
    "psycopg2": "pip install 'backprop-workbook[postgres]', and begin the address with postgresql+psycopg://",
}
AGAIN = "What was graded before is kept: mend that, and run the command again."


@contextlib.contextmanager
def in_words(course: Course) -> Iterator[None]:
    """Turn such a complaint into a `CourseError` that says what, where and what to do.

    Raises:
        CourseError: if the gradebook can't be read or written, or a file can't.
    """
    log = logging.getLogger("tornado.application")  # nbgrader's gradebook writes its tracebacks there
    log.addFilter(_is_no_rollback)
    try:
        yield
    except TROUBLE as error:
        raise CourseError(_told(course, error)) from None
    except ModuleNotFoundError as error:
        if error.name not in DRIVERS:
            raise
        raise CourseError(
            f"The gradebook {course.gradebook_name} needs the package {error.name}: {DRIVERS[error.name]}"
        ) from None
    except OSError as error:
        where = error.filename or course.root
        raise CourseError(f"Can't write {where}: {error.strerror or error}. {AGAIN}") from None
    finally:
        log.removeFilter(_is_no_rollback)


def _told(course: Course, error: Exception) -> str:
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    reason = re.sub(r"^\(\S+\) ", "", lines[0])  # nbgrader keeps the name of the database's error before it
    return f"The gradebook {course.gradebook_name} can't be used: {reason}. {_advice(course, reason)}"


def _is_no_rollback(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("Rolling back session")


def _advice(course: Course, reason: str) -> str:
    if "locked" in reason:
        return f"Another program is writing to it; wait for it or close it. {AGAIN}"
    if "not a database" in reason or "malformed" in reason:
        return "It is damaged: put a copy from your backup in its place, and run the command again."
    if "no such table" in reason or "no such column" in reason:
        return "It comes from another version of nbgrader: run 'nbgrader db upgrade' first."
    if not course.db_url.startswith("sqlite"):
        return (
            "See that its server runs and lets you in: host, user, password and database are in "
            f"c.CourseDirectory.db_url. {AGAIN}"
        )
    return f"See that the file and its folder exist and that you may write to both. {AGAIN}"
