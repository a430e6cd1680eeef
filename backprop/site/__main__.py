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
MARK = Path("lite", "jupyter-lite.json")  # what a site has, and nothing else


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the site, and say where it is."""
    parser = argparse.ArgumentParser(prog="python -m backprop.site", description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("site"), help="the folder that is written anew")
    parser.add_argument("--pyodide", type=Path, help="a folder with Pyodide's files, or its release archive")
    parser.add_argument("--lessons", nargs="*", metavar="ASSIGNMENT", help="which to read (default: all)")
    given = parser.parse_args(arguments)
    course = repository()
    output: Path = given.output
    if output.exists() and not (output / MARK).is_file() and (output.is_file() or any(output.iterdir())):
        print(f"{output} isn't a site that was made here: it stays. Name another --output.", file=sys.stderr)
        return 1
    chosen = course.assignments() if given.lessons is None else given.lessons
    try:
        with tempfile.TemporaryDirectory(prefix="site-") as folder:
            work = Path(folder)
            sources, made = course.root / SOURCES, work / "site"
            tab.build(course, sources, given.pyodide, _new(work / "lite"), made / "lite")
            read = lessons.lessons(course, chosen, _new(work / "lessons"))
            pages.build(course, read, sources, _new(work / "pages"), made)
            shutil.rmtree(output, ignore_errors=True)
            shutil.move(made, output)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in output.rglob("*") if path.is_file()) / 1e6
    print(f"{output}: {size:.0f} MB. To look at it: python -m http.server -d {output}")
    return 0


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    sys.exit(main())
