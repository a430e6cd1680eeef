"""The course in a browser tab: from the home page to a graded notebook, with nothing but a browser."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from accessible import violations
from links import Links
from site_server import Tab
from test_notebooks import follow_the_keyboard

from autograder.course import CONFIG, Course
from autograder.marking.cells import grade_id, role
from backprop.mistakes import bank_of
from backprop.reference import exported, solution

ASSIGNMENT = "02-modules"
GIVEN = ("load", "imports", "tools")
pytestmark = pytest.mark.slow  # the whole site is built, and a kernel starts in the browser


def test_from_the_home_page_to_a_graded_notebook(visitor: Tab, course: Course, tmp_path: Path) -> None:
    """One student's way: open, err, read what is wrong, mend it, reload, hand in, be graded."""
    from playwright.sync_api import expect

    page = visitor.page
    page.goto(f"{visitor.site}/index.html")
    page.locator("tr", has_text="02 · Modules").get_by_role("link", name="open").click()
    visitor.wait()
    for name in GIVEN:
        visitor.run(name)
    relu = exercise("relu")
    right = exported(course, ASSIGNMENT)
    (wrong,) = [each for each in relu.wrong if each.name == "mask-alone"]

    visitor.write("relu", wrong.apply(right["relu"]))
    visitor.run("relu")
    card = visitor.run(checks_of(course, "relu")[-1])
    assert wrong.sentence in card.replace("\n", " ")
    assert "What it looks like" in card or "Traceback" not in card

    visitor.write("relu", right["relu"])
    assert "exported to mynn.modules: ReLU" in visitor.run("relu")
    for name in checks_of(course, "relu"):
        assert "✓" in visitor.run(name)
    for name in exercises(course)[:1]:
        visitor.write(name, right[name])
        visitor.run(name)
    visitor.run("_explorer(")
    follow_the_keyboard(page, page.locator(".workbook-explorer").first)

    saved = "() => !jupyterapp.shell.currentWidget.context.model.dirty"
    page.wait_for_function(saved)
    page.reload()
    visitor.wait()
    assert right["relu"].split("\n", 2)[2].strip() in page.evaluate(
        "index => [...jupyterapp.shell.currentWidget.content.model.cells][index].sharedModel.source",
        visitor.index("relu"),
    )
    visitor.run("load")
    assert "✓ solved" in visitor.run("progress()  # what of this notebook is solved")

    with page.expect_download() as download:
        page.get_by_role("button", name="Hand in").click()
    expect(page.locator(".jp-Dialog-content")).to_contain_text("Not filled in yet")
    page.keyboard.press("Enter")
    assert download.value.suggested_filename == course.notebook(ASSIGNMENT).name
    points = graded(course, Path(download.value.path()), tmp_path)
    for name in checks_of(course, "relu"):
        assert points[name] == "full"


def exercise(name: str) -> Any:
    bank = bank_of(ASSIGNMENT)
    assert bank is not None
    (found,) = [each for each in bank.exercises if each.cell == name]
    return found


def exercises(course: Course) -> list[str]:
    return [grade_id(c) for c in solution(course, ASSIGNMENT).cells if role(c) == "exercise"]


def checks_of(course: Course, name: str) -> list[str]:
    cells = [grade_id(c) for c in solution(course, ASSIGNMENT).cells if role(c) == "test"]
    return [cell for cell in cells if cell.startswith(name)]


def graded(course: Course, file: Path, root: Path) -> dict[str, str]:
    """Grade what was handed in, in a course of its own; "full" where a cell got all its points."""
    from nbgrader.api import Gradebook

    settings = (course.root / CONFIG).read_text()
    (root / CONFIG).write_text(settings.replace(", WriteClues]", "]"))  # the clues are in the tab already
    for assignment in course.assignments():
        if assignment <= ASSIGNMENT:
            shutil.copytree(course.folder("source") / assignment, root / "solutions" / assignment)
    made = Course(root).application().generate_assignment(ASSIGNMENT)
    assert made["success"], made["log"]
    place = root / "submitted" / "ada" / ASSIGNMENT
    place.mkdir(parents=True)
    shutil.copy(file, place / course.notebook(ASSIGNMENT).name)
    command = [sys.executable, "-m", "autograder", "grade", ASSIGNMENT, "--course", str(root), "--jobs", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        (notebook,) = gradebook.find_submission(ASSIGNMENT, "ada").notebooks
        return {
            grade.name: "full" if grade.auto_score == grade.max_score else f"{grade.auto_score}"
            for grade in notebook.grades
        }


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("name", ["index", "03-saturation"])
def test_a_page_is_whole_and_accessible(visitor: Tab, name: str, width: int) -> None:
    page = visitor.page
    page.set_viewport_size({"width": width, "height": 900})
    wrongs: list[str] = []
    page.on("pageerror", lambda error: wrongs.append(str(error)))
    page.on("response", lambda answer: wrongs.append(answer.url) if answer.status >= 400 else None)
    page.goto(f"{visitor.site}/{name}.html", wait_until="networkidle")
    if name != "index":
        page.wait_for_selector("mjx-container")
    assert wrongs == []
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.evaluate("[...document.images].filter(image => !image.alt).map(image => image.src)") == []


def test_search_finds_a_lesson(visitor: Tab) -> None:
    visitor.page.goto(f"{visitor.site}/search.html?q=saturation")
    visitor.page.locator("#search-results a", has_text="Saturation").first.wait_for()


def test_every_link_leads_somewhere_and_nothing_is_loaded_from_elsewhere(course_site: str) -> None:
    pages = fetch_pages(course_site)
    assert {"index.html", "03-saturation.html", "search.html"} <= pages.keys()
    broken = []
    for name, links in pages.items():
        for link in sorted(links.points | links.loads):
            if link.startswith(("data:", "mailto:", "javascript:")):
                continue
            target, place = urldefrag(urljoin(f"{course_site}/{name}", link))
            if not target.startswith(f"{course_site}/"):
                if link in links.loads and not link.startswith("#"):
                    broken.append(f"{name} loads {link}")
                continue
            path = unquote(urlsplit(target).path).lstrip("/") or "index.html"
            if path in pages:
                if place and place not in pages[path].places:
                    broken.append(f"{name} -> {link}: no such place")
            elif not answers(target):
                broken.append(f"{name} -> {link}: no such file")
            opened = dict(part.split("=", 1) for part in urlsplit(target).query.split("&") if "=" in part)
            if path.startswith("lite/lab") and not answers(f"{course_site}/lite/files/{opened['path']}"):
                broken.append(f"{name} -> {link}: no such notebook")
    assert broken == []


def fetch_pages(address: str) -> dict[str, Links]:
    """Read the pages, from the home page on."""
    from urllib.request import urlopen

    pages: dict[str, Links] = {}
    waiting = ["index.html", "search.html", "genindex.html"]
    while waiting:
        name = waiting.pop()
        with urlopen(f"{address}/{name}") as answer:
            pages[name] = Links(answer.read().decode())
        for link in pages[name].points:
            target = urlsplit(urljoin(f"{address}/{name}", link))
            path = target.path.lstrip("/")
            ours = f"{target.scheme}://{target.netloc}" == address
            if ours and path.endswith(".html") and not path.startswith("lite/") and path not in pages:
                waiting.append(path)
    return pages


def answers(address: str) -> bool:
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    try:
        with urlopen(Request(address, method="HEAD")) as answer:
            return bool(answer.status == 200)
    except HTTPError:
        return False
