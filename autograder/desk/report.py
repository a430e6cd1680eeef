"""`autograder report`: what the class scored, which items were hard, and what it misunderstood."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from jinja2 import Environment, PackageLoader, select_autoescape
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from autograder.course import Course, CourseError
from autograder.desk.results import AssignmentReport, read_report
from autograder.desk.trouble import in_words


def write_report(course: Course, assignments: Sequence[str] = ()) -> Path:
    """Write report/index.html, report/scores.csv and report/items.csv.

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
            except CourseError:
                if assignments:
                    raise
    if not reports:
        raise CourseError(f"Nothing is graded yet in {course.root}. Run 'autograder grade' first.")
    folder = course.root / "report"
    page = Environment(loader=PackageLoader("autograder.desk"), autoescape=select_autoescape()).get_template(
        "report.html"
    )
    try:
        folder.mkdir(exist_ok=True)
        (folder / "scores.csv").write_text(_scores_csv(reports), encoding="utf-8")
        (folder / "items.csv").write_text(_items_csv(reports), encoding="utf-8")
        html = page.render(
            reports=reports, figures={r.name: _histogram(r) for r in reports}, median=np.median
        )
        (folder / "index.html").write_text(html, encoding="utf-8")
    except OSError as error:
        raise CourseError(f"Can't write the report into {folder}: {error.strerror}.") from None
    return folder / "index.html"


def _csv(rows: Sequence[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _scores_csv(reports: Sequence[AssignmentReport]) -> str:
    students = sorted({student for report in reports for student in report.scores})
    head = ["student", *(report.name for report in reports)]
    return _csv([head, *([s, *(report.scores.get(s, "") for report in reports)] for s in students)])


def _items_csv(reports: Sequence[AssignmentReport]) -> str:
    head = ["assignment", "item", "points", "difficulty", "discrimination"]
    rows = [
        [r.name, i.name, i.max_score, _number(i.difficulty), _number(i.discrimination)]
        for r in reports
        for i in r.items
    ]
    return _csv([head, *rows])


def _number(value: float | None) -> object:
    return "" if value is None else round(value, 4)


def _histogram(report: AssignmentReport) -> str:
    """Return the distribution of scores as a PNG in base64."""
    with matplotlib.rc_context({"font.size": 10}):
        figure = Figure(figsize=(5.2, 2.2), layout="constrained")
        ax = figure.subplots()
        bins = np.linspace(0, max(report.max_score, 1e-9), 12).tolist()
        ax.hist(list(report.scores.values()), bins=bins, color="#0072B2", edgecolor="white")
        ax.set(xlabel=f"score (points of {report.max_score:g})", ylabel="students")
        ax.yaxis.set_major_locator(MaxNLocator(integer=True))
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=110)
    return base64.b64encode(buffer.getvalue()).decode()
