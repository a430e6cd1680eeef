"""nbgrader's formgrader opens what `autograder grade` has written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from lab_server import Lab, serve
from small_course import ASSIGNMENT, NAME, RIGHT, answered, hand_in, make_small_course

from autograder.course import Course
from autograder.desk.answers.keep import keep
from autograder.desk.answers.questions import answers, questions
from autograder.desk.grade import How, grade

WRONG = {**RIGHT, "scale": RIGHT["scale"].replace("grad_output * self.params", "-grad_output * self.params")}


@pytest.fixture(scope="module")
def graded_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab in a course that has just been graded."""
    course = make_small_course(tmp_path_factory.mktemp("formgrader"))
    hand_in(course, "ada", answered(course, RIGHT))
    hand_in(course, "bert", answered(course, WRONG))
    assert {row.status for row in grade(course, how=How(jobs=2))} == {"graded"}
    yield from serve(course.root, tmp_path_factory.mktemp("formgrader-home"))


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    page = browser.new_page()
    yield page
    page.close()


def test_an_instructor_finds_class_submission_and_mistake(graded_lab: Lab, page: Any) -> None:
    from playwright.sync_api import expect

    page.goto(graded_lab.address("formgrader"))
    row = page.locator("tr", has_text=ASSIGNMENT)
    expect(row.locator(".num-submissions")).to_have_text("2")
    page.goto(graded_lab.address(f"formgrader/gradebook/{ASSIGNMENT}/{NAME}"))
    scores = page.locator("#main-table .code-score")
    expect(scores).to_have_count(2)
    assert sorted(scores.all_inner_texts()) == ["10 / 10", "8 / 10"]
    page.locator("#main-table tr", has_text="8 / 10").locator("a.name-hidden").click()
    expect(page.get_by_text("return -grad_output * self.params")).to_be_visible()
    expect(page.get_by_text("What it looks like: every entry has the wrong sign.")).to_be_visible()
    points = page.locator("input.score")
    for number, shown in enumerate(["1", "0", "3", "2", "2", "0"]):
        expect(points.nth(number)).to_have_attribute("placeholder", shown)


def test_points_and_comments_of_the_answers_page_are_shown(graded_lab: Lab, page: Any) -> None:
    from nbgrader.api import Gradebook
    from playwright.sync_api import expect

    course = Course(graded_lab.root)
    with Gradebook(course.db_url, course.course_id) as gradebook:
        (question,) = questions(course, gradebook, ASSIGNMENT)
        ada = next(each for each in answers(course, gradebook, question) if each.student == "ada")
    keep(course, ada.row, question.cell, question.commented, 1.5, "Say why, not how.")
    page.goto(graded_lab.address(f"formgrader/submissions/{ada.row}/"))
    expect(page.locator("input.score").last).to_have_value("1.5")
    expect(page.locator("textarea.comment").last).to_have_value("Say why, not how.")
