"""The pages around the lessons: Sphinx makes them, with search, a version for print, and mathematics."""

from __future__ import annotations

import html
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import distribution
from pathlib import Path

import nbformat

from autograder.course import Course, CourseError
from backprop.start import NAME as START
from backprop.start import title_and_promise

TAB = "lite/lab/index.html"
MATHS = ("tex-chtml-full.js", "output/chtml/fonts")  # of MathJax: one script, and its fonts
LISTED = "<!-- the notebooks -->"


def build(
    course: Course, lessons: Mapping[str, nbformat.NotebookNode], sources: Path, work: Path, output: Path
) -> None:
    """Write the pages.

    Args:
        course: the course.
        lessons: each assignment's notebook as readers get it.
        sources: docs/site, with Sphinx's settings, the home page and the style.
        work: an empty folder to work in.
        output: the folder that gets the pages.

    Raises:
        CourseError: if Sphinx refuses a page, or warns of one.
    """
    shutil.copytree(sources / "pages", work, dirs_exist_ok=True)
    _mathematics(work / "_static" / "mathjax")
    home = work / "index.md"
    listed = [
        _row(course, assignment, "lesson" if assignment in lessons else "")
        for assignment in course.assignments()
    ]
    home.write_text(
        home.read_text(encoding="utf-8")
        .replace(LISTED, "\n".join(["| notebook | what it gives |", "|---|---|", *listed]))
        .replace("<!-- pages -->", "\n".join(lessons)),
        encoding="utf-8",
    )
    for assignment, lesson in lessons.items():
        lesson.cells.insert(1, _open(course, assignment))
        nbformat.write(lesson, work / f"{assignment}.ipynb")  # type: ignore[no-untyped-call]
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    done = subprocess.run(
        [*command, "-d", str(work.parent / "doctrees"), str(work), str(output)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CourseError(f"Sphinx stopped:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    shutil.rmtree(
        output / "_sources", ignore_errors=True
    )  # the notebooks in the tab are the ones to work with


def address(path: str) -> str:
    """Return where a file of the course opens in the tab."""
    return f"{TAB}?path={path}"


def _row(course: Course, assignment: str, lesson: str) -> str:
    title, promise = title_and_promise(course, assignment)
    name = f"[{title}]({assignment}.ipynb)" if lesson else title
    link = f'<a href="{address(_path(course, assignment))}">open</a>'
    return f"| {name} · {link} | {promise} |"


def _path(course: Course, assignment: str) -> str:
    return f"{assignment}/{course.notebook(assignment).name}"


def _open(course: Course, assignment: str) -> nbformat.NotebookNode:
    """Return the cell below the title of a lesson: this is to read, there it is to work with."""
    work, start = (html.escape(address(path)) for path in (_path(course, assignment), START))
    cell: nbformat.NotebookNode = nbformat.v4.new_markdown_cell(  # type: ignore[no-untyped-call]
        f'<p class="open-tab"><a class="open-button" href="{work}">Open in your browser</a> '
        "Read here; there you move the sliders, write the modules and check them, with nothing to install. "
        f'(<a href="{start}">Where do I stand?</a>)</p>',
        id="open-tab",
    )
    return cell


def _mathematics(into: Path) -> None:
    """Copy MathJax beside the pages, so that they ask no other host for it."""
    folder = Path(str(distribution("sphinx-mathjax-offline").locate_file("sphinx-mathjax-offline")))
    for name in MATHS:
        source = folder / "static" / "mathjax" / name
        if source.is_dir():
            shutil.copytree(source, into / name)
        else:
            into.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, into / name)
