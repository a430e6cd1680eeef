"""Every notebook in JupyterLab: it runs, its figures follow the keyboard, Validate says what is true."""

from __future__ import annotations

import re
from typing import Any

import nbformat
import pytest
from lab_server import PATIENCE

from autograder.course import Course, repository
from workbook.alt import alt_of

ASSIGNMENTS = repository().assignments()
IDLE = "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
ROOM = 800  # pixels of a narrow page; JupyterLab hides what is wider behind a scroll bar
WIDE = """room => document.querySelectorAll('.jp-MarkdownCell details').forEach(hint => { hint.open = true; })
|| [...document.querySelectorAll('.jp-MarkdownCell mjx-container')].map(
    box => [Math.ceil(box.querySelector('mjx-math').getBoundingClientRect().width),
            box.closest('.jp-MarkdownCell').innerText.slice(0, 60)]
).filter(([width]) => !(0 < width && width <= room))"""
FORMULAS = "n => document.querySelectorAll('.jp-MarkdownCell mjx-container').length >= n"
ERRORS = """() => [...jupyterapp.shell.currentWidget.content.model.cells].flatMap(
    cell => cell.type === 'code' ? cell.toJSON().outputs.filter(o => o.output_type === 'error') : []
).map(o => `${o.ename}: ${o.evalue}`)"""


def open_notebook(page: Any, path: str) -> None:
    page.evaluate("async path => { await jupyterapp.commands.execute('docmanager:open', { path }); }", path)
    page.wait_for_function(IDLE)


def run_all(page: Any) -> None:
    page.evaluate("async () => { await jupyterapp.commands.execute('notebook:run-all-cells'); }")


def path_of(course: Course, assignment: str, kind: str) -> str:
    return f"{kind}/{assignment}/{course.notebook(assignment).name}"


def figures(course: Course, assignment: str) -> set[str]:
    """Return the alt texts of the notebook's figures; an explorer says its own."""
    cells = nbformat.read(course.notebook(assignment), as_version=4).cells
    drawn = [cell for cell in cells if cell.cell_type == "code" and "_explorer(" not in cell.source]
    return {alt_of(cell.source) for cell in drawn} - {""}


def displayed(course: Course, assignment: str) -> int:
    """Return how many formulas stand on lines of their own; those of folded hints count as well."""
    cells = nbformat.read(course.notebook(assignment), as_version=4).cells
    return sum(cell.source.count("$$") // 2 for cell in cells if cell.cell_type == "markdown")


def explorers(course: Course, assignment: str) -> int:
    cells = nbformat.read(course.notebook(assignment), as_version=4).cells
    return sum("_explorer(" in cell.source for cell in cells if cell.cell_type == "code")


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_a_solution_runs_and_its_figures_follow_the_keyboard(
    page: Any, course: Course, assignment: str
) -> None:
    open_notebook(page, path_of(course, assignment, "solved"))
    run_all(page)
    assert page.evaluate(ERRORS) == []
    alts = page.locator(".jp-OutputArea img").evaluate_all("images => images.map(image => image.alt)")
    assert figures(course, assignment) <= set(alts)
    page.wait_for_function(FORMULAS, arg=displayed(course, assignment))
    assert page.evaluate(WIDE, ROOM) == [], "formulas that don't fit a narrow page"
    live = page.locator(".workbook-explorer")
    count = explorers(course, assignment)
    page.wait_for_function("n => document.querySelectorAll('.workbook-explorer img').length === n", arg=count)
    for index in range(count):
        follow_the_keyboard(page, live.nth(index))
    assert page.locator(".workbook-static:visible").count() == 0, "the paper figure hides behind the live one"
    assert page.wrongs == []


def follow_the_keyboard(page: Any, explorer: Any) -> None:
    """Move the first slider with an arrow key, see figure and words follow, and press reset."""
    from playwright.sync_api import expect

    figure, words = explorer.locator("img"), explorer.locator("[role=status]")
    explorer.scroll_into_view_if_needed()
    source, said = figure.get_attribute("src"), words.inner_text()
    sliders = explorer.get_by_role("slider")
    named = explorer.get_by_role("slider", name=re.compile(r"\w"))
    assert sliders.count() == named.count(), "each has a name"
    for slider, value in zip(sliders.all(), explorer.locator("output").all(), strict=True):
        assert slider.get_attribute("aria-valuetext") == value.inner_text(), "said as it is shown"
    sliders.first.focus()
    page.keyboard.press("ArrowLeft")
    wait_for_figure(page, figure, source)
    expect(words).not_to_have_text(said, timeout=1000 * PATIENCE)
    moved = figure.get_attribute("src")
    explorer.get_by_role("button", name="Reset").focus()
    page.keyboard.press("Enter")
    wait_for_figure(page, figure, moved)
    expect(words).to_have_text(said, timeout=1000 * PATIENCE)


def wait_for_figure(page: Any, figure: Any, old: str) -> None:
    page.wait_for_function(
        "([img, old]) => img.src !== old && img.complete && img.naturalWidth > 0",
        arg=[figure.element_handle(), old],
    )


def validate(page: Any) -> str:
    """Press nbgrader's button, as a student does, and return what it says."""
    page.get_by_role("button", name="Validate").click()
    dialog = page.locator(".jp-Dialog-content")
    dialog.wait_for()
    said = str(dialog.inner_text())
    page.keyboard.press("Enter")
    dialog.wait_for(state="detached")
    return said


def test_validate_says_success_on_a_solution(page: Any, course: Course) -> None:
    open_notebook(page, path_of(course, "02-modules", "solved"))
    assert "Success" in validate(page)


def test_validate_names_what_is_not_attempted(page: Any, course: Course) -> None:
    open_notebook(page, path_of(course, "02-modules", "released"))
    said = validate(page)
    assert "Not attempted yet: fill in Linear.forward" in said
