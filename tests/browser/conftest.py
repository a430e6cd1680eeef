"""A JupyterLab on loopback and a headless Chromium, one of each for a test worker."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
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
def browser() -> Iterator[Any]:
    """One Chromium with one profile, so that JupyterLab's own files are loaded once."""
    from playwright.sync_api import sync_playwright

    path = chromium()
    if path is None:
        pytest.fail(
            "BROWSER_TESTS=required, and there is no Chromium: install it, or name yours in CHROMIUM."
        )
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        context = running.new_context(viewport={"width": 1400, "height": 1000})
        context.set_default_timeout(1000 * PATIENCE)
        yield context
        context.close()
        running.close()


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
