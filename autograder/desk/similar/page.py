"""The page that shows alike answers side by side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, PackageLoader, select_autoescape

from autograder.course import Course, CourseError
from autograder.desk.files import write_atomically
from autograder.desk.similar.find import Found
from autograder.desk.similar.pairs import Pair

Line = tuple[int, str, bool]  # its number, its text, whether the other has it too


def write_page(course: Course, found: Found) -> Path:
    """Write similar/ASSIGNMENT.html, and return its path.

    Raises:
        CourseError: if it can't be written.
    """
    loader = PackageLoader("autograder.desk")
    template = Environment(loader=loader, autoescape=select_autoescape()).get_template("similar.html")
    path = course.root / "similar" / f"{found.assignment}.html"
    try:
        write_atomically(path, template.render(found=found, sides=sides))
    except OSError as error:
        raise CourseError(f"Can't write {path}: {error.strerror}.") from None
    return path


def sides(pair: Pair) -> Iterator[tuple[str, list[Line], list[Line]]]:
    """Yield the exercises in which two are alike, with the lines of both."""
    for exercise, (here, there) in pair.lines.items():
        first, second = pair.first.answers[exercise], pair.second.answers[exercise]
        yield exercise, _lines(first.source, here), _lines(second.source, there)


def _lines(source: str, same: frozenset[int]) -> list[Line]:
    return [(number, line, number in same) for number, line in enumerate(source.splitlines(), 1)]
