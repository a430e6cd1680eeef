"""`autograder extend`: a due date of a student's own, kept as nbgrader's extension."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil import parser
from nbgrader.api import Gradebook, MissingEntry

from autograder.course import Course, CourseError
from autograder.desk.trouble import in_words

SPAN = re.compile(r"\+?(\d+) ?(h|d|w)[a-z]*")
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def extend(course: Course, assignment: str, student: str, until: str | None) -> tuple[datetime, datetime]:
    """Give a student a due date, or take it back.

    Args:
        course: which.
        assignment: which; it has to have a due date.
        student: whose.
        until: a date, a date and time, or a span after the assignment's due date ("3 days"); None for the
            assignment's own. A date alone means its last second; where no zone is named, it is the one in
            which nbgrader writes when something was handed in (`c.Exchange.timezone`, UTC by default).

    Returns:
        The student's due date, and the assignment's, in that zone.

    Raises:
        CourseError: if one of them isn't known, or it is no date, or one before the assignment's.
    """
    course.notebooks(assignment)
    zone = _zone(course)
    with in_words(course), Gradebook(course.db_url, course.course_id) as gradebook:
        try:
            due = gradebook.find_assignment(assignment).duedate
            gradebook.find_student(student)
        except MissingEntry as error:
            raise CourseError(
                f"{error} in the gradebook {course.gradebook_name}. Look at the name."
            ) from None
        if due is None:
            raise CourseError(
                f"'{assignment}' has no due date in the gradebook: nothing is late. Set one in formgrader."
            )
        theirs = due if until is None else _date(until, due, zone)
        if theirs < due:
            raise CourseError(
                f"{_said(theirs, zone)} is before the due date of '{assignment}', {_said(due, zone)}."
            )
        submission = gradebook.update_or_create_submission(assignment, student)
        submission.extension = theirs - due or None
        gradebook.db.commit()
    return _local(theirs, zone), _local(due, zone)


def _zone(course: Course) -> ZoneInfo:
    name = str(course.config.Exchange.get("timezone", "UTC"))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise CourseError(
            f"c.Exchange.timezone = {name!r} is no time zone; one is 'Europe/Zurich'."
        ) from None


def _date(text: str, due: datetime, zone: ZoneInfo) -> datetime:
    """Return a date as nbgrader keeps it: in UTC, without saying so."""
    span = SPAN.fullmatch(text.strip().lower())
    if span:
        return due + int(span[1]) * UNITS[span[2]]
    try:
        first, second = (parser.parse(text, default=datetime(2000, 1, day)) for day in (1, 2))
        at_noon = parser.parse(text, default=datetime(2000, 1, 1, 12))
    except (ValueError, OverflowError):
        raise CourseError(
            f"{text!r} is no date: write 2026-03-01, '2026-03-01 18:00', or '3 days' after the due date."
        ) from None
    if first != second:
        raise CourseError(f"{text!r} names no day: write 2026-03-01, or '2026-03-01 18:00'.")
    if at_noon != first:  # it names no time
        first = datetime.combine(first.date(), time(23, 59, 59), first.tzinfo)
    known: datetime = first if first.tzinfo else first.replace(tzinfo=zone)
    return known.astimezone(UTC).replace(tzinfo=None)


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.replace(tzinfo=UTC).astimezone(zone)


def _said(moment: datetime, zone: ZoneInfo) -> str:
    return f"{_local(moment, zone):%Y-%m-%d %H:%M %Z}"
