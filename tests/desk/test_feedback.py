"""Feedback pages: what a student reads, what can't act in them, and which are written when."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from command import autograder
from graded_course import FOUND, POINTS, WRONG, autograded, make_graded_course
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.api import Gradebook

from autograder.course import Course
from autograder.desk.pages.facts import Facts, Mark
from autograder.desk.pages.lines import line_of
from autograder.desk.pages.maths import mathml
from autograder.desk.pages.page import render
from autograder.desk.pages.safe import worded
from autograder.desk.pages.write import write_feedback
from autograder.desk.report.results import read_report

RIGHT = {**{name: Mark(most, most) for name, most in POINTS.items()}, "why": Mark(None, 3.0)}
BAD = {**RIGHT, "linear-backward": Mark(0.0, 2.0), "tiny-backward": Mark(0.0, 4.0)}
FACTS = Facts("01-first", "first", "bert", marks=BAD, named=(FOUND,), notes={"linear": FOUND.sentence})


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return make_graded_course(tmp_path_factory.mktemp("graded"))


@pytest.fixture
def graded(original: Course, tmp_path: Path) -> Course:
    return Course(Path(shutil.copytree(original.root, tmp_path / "course")))


def page_of(facts: Facts = FACTS, *extra: object) -> str:
    return render(nbformat.writes(autograded(False, "They cancel.", extra)), facts)


def rows(page: str) -> dict[str, str]:
    """The contents: an exercise's title and the rest of its row as text."""
    body = re.search(r"<tbody>(.*?)</tbody>", page.split("<main")[0], re.DOTALL)
    assert body
    texts = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in body[1].split("</tr>")]
    return {text.split(" ")[0]: text for text in texts if text}


def test_the_contents_say_how_each_exercise_stands() -> None:
    said = rows(page_of())
    assert list(said) == ["Linear", "why", "Tiny"], "in the order of the notebook"
    assert "◐ partly right 1 / 3" in said["Linear"]
    assert FOUND.sentence in said["Linear"]
    assert "not graded yet" in said["why"]
    assert "0 / 3" not in said["why"], "what waits for a person isn't lost"
    assert "✗ not right yet 0 / 4" in said["Tiny"]
    assert "uses Linear, which isn’t right yet" in said["Tiny"]
    assert "✓ right" in rows(page_of(replace(FACTS, marks=RIGHT, named=())))["Tiny"]


def test_the_score_leaves_out_what_waits_for_a_person() -> None:
    assert "1 / 7 + 3 not graded yet" in page_of()
    assert "1 / 10" in page_of(replace(FACTS, marks={**BAD, "why": Mark(0.0, 3.0)}))


def test_the_cause_stands_after_the_line_it_speaks_of() -> None:
    page = page_of()
    note = page.index("Line 8: " + FOUND.sentence)
    before = re.sub(r"<[^>]+>", "", page[:note])
    assert before.rstrip().endswith("return grad")


def test_what_may_follow_from_another_mistake_is_not_blamed_on_a_line() -> None:
    page = page_of()
    tiny = page[page.index('id="exercise-3"') :]
    assert "this may follow from it" in tiny
    assert "Line " not in tiny


def test_what_follows_from_another_mistake_and_counts_says_so() -> None:
    said = "What fails here follows from Linear: with a right answer there it passes, and that counts."
    marks = {**BAD, "tiny-backward": Mark(4.0, 4.0)}
    page = page_of(replace(FACTS, marks=marks, follows={"tiny": said, "tiny-backward": said}))
    assert "follows from Linear" in rows(page)["Tiny"]
    assert "✓ right 4 / 4" in rows(page)["Tiny"]
    assert page.count(said) == 3, "in the contents, below the answer, below the test"


def test_hidden_tests_are_not_shown() -> None:
    page = page_of()
    assert "4711" not in page
    assert "and hidden tests" in page


def test_pictures_keep_their_words_and_formulas_need_no_script() -> None:
    page = page_of()
    assert 'alt="One pixel, blue."' in page
    assert "<mfrac>" in page
    assert "<script" not in page
    assert '<html lang="en">' in page
    assert 'name="viewport"' in page


def test_a_comment_by_hand_stands_beside_the_graders() -> None:
    page = page_of(replace(FACTS, comments={"linear": "Look at $W$ *again*.", "why": "Good."}))
    assert "<em>again</em>" in page
    assert "<p>Good.</p>" in page
    assert FOUND.sentence in page


EVIL = "<img src=x onerror=alert(1)><script>2</script><a href='javascript:alert(3)'>a</a><style>*{}</style>"


@pytest.mark.parametrize(
    "cell",
    [
        new_markdown_cell(EVIL),
        new_markdown_cell(f"$\\text{{{EVIL}}}$ and `{EVIL}`"),
        new_code_cell("1", outputs=[new_output("display_data", data={"text/html": EVIL})]),
        new_code_cell("1", outputs=[new_output("display_data", data={"text/markdown": EVIL})]),
        new_code_cell("1", outputs=[new_output("display_data", data={"application/javascript": "alert(4)"})]),
        new_code_cell("1", outputs=[new_output("stream", text=EVIL)]),
        new_code_cell(EVIL, metadata={"tags": [EVIL]}),
    ],
)
def test_nothing_that_a_student_wrote_can_act(cell: object) -> None:
    facts = replace(FACTS, student=EVIL, name=EVIL, remarks=(EVIL,), comments={"why": EVIL})
    page = page_of(facts, cell)
    tags = re.findall(r"<[a-zA-Z][^>]*>", page)
    assert not [tag for tag in tags if re.search(r"<script|\son\w+\s*=|javascript:", tag)]
    assert page.count("<style") == 1
    assert "default-src 'none'" in page


def test_what_nbconvert_trips_over_costs_no_page() -> None:
    picture = new_output("display_data", data={"image/png": "iVBORw0KGgo\n"})
    odd = [
        new_markdown_cell("![a](attachment:gone.png)"),
        new_code_cell("1", outputs=[picture]),
        new_code_cell("def f(:\n"),
    ]
    notebook = autograded(False, "", tuple(odd))
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {}}
    notebook.metadata["language_info"] = {"name": 3}
    notebook.metadata["title"] = ["no", "text"]
    notebook.cells[-2].metadata["tags"] = None
    assert "</html>" in render(json.dumps(notebook), FACTS)


def test_headings_skip_no_level() -> None:
    page = page_of(FACTS, new_markdown_cell("##### Deep\n\n# Top\n\n<h6 class='x'>Raw</h6>"))
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert re.findall(r"<h([1-6])", page) == re.findall(r"</h([1-6])", page)


@pytest.mark.parametrize(
    ("messages", "line"),
    [
        (WRONG, 8),
        (['Linear.backward\'s grads["w"], shape (2, 3): all wrong'], 7),
        (["Linear.forward, line 4:", "    return x @ self.w", "AttributeError: no w"], 4),
        (['  File "<ipython-input-3>", line 4, in forward', "    return x @ self.w"], 4),
        (["----> 4         return x @ self.w"], 4),
        (["Linear.forward, line 40:", "    return x @ self.w"], 2),
        (["a name that isn't there"], None),
        (["Other.backward's return value"], None),
    ],
)
def test_a_message_leads_to_the_line_it_speaks_of(messages: list[str], line: int | None) -> None:
    source = autograded(True, "").cells[3].source
    assert line_of(source, messages) == line


def test_a_formula_that_cannot_be_read_stays_as_it_is() -> None:
    assert mathml(r"\frac{") == r"<code>\frac{</code>"
    assert "[2pt]" not in mathml(r"\begin{cases} 1 \\[2pt] 2 \end{cases}")


def grade_by_hand(course: Course, student: str, points: float, comment: str) -> None:
    """What formgrader does when somebody grades an answer."""
    with Gradebook(course.db_url, course.course_id) as gradebook:
        grade = gradebook.find_grade("why", "first", "01-first", student)
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.find_comment("why", "first", "01-first", student).manual_comment = comment
        gradebook.db.commit()


def test_only_pages_whose_row_has_changed_are_written(graded: Course) -> None:
    first = write_feedback(graded)
    assert [page.status for page in first] == ["written"] * 3
    before = {page.student: page.page.stat().st_mtime_ns for page in first}
    assert {page.status for page in write_feedback(graded)} == {"unchanged"}
    grade_by_hand(graded, "s001", 2.5, "Nearly.")
    again = {page.student: page for page in write_feedback(graded)}
    assert {student for student, page in again.items() if page.status == "written"} == {"s001"}
    assert again["s000"].page.stat().st_mtime_ns == before["s000"]
    text = again["s001"].page.read_text()
    assert "Nearly." in text
    assert "2.5 of 3 points" in text
    assert "not graded yet" not in text
    again["s002"].page.unlink()
    assert {page.student for page in write_feedback(graded) if page.status == "written"} == {"s002"}


def test_points_given_by_hand_count_after_grading_again_and_are_looked_at_once_more(graded: Course) -> None:
    grade_by_hand(graded, "s001", 2.5, "Nearly.")
    with Gradebook(graded.db_url, graded.course_id) as gradebook:  # as grading again does
        gradebook.find_grade("why", "first", "01-first", "s001").needs_manual_grade = True
        gradebook.db.commit()
        score = gradebook.find_submission("01-first", "s001").score
    text = next(page for page in write_feedback(graded) if page.student == "s001").page.read_text()
    assert "2.5 of 3 points" in text
    assert "not graded yet" not in text
    report = read_report(graded, "01-first")
    (row,) = (row for row in report.rows if row.student == "s001")
    assert (row.score, row.waiting) == (score, 0)
    (question,) = (question for question in report.waiting if question.cell == "why")
    assert question.students == 3, "the two that nobody has graded, and this one"


def test_a_notebook_that_cannot_be_shown_costs_no_other_student(graded: Course) -> None:
    (graded.place("autograded", "01-first", "s001") / "first.ipynb").write_text("no JSON")
    pages = {page.student: page for page in write_feedback(graded)}
    assert pages["s001"].status == "fault"
    assert pages["s000"].status == pages["s002"].status == "written"


def test_the_command_says_what_it_wrote(graded: Course) -> None:
    ended = autograder("feedback", "01-first", "--course", graded.root)
    assert ended.returncode == 0, ended.stderr
    assert "3 pages written" in ended.stdout
    assert "3 were up to date" in autograder("feedback", "--course", graded.root).stdout
    assert (
        "1 pages written"
        in autograder("feedback", "--force", "--student", "s001", "--course", graded.root).stdout
    )


def test_nbgraders_own_command_writes_the_same_page(graded: Course) -> None:
    (ours, *_) = write_feedback(graded)
    text = ours.page.read_text()
    ours.page.unlink()
    result = graded.application().generate_feedback("01-first", student_id="s000", force=True)
    assert result["success"], result["log"]
    assert ours.page.read_text() == text


def test_code_in_a_sentence_is_code_on_a_page() -> None:
    assert str(worded("`a < b` is *not* <i>b</i>")) == "<code>a &lt; b</code> is not &lt;i&gt;b&lt;/i&gt;"
    assert str(worded("an odd ` stays")) == "an odd ` stays"


@given(st.text(alphabet="`<>&*ab \n'\""))
def test_nothing_in_a_sentence_acts_on_a_page(sentence: str) -> None:
    left = str(worded(sentence)).replace("<code>", "").replace("</code>", "")
    assert "<" not in left
