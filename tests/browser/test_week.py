"""A week at the instructor's desk: what docs/tour.md walks through, with a class of forty, in a browser."""

from __future__ import annotations

import asyncio
import csv
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from accessible import violations
from click.testing import CliRunner
from nbgrader.api import Gradebook
from small_course import ASSIGNMENT, RIGHT, answered, hand_in, make_small_course

from autograder.cli import cli
from autograder.course import Course
from autograder.desk.answers.serve import Desk, serve

DUE = datetime(2026, 2, 17, 23, 59, 59)
WRONG = {**RIGHT, "total": RIGHT["total"].replace("sum(numbers)", "sum(numbers) + 1")}
ODD = """def total(numbers):
    halves = []
    for position, number in enumerate(numbers):
        if position % 2 == 0:
            halves.insert(0, number)
        else:
            halves.append(number)
    result = 0
    while halves:
        result = result + halves.pop()
    return result"""
ODDER = """def total(numbers):
    def fold(left, right):
        middle = (left + right) // 2
        if right - left == 0:
            return 0
        if right - left == 1:
            return numbers[left]
        return fold(left, middle) + fold(middle, right)

    return fold(0, len(numbers))"""


def run(course: Course, *command: str, status: int = 0) -> str:
    ended = CliRunner().invoke(cli, [*command, "--course", str(course.root)])
    assert ended.exit_code == status, ended.output
    return ended.output


def renamed(source: str, **names: str) -> str:
    for old, new in names.items():
        source = source.replace(old, new)
    return source


def class_of_forty(course: Course) -> None:
    """Most are right; one is late, one wrong and handed in again, two pairs are copies, one is missing."""
    with Gradebook(course.db_url, course.course_id) as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate=DUE)
        gradebook.add_student("missing")
    answers: dict[str, Any] = {f"s{k:02d}": RIGHT for k in range(33)}
    answers |= {"late": RIGHT, "again": WRONG}
    answers |= {"copy1": RIGHT | {"total": ODD}, "copy3": RIGHT | {"total": ODDER}}
    answers["copy2"] = RIGHT | {"total": renamed(ODD, halves="pile", number="n", result="t")}
    answers["copy4"] = RIGHT | {"total": renamed(ODDER, fold="add_up", middle="m", left="a", right="b")}
    for student, cells in answers.items():
        notebook = answered(course, cells)
        why = next(
            cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "why"
        )
        why.source = f"Because of {student}."
        when = "2026-02-18 12:00:00 UTC" if student == "late" else "2026-02-17 12:00:00 UTC"
        hand_in(course, student, notebook, {"timestamp.txt": when})
    hand_in(course, "unreadable", b"no notebook")


@pytest.mark.slow
def test_a_week_at_the_desk(browser: Any, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    course = make_small_course(tmp_path)
    class_of_forty(course)
    said = run(course, "grade", ASSIGNMENT, "--jobs", "2", status=1)
    assert "not a notebook" in said
    hand_in(course, "again", answered(course, RIGHT))
    run(course, "grade", ASSIGNMENT, "--jobs", "2", status=1)

    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    links: list[str] = []
    ready = threading.Event()

    loop = asyncio.new_event_loop()
    desk = Desk(course, ASSIGNMENT, blind=True)
    task = loop.create_task(serve(desk, 0, lambda link: (links.append(link), ready.set())[0]))

    def answers_page() -> None:
        with pytest.raises(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.close()

    server = threading.Thread(target=answers_page)
    server.start()
    assert ready.wait(120)
    page.goto(links[0])
    page.get_by_role("link", name="why").press("Enter")
    page.locator("#first").press("Enter")
    for number in range(39):
        page.keyboard.type("2")
        page.keyboard.press("Enter")
        expect(page.locator(".state").nth(number)).to_have_text("✓ saved", timeout=60_000)
    expect(page.locator("#status")).to_have_text("all 39 are graded")
    assert violations(page) == []
    loop.call_soon_threadsafe(task.cancel)
    server.join()

    run(course, "extend", ASSIGNMENT, "--student", "late", "--until", "1 day")
    run(course, "feedback", ASSIGNMENT)
    run(course, "report", ASSIGNMENT)
    run(course, "similar", ASSIGNMENT)
    for system in ("canvas", "moodle"):
        file = tmp_path / f"{system}.csv"
        run(course, "export", system, ASSIGNMENT, "--to", str(file))
        rows = list(csv.reader(file.read_text("utf-8-sig").splitlines()))
        assert sum("s07" in row for row in rows) == 1

    page.goto((course.root / "report" / "index.html").as_uri())
    assert page.get_by_text("Nothing: every answer is graded.").is_visible()
    row = page.locator("#map-1 tbody tr")
    assert row.count() == 41
    texts = {text.split()[0]: text for text in row.all_inner_texts()}
    assert "nothing handed in" in texts["missing"]
    assert "can't be read" in texts["unreadable"]
    assert "extended by 1 d" in texts["late"]
    assert "late by" not in texts["late"]
    assert "100 %" in texts["again"]
    page.get_by_role("link", name="s07").click()
    assert "12 / 12" in page.locator(".score").inner_text()
    page.goto((course.root / "similar" / f"{ASSIGNMENT}.html").as_uri())
    shown = page.locator("body").inner_text()
    for pair in (("copy1", "copy2"), ("copy3", "copy4")):
        assert all(student in shown for student in pair)
    assert "s07" not in shown, "whoever wrote what the solution says copied nobody"
    assert {url.split(":")[0] for url in asked} <= {"file", "data", "http"}
    assert {url.split("/")[2].split(":")[0] for url in asked if url.startswith("http")} == {"127.0.0.1"}
    page.close()
