"""`autograder report`: report/index.html, one file that needs nothing else, and its tables as CSV."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, PackageLoader

from autograder.course import Course, CourseError
from autograder.desk.pages.page import points
from autograder.desk.pages.safe import worded
from autograder.desk.report.columns import Row
from autograder.desk.report.results import AssignmentReport, NothingGradedError, read_report
from autograder.desk.spreadsheet import no_formula
from autograder.desk.trouble import in_words
from autograder.marking.outcome import printable

FORMGRADER = "http://localhost:8888/formgrader"  # where `jupyter lab` serves it by itself
STANDINGS = {
    "graded": "",
    "unreadable": "can't be read",
    "ungraded": "not graded yet: run autograder grade",
    "missing": "nothing handed in",
}


def write_report(course: Course, assignments: Sequence[str] = (), formgrader: str = FORMGRADER) -> Path:
    """Write report/index.html, report/scores.csv and report/items.csv.

    Args:
        course: the course.
        assignments: which; all that are graded by default.
        formgrader: the address of formgrader, for links.

    Returns:
        The page's path.

    Raises:
        CourseError: if an assignment is unknown, nothing is graded, or the folder can't be written.
    """
    for assignment in assignments:
        course.notebook(assignment)
    reports = []
    with in_words(course):
        for assignment in assignments or course.assignments():
            try:
                reports.append(read_report(course, assignment))
            except NothingGradedError:
                if assignments:
                    raise
    if not reports:
        raise CourseError(f"Nothing is graded yet in {course.root}. Run 'autograder grade' first.")
    folder = course.root / "report"
    page = _page(course, reports, formgrader.rstrip("/"))
    try:
        folder.mkdir(exist_ok=True)
        (folder / "scores.csv").write_text(_csv(_scores(reports)), encoding="utf-8")
        (folder / "items.csv").write_text(_csv(_items(reports)), encoding="utf-8")
        (folder / "index.html").write_text(page, encoding="utf-8")
    except OSError as error:
        raise CourseError(f"Can't write the report into {folder}: {error.strerror}.") from None
    return folder / "index.html"


def _page(course: Course, reports: Sequence[AssignmentReport], formgrader: str) -> str:
    environment = Environment(
        loader=PackageLoader("autograder.desk"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "points": points,
        "percent": percent,
        "days": days,
        "clean": printable,
        "worded": worded,
    }
    assert environment.loader is not None
    script = environment.loader.get_source(environment, "report/tables.js")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

    def feedback(assignment: str, student: str, notebook: str) -> str:
        """Return the link from the report to a student's page, "" if it isn't written."""
        path = course.place("feedback", assignment, student) / f"{notebook}.html"
        try:
            inside = path.relative_to(course.root)
        except ValueError:
            return path.as_uri() if path.is_file() else ""
        return f"../{quote(inside.as_posix())}" if path.is_file() else ""

    return environment.get_template("report/index.html.j2").render(
        course=course.course_id,
        reports=reports,
        now=f"{datetime.now():%Y-%m-%d %H:%M}",
        script=script,
        digest=digest,
        formgrader=formgrader,
        feedback=feedback,
        standings=STANDINGS,
    )


def percent(share: float | None) -> str:
    """Return a share as people write it."""
    return "–" if share is None else f"{100 * share:.0f} %"


def days(seconds: float) -> str:
    """Return how long that is, in days and hours."""
    whole, rest = divmod(seconds, 86400)
    return f"{int(whole)} d {int(rest // 3600)} h" if whole else f"{rest / 3600:.1f} h"


def _csv(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([[no_formula(value) for value in row] for row in rows])
    return text.getvalue()


def _scores(reports: Sequence[AssignmentReport]) -> Iterable[Sequence[object]]:
    """Yield a row for each student: points, maximum, points that wait, and how the submission stands."""
    rows = {(report.name, row.student): row for report in reports for row in report.rows}
    names = {row.student: row.name for row in rows.values()}
    head = ["student", "name"]
    for report in reports:
        head += [report.name, f"{report.name} maximum", f"{report.name} waiting", f"{report.name} remarks"]
    yield head
    for student in sorted(names):
        line: list[object] = [student, names[student]]
        for report in reports:
            row = rows.get((report.name, student))
            graded = row is not None and row.standing == "graded"
            line += [row.score if row and graded else "", report.max_score]
            line += [row.waiting if row and graded else "", _remarks(row) if row else ""]
        yield line


def _remarks(row: Row) -> str:
    said = [STANDINGS[row.standing]]
    if row.late_seconds > 0:
        said.append(f"late by {days(row.late_seconds)}")
    if row.extended:
        said.append(f"extended by {row.extended:g} d")
    return "; ".join(filter(None, said))


def _items(reports: Sequence[AssignmentReport]) -> Iterable[Sequence[object]]:
    yield ["assignment", "item", "points", "difficulty", "discrimination", "in words"]
    for report in reports:
        for each in report.items:
            words = "; ".join(filter(None, (each.how_hard, each.how_telling)))
            numbers = [_number(each.difficulty), _number(each.discrimination)]
            yield [report.name, each.name, each.max_score, *numbers, words]


def _number(value: float | None) -> object:
    return "" if value is None else round(value, 4)
