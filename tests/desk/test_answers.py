"""Written answers by question: what is asked, what is kept, what is offered again."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import autograder, refuses
from graded_course import Class, make_graded_course
from nbgrader.api import Gradebook

from autograder.course import Course
from autograder.desk.answers.keep import Refused, keep
from autograder.desk.answers.questions import Answer, Question, answers, offered, questions


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return make_graded_course(tmp_path_factory.mktemp("graded"), Class(4, names=["ada", "bert"]))


def read(course: Course, *, blind: bool = False) -> tuple[Question, list[Answer]]:
    with Gradebook(course.db_url, course.course_id) as gradebook:
        (question,) = questions(course, gradebook, "01-first")
        return question, answers(course, gradebook, question, blind=blind)


def test_the_question_is_what_a_person_grades(course: Course) -> None:
    question, found = read(course)
    assert (question.cell, question.most, question.waiting, question.students) == ("why", 3.0, 4, 4)
    assert "In words" in question.asked
    assert "The paths add up." in question.model
    assert [each.student for each in found] == ["ada", "bert", "s002", "s003"]
    assert all(each.waits for each in found)
    assert "They cancel." in next(each.shown for each in found if each.student == "bert")


def test_blind_answers_name_nobody_and_keep_their_order(course: Course) -> None:
    _, found = read(course, blind=True)
    assert not any(each.student or each.name for each in found)
    assert [each.row for each in found] == [each.row for each in read(course, blind=True)[1]]
    assert {each.row for each in found} == {each.row for each in read(course)[1]}


def test_what_is_kept_is_nbgraders_manual_score_and_comment(course: Course) -> None:
    question, (ada, bert, *_) = read(course)
    keep(course, ada.row, "why", "why", 2.5, "  Say why. ")
    keep(course, bert.row, "why", "why", 0.0, "Say why.")
    with Gradebook(course.db_url, course.course_id) as gradebook:
        grade = gradebook.find_grade("why", "first", "01-first", "ada")
        assert (grade.manual_score, grade.score, grade.needs_manual_grade) == (2.5, 2.5, False)
        assert gradebook.find_comment("why", "first", "01-first", "ada").comment == "Say why."
    question, found = read(course)
    assert question.waiting == 2
    assert offered(found) == [("Say why.", 0.0)]
    keep(course, bert.row, "why", "why", None, "")
    assert read(course)[0].waiting == 3


def test_points_given_before_it_was_graded_again_are_there_to_be_confirmed(course: Course) -> None:
    _, found = read(course)
    last = found[-1]
    keep(course, last.row, "why", "why", 2.0, "Good.")
    with Gradebook(course.db_url, course.course_id) as gradebook:  # as grading again does
        gradebook.find_grade("why", "first", "01-first", last.student).needs_manual_grade = True
        gradebook.db.commit()
    _, found = read(course)
    assert (found[-1].waits, found[-1].points, found[-1].comment) == (True, 2.0, "Good.")
    keep(course, last.row, "why", "why", None, "")


@pytest.mark.parametrize("points", [-1.0, 3.5, float("nan"), float("inf")])
def test_points_that_cannot_be_are_refused(course: Course, points: float) -> None:
    _, (ada, *_) = read(course)
    with pytest.raises(Refused, match="points go from 0 to 3"):
        keep(course, ada.row, "why", "why", points, "")
    with pytest.raises(Refused, match="no longer in the gradebook"):
        keep(course, "gone", "why", "why", 1.0, "")
    with pytest.raises(Refused, match="no cell 'tests'"):
        keep(course, ada.row, "tests", "why", 1.0, "")


def test_the_command_says_what_is_wrong(course: Course, tmp_path: Path) -> None:
    refuses(autograder("answers", "02-gone", "--course", course.root), "No assignment '02-gone'", "01-first")
    (tmp_path / "source" / "ps1").mkdir(parents=True)
    (tmp_path / "source" / "ps1" / "a.ipynb").write_text("{}")
    refuses(autograder("answers", "ps1", "--course", tmp_path), "no gradebook")
