"""The pages as Sphinx makes them: every link leads somewhere, and nothing is loaded from another host."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import nbformat
import pytest
from links import Links

from autograder.course import Course, read_notebook
from backprop.site import lessons, pages, tab
from backprop.site.__main__ import SOURCES

ASSIGNMENT = "07-autograd"


@pytest.fixture(scope="module")
def built(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home page and one lesson, as released: without Pyodide, and without running a solution."""
    root = tmp_path_factory.mktemp("pages")
    lesson = lessons._lesson(course, ASSIGNMENT, nbformat.v4.new_notebook())
    work, made = root / "work", root / "site"
    work.mkdir()
    pages.build(course, {ASSIGNMENT: lesson}, course.root / SOURCES, work, made)
    tab.released(course, made / "lite" / "files")
    return made


def test_every_link_of_the_pages_leads_somewhere_and_nothing_is_loaded_from_elsewhere(built: Path) -> None:
    read = {path.name: Links(path.read_text(encoding="utf-8")) for path in built.glob("*.html")}
    assert {"index.html", f"{ASSIGNMENT}.html", "search.html"} <= read.keys()
    broken = []
    for name, links in read.items():
        for link in sorted(links.points | links.loads):
            to = urlsplit(link)
            if to.scheme or to.netloc:
                if link in links.loads and to.scheme != "data":
                    broken.append(f"{name} loads {link}")
                continue
            path = unquote(to.path) or name
            if path == pages.TAB:
                path = f"lite/files/{parse_qs(to.query)['path'][0]}"
            if not (built / path).is_file():
                broken.append(f"{name} -> {link}: no such file")
            elif to.fragment and path in read and to.fragment not in read[path].places:
                broken.append(f"{name} -> {link}: no such place")
    assert broken == []


def test_the_home_page_opens_every_notebook_and_start(built: Path, course: Course) -> None:
    opened = {
        parse_qs(urlsplit(link).query)["path"][0]
        for link in Links((built / "index.html").read_text(encoding="utf-8")).points
        if link.startswith(pages.TAB)
    }
    notebooks = {f"{each}/{course.notebook(each).name}" for each in course.assignments()}
    assert opened == {"START.ipynb", *notebooks}


def test_a_lesson_has_its_formulas_and_says_where_to_work(built: Path, course: Course) -> None:
    page = (built / f"{ASSIGNMENT}.html").read_text(encoding="utf-8")
    released = read_notebook(course.folder("release") / ASSIGNMENT / course.notebook(ASSIGNMENT).name)
    text = "\n".join(cell.source for cell in released.cells if cell.cell_type == "markdown")
    assert page.count('class="math ') >= len(re.findall(r"\$\$.+?\$\$", text, re.DOTALL)) > 0
    assert f"{pages.TAB}?path={ASSIGNMENT}/" in page
    assert (built / "_static" / "mathjax" / "tex-chtml-full.js").is_file()
