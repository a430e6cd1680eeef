"""The grader's pages in a browser: nothing from elsewhere, no barrier, tables that work."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from accessible import violations
from graded_course import Class, make_graded_course
from nbgrader.api import Gradebook

from autograder.course import Course
from autograder.desk.answers.keep import keep
from autograder.desk.answers.serve import Desk, serve
from autograder.desk.letters import Letters
from autograder.desk.pages.write import write_feedback
from autograder.desk.report import write_report
from autograder.desk.similar.find import Found
from autograder.desk.similar.page import write_page
from autograder.desk.similar.pairs import Class as Works
from autograder.desk.similar.pairs import Work
from autograder.desk.similar.tokens import answer
from autograder.desk.submitted import Submission

WIDTHS = (1280, 400)


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    made = Class(3, ("01-first", "02-second"), missing=3, late=2, names=["ada", "bert"])
    return make_graded_course(tmp_path_factory.mktemp("graded"), made)


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A tab that remembers what it asked for."""
    page = browser.new_page()
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    yield page
    page.close()


def look_at(page: Any, path: Path) -> None:
    """Open a page, wide and narrow, light and dark: nothing is fetched, and nothing sticks out."""
    page.goto(path.as_uri())
    assert [url for url in page.asked if not url.startswith("data:")] == [path.as_uri()]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == [], f"{width} pixels, {scheme}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.emulate_media(color_scheme="light")


def test_a_feedback_page(graded: Course, page: Any) -> None:
    written = {(each.assignment, each.student): each.page for each in write_feedback(graded)}
    look_at(page, written["01-first", "bert"])
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_role("link", name="Tiny").click()
    assert page.evaluate("location.hash") == "#exercise-3"
    box = page.locator("math mfrac").first.bounding_box()
    assert box["height"] > 15, "a fraction is drawn as one"
    assert page.locator("img").first.evaluate("image => image.naturalWidth") == 1


def test_the_report_of_a_small_class(graded: Course, page: Any) -> None:
    look_at(page, write_report(graded))


@pytest.fixture
def link(graded: Course) -> Iterator[str]:
    """The answers page, served."""
    loop, ready, links = asyncio.new_event_loop(), threading.Event(), []

    def opened(link: str) -> None:
        links.append(link)
        ready.set()

    async def until_cancelled() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await serve(Desk(graded, "01-first", blind=True), 0, opened)

    task = loop.create_task(until_cancelled())
    server = threading.Thread(target=loop.run_until_complete, args=(task,))
    server.start()
    assert ready.wait(60)
    yield links[0]
    loop.call_soon_threadsafe(task.cancel)
    server.join()
    loop.close()


def marks(course: Course, student: str) -> tuple[float | None, bool, str | None]:
    with Gradebook(course.db_url, course.course_id) as gradebook:
        grade = gradebook.find_grade("why", "first", "01-first", student)
        comment = gradebook.find_comment("why", "first", "01-first", student)
        return grade.manual_score, grade.needs_manual_grade, comment.manual_comment


def test_answers_are_graded_by_question_with_the_keyboard_alone(graded: Course, page: Any, link: str) -> None:
    from playwright.sync_api import expect

    page.goto(link)
    assert "token" not in page.url, "a link that is copied from the address bar lets nobody in"
    assert violations(page) == []
    page.get_by_role("link", name="why").press("Enter")
    assert "ada" not in page.content(), "blind"
    assert "<mo>=</mo>" in page.content(), "formulas are drawn"
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    states = page.locator(".state")
    page.locator("#first").press("Enter")
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    expect(states.first).to_have_text("Not saved: points go from 0 to 3")
    page.keyboard.press("Control+A")
    page.keyboard.type("2,5")
    page.keyboard.press("Tab")
    page.keyboard.type("Say why they *add up*.")
    page.keyboard.press("Control+Enter")
    expect(states.first).to_have_text("✓ saved")
    page.keyboard.press("Alt+1")
    page.keyboard.press("Control+Enter")
    expect(states.nth(1)).to_have_text("✓ saved")
    expect(page.locator("#status")).to_have_text("all 2 are graded")
    for student in ("ada", "bert"):
        assert marks(graded, student) == (2.5, False, "Say why they *add up*.")
    page.get_by_role("link", name="show names").press("Enter")
    expect(page.get_by_text("ada", exact=False).first).to_be_visible()
    field = page.get_by_label("Points of 3").first
    expect(field).to_have_value("2.5")
    field.fill("")
    field.press("Enter")
    expect(states.first).to_have_text("saved, waits")
    assert marks(graded, "ada") == (None, True, "Say why they *add up*.")
    keep(graded, page.locator(".answer").first.get_attribute("data-row"), "why", "why", 1.5, "")
    with Gradebook(graded.db_url, graded.course_id) as gradebook:  # as grading again does
        gradebook.find_grade("why", "first", "01-first", "ada").needs_manual_grade = True
        gradebook.db.commit()
    page.reload()
    expect(states.first).to_contain_text("graded again since")
    field.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert marks(graded, "ada")[1], "nothing is confirmed by passing by"
    page.keyboard.press("Enter")
    expect(states.first).to_have_text("✓ saved")
    assert marks(graded, "ada") == (1.5, False, None)
    assert {url.split("/")[2] for url in page.asked if not url.startswith("data:")} == {link.split("/")[2]}


def test_without_its_token_the_answers_page_shows_and_keeps_nothing(link: str) -> None:
    place = link.split("?")[0]
    for request in (
        urllib.request.Request(place),
        urllib.request.Request(f"{place}question/first/why"),
        urllib.request.Request(f"{place}?token=guess"),
        urllib.request.Request(f"{place}keep", data=b"{}", headers={"X-Token": "guess"}),
    ):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        assert refused.value.code == 403
        assert "token" in refused.value.read().decode()
        refused.value.close()


@pytest.mark.slow
def test_the_report_of_a_large_class(page: Any, tmp_path: Path) -> None:
    course = make_graded_course(tmp_path, Class(300, missing=10, late=7))
    page.goto(write_report(course).as_uri())
    table = page.locator("#map-1")
    assert table.locator("tbody tr").count() == 300
    share = table.get_by_role("button", name="share")
    share.click()
    first = table.locator("tbody tr").first
    assert "nothing handed in" in first.inner_text()
    share.press("Enter")
    assert first.locator("td.total").nth(1).inner_text() == "100 %"
    page.get_by_label("Show only").fill("late s1")
    rows = table.locator("tbody tr:visible")
    assert 0 < rows.count() < 30
    assert all("late by" in text for text in rows.all_inner_texts())
    assert page.locator("#map-1-count").inner_text() == f"{rows.count()} of 300 students"
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert [url for url in page.asked if not url.startswith("file:")] == []


def test_alike_answers_side_by_side(graded: Course, page: Any) -> None:
    lines = "\n".join(f"    total = total * {k} + len(words) - {k % 7}" for k in range(30))
    source = f"def f(words):\n    total = 0\n{lines}\n    return {'total, ' * 40}"
    works = [Work(who, {"f": answer(text)}) for who, text in (("ada", source), ("bert", f"# mine\n{source}"))]
    found = Found("01-first", tuple(Works(works, []).pairs()), 2, ("torn",))
    assert len(found.pairs) == 1
    look_at(page, write_page(graded, found))
    assert page.locator("mark").count() > 40


def test_what_a_student_is_told_on_arrival(graded: Course, page: Any) -> None:
    letters, submission = Letters(graded), Submission("01-first", "ada", graded.root)
    letters.say(submission, "v1", "All 3 attempts of today are used: the newest is read after midnight.")
    look_at(page, graded.place("feedback", "01-first", "ada") / "arrived.html")
    assert "after midnight" in page.inner_text("main")
