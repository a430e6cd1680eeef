"""Takes the pictures of README and tour: a demo's course, its pages in a headless Chromium.

    .venv/bin/python docs/pictures.py [COURSE]

COURSE is what `autograder demo 02-modules 05-losses --keep COURSE` has made; without it, one is made first.
What the tour does in the course (grading answers, an extension) is done here too: take one that may change.
"""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from rich.console import Console

from autograder.course import Course, repository
from autograder.desk.answers.serve import Desk, serve
from autograder.desk.demo import run_demo
from autograder.desk.extend import extend
from autograder.desk.grade import grade
from autograder.desk.pages.write import write_feedback
from autograder.desk.report import write_report
from autograder.desk.show import summary

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "browser"))
from lab_server import serve as serve_lab

IMAGES = Path(__file__).parent / "images"
ASSIGNMENTS = ("02-modules", "05-losses")
IDLE = "() => jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
COMMENT = "Right. Say also why it is a *sum*: a nudge of X moves both branches at once."


def main() -> None:
    """Make the course if need be, go through the tour, take its pictures."""
    if len(sys.argv) > 1:
        course = Course(Path(sys.argv[1]).resolve())
    else:
        folder = Path(tempfile.mkdtemp(prefix="pictures-")) / "course"
        run_demo(Console(), folder, ASSIGNMENTS)
        course = Course(folder)
    with browser() as chromium:
        notebooks(chromium)
        terminal(chromium, course)
        with answers_page(course) as link:
            answers(chromium, link)
        extend(course, "02-modules", "niels", "1 day")
        grade(course, ["02-modules"], "niels")
        write_feedback(course)
        page = course.place("feedback", "02-modules", "emmy") / "modules.html"
        feedback(chromium, page)
        report(chromium, write_report(course))


@contextmanager
def browser() -> Iterator[Any]:
    """Run a Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        raise SystemExit("Pictures need a Chromium: install one, or name yours in CHROMIUM.")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


def tab(chromium: Any, address: str, width: int = 1000, height: int = 620) -> Any:
    """Open a page."""
    page = chromium.new_page(viewport={"width": width, "height": height})
    page.goto(address)
    return page


def keep(page: Any, name: str) -> None:
    """Save what is seen of a page."""
    page.screenshot(path=IMAGES / f"{name}.png")
    page.close()


def notebooks(chromium: Any) -> None:
    """A derivation as it is before the first run, and an explorer, in JupyterLab."""
    with tempfile.TemporaryDirectory() as folder, contextmanager(serve_lab)(*places(Path(folder))) as lab:
        page = tab(chromium, lab.address("lab"), 1180, 900)
        page.wait_for_function("window.jupyterapp?.restored !== undefined")
        page.evaluate("async () => { await jupyterapp.restored; }")
        page.evaluate("async () => { await jupyterapp.commands.execute('application:toggle-left-area'); }")
        show(page, "02-modules/modules.ipynb", "img[alt^='The Linear module']", run=False)
        page.screenshot(path=IMAGES / "notebook.png")
        show(page, "03-saturation/saturation.ipynb", ".jp-OutputArea-output:has(input[type=range])", run=True)
        keep(page, "saturation")


def places(folder: Path) -> tuple[Path, Path]:
    """Make two folders: one with the released notebooks to open, one for what JupyterLab keeps of itself."""
    shutil.copytree(repository().folder("release"), folder / "work")
    (folder / "home").mkdir()
    return folder / "work", folder / "home"


def show(page: Any, path: str, what: str, *, run: bool) -> None:
    """Open a notebook, have its cells run if wanted, and bring something in it into sight."""
    page.evaluate("async path => { await jupyterapp.commands.execute('docmanager:open', { path }); }", path)
    page.wait_for_function(IDLE)
    if run:
        page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
    found = page.locator(what).first
    found.wait_for(timeout=120_000)
    page.wait_for_function(IDLE)
    found.evaluate("it => it.scrollIntoView({ block: 'center' })")


def terminal(chromium: Any, course: Course) -> None:
    """What `autograder grade` prints."""
    console = Console(record=True, width=96, file=io.StringIO(), force_terminal=True)
    console.print("$ autograder grade 02-modules", style="bold")
    console.print(summary(grade(course, ["02-modules"])))
    page = tab(chromium, "about:blank", 860, 620)
    page.set_content(console.export_html(inline_styles=True))
    page.add_style_tag(content="body { margin: 12px; font-size: 13px; } pre { margin: 0; }")
    page.locator("pre").screenshot(path=IMAGES / "tour-terminal.png")
    page.close()


def answers(chromium: Any, link: str) -> None:
    """Some answers to one question, graded with the keyboard."""
    page = tab(chromium, link, height=820)
    page.get_by_role("link", name="why-sum").press("Enter")
    page.locator("#first").press("Enter")
    page.keyboard.type("2.5")
    page.keyboard.press("Tab")
    page.keyboard.type(COMMENT)
    page.keyboard.press("Control+Enter")
    page.get_by_text("✓ saved").first.wait_for()
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    page.get_by_text("✓ saved").nth(1).wait_for()
    page.keyboard.press("Alt+1")
    page.locator(".answer:focus-within").evaluate("answer => answer.scrollIntoView({ block: 'end' })")
    keep(page, "tour-answers")


def feedback(chromium: Any, path: Path) -> None:
    """A student's page: its contents, and a mistake beside its line."""
    keep(tab(chromium, path.as_uri(), height=520), "tour-feedback")
    keep(tab(chromium, f"{path.as_uri()}#exercise-2", height=760), "feedback")


def report(chromium: Any, path: Path) -> None:
    """The report: what waits, the map, a misconception with its example."""
    keep(tab(chromium, path.as_uri(), height=520), "tour-report")
    page = tab(chromium, f"{path.as_uri()}#02-modules", 1100, 900)
    keep(page, "tour-map")
    page = tab(chromium, path.as_uri(), height=560)
    page.get_by_text("nobody's name on it").first.click()
    page.get_by_role("heading", name="What the class misunderstood").first.evaluate(
        "it => it.scrollIntoView()"
    )
    keep(page, "tour-mistakes")


@contextmanager
def answers_page(course: Course) -> Iterator[str]:
    """Serve `autograder answers` for a while; yields its link."""
    ready = threading.Event()
    links: list[str] = []

    def opened(link: str) -> None:
        links.append(link)
        ready.set()

    loop = asyncio.new_event_loop()
    task = loop.create_task(serve(Desk(course, "02-modules", blind=True), 0, opened))

    def run() -> None:
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            loop.close()

    server = threading.Thread(target=run)
    server.start()
    ready.wait()
    try:
        yield links[0]
    finally:
        loop.call_soon_threadsafe(task.cancel)
        server.join()


if __name__ == "__main__":
    main()
