"""`python -m backprop.site`: write the course as static files, for any web server."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from autograder.course import CourseError, repository
from backprop.site import lessons, pages, tab

SOURCES = Path("docs", "site")


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the site, and say where it is."""
    parser = argparse.ArgumentParser(prog="python -m backprop.site", description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("site"), help="the folder that is written anew")
    parser.add_argument("--pyodide", type=Path, help="a folder with Pyodide's files, or its release archive")
    parser.add_argument("--lessons", nargs="*", metavar="ASSIGNMENT", help="which to read (default: all)")
    given = parser.parse_args(arguments)
    course = repository()
    chosen = course.assignments() if given.lessons is None else given.lessons
    try:
        with tempfile.TemporaryDirectory(prefix="site-") as folder:
            work = Path(folder)
            sources, output = course.root / SOURCES, work / "site"
            tab.build(course, sources, given.pyodide, _new(work / "lite"), output / "lite")
            made = lessons.lessons(course, chosen, _new(work / "lessons"))
            pages.build(course, made, sources, _new(work / "pages"), output)
            shutil.rmtree(given.output, ignore_errors=True)
            shutil.move(output, given.output)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in given.output.rglob("*") if path.is_file()) / 1e6
    print(f"{given.output}: {size:.0f} MB. To look at it: python -m http.server -d {given.output}")
    return 0


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    sys.exit(main())
