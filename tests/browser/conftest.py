"""A JupyterLab on loopback and a headless Chromium, one of each for a test worker."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyodide
import pytest
import site_server
from lab_server import PATIENCE, Lab, serve

from autograder.course import CONFIG, Course
from backprop.reference import build_mynn
from workbook import export

HERE = Path(__file__).parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    "--no-sandbox",  # CI runs as root; the pages are our own
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]


def chromium() -> str | None:
    """Return where Chromium is: $CHROMIUM, else the first of its names on the PATH."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say which tests don't run for want of a browser, unless BROWSER_TESTS=required makes that a failure."""
    if chromium() or os.environ.get("BROWSER_TESTS") == "required":
        return
    reason = (
        "no Chromium here, so nothing was tested in a browser: install it ('apt-get install chromium', or "
        "name yours in CHROMIUM) and run 'make test' again"
    )
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def lab(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab on copies: solved/ (the solutions, with all of mynn) and released/ (what students get)."""
    root = tmp_path_factory.mktemp("lab")
    shutil.copy(course.root / CONFIG, root)
    for assignment in course.assignments():
        (root / "solved" / assignment).mkdir(parents=True)
        shutil.copy(course.notebook(assignment), root / "solved" / assignment)
    build_mynn(course, root / "solved")
    shutil.copytree(
        course.folder("release"), root / "released", ignore=shutil.ignore_patterns(".ipynb_checkpoints")
    )
    export.create_package(root / "released")
    yield from serve(root, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def chrome() -> Iterator[Any]:
    """One Chromium."""
    from playwright.sync_api import sync_playwright

    path = chromium()
    if path is None:
        pytest.fail(
            "BROWSER_TESTS=required, and there is no Chromium: install it, or name yours in CHROMIUM."
        )
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


def profile(chrome: Any) -> Any:
    """A profile of its own: nothing is known in it, and nothing kept."""
    context = chrome.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(1000 * PATIENCE)
    return context


@pytest.fixture(scope="session")
def browser(chrome: Any) -> Iterator[Any]:
    """One profile for all, so that JupyterLab's own files are loaded once."""
    context = profile(chrome)
    yield context
    context.close()


@pytest.fixture(scope="session")
def course_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the course's site, with one lesson to read; skipped where Pyodide can't be had.

    SITE names one that `make site` wrote: then that is looked at, with all its lessons.
    """
    if os.environ.get("SITE"):
        with site_server.serve(Path(os.environ["SITE"])) as address:
            yield address
        return
    try:
        runtime = pyodide.folder()
    except pyodide.NotHereError as error:
        pytest.skip(f"no Pyodide here, so the course was not tested in a browser tab: {error}")
    folder = tmp_path_factory.mktemp("site") / "site"
    command = [sys.executable, "-m", "backprop.site", "--output", str(folder), "--pyodide", str(runtime)]
    done = subprocess.run(
        [*command, "--lessons", "03-saturation"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    with site_server.serve(folder) as address:
        yield address


@pytest.fixture
def visitor(chrome: Any, course_site: str) -> Iterator[site_server.Tab]:
    """Somebody who comes to the site for the first time; no request of theirs may go anywhere else."""
    context = profile(chrome)
    context.set_default_timeout(3000 * PATIENCE)  # Python has to come first
    outside: list[str] = []
    ours = (f"{course_site}/", "data:", "blob:")
    context.on("request", lambda r: None if r.url.startswith(ours) else outside.append(r.url))
    yield site_server.Tab(context.new_page(), course_site)
    context.close()
    assert outside == []


@pytest.fixture(scope="session")
def tab(browser: Any, lab: Lab) -> Any:
    """One tab with JupyterLab in it, that remembers what goes wrong."""
    tab = browser.new_page()
    tab.wrongs = []
    tab.on("pageerror", lambda error: tab.wrongs.append(str(error)))
    tab.on("console", lambda line: tab.wrongs.append(line.text) if "create a view" in line.text else None)
    tab.goto(lab.address("lab"))
    tab.wait_for_function("window.jupyterapp?.restored !== undefined")
    tab.evaluate("async () => { await jupyterapp.restored; }")
    return tab


@pytest.fixture
def page(tab: Any, lab: Lab) -> Iterator[Any]:
    """JupyterLab with nothing open; what a test opens is closed after it, and its kernels end."""
    tab.wrongs.clear()
    yield tab
    tab.evaluate("() => [...jupyterapp.shell.widgets('main')].forEach(document => document.dispose())")
    lab.stop_kernels()
