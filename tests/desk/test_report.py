"""The class report says what the gradebook says."""

from __future__ import annotations

import csv
import json
import math
import re
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from graded_course import Class, make_graded_course
from nbgrader.api import Gradebook

from autograder.course import CONFIG, Course, CourseError
from autograder.desk.ledger import Ledger
from autograder.desk.report import write_report
from autograder.desk.report.items import item
from autograder.desk.report.results import read_report
from autograder.engine.examiner.job import Result
from autograder.hooks import Finding
from backprop.mistakes import banks

MISTAKE = next(each for each in banks()["02-modules"].exercises if each.cell == "relu").wrong[0]
SETTINGS = """c = get_config()
c.CourseDirectory.source_directory = "solutions"
c.Autograder.course = "backprop.course:Backprop"
"""
SCORES = {"ada": (2, 3, 1), "blaise": (2, 0, 1), "carl": (0, 0, 1), "dora": (0, 3, 1)}


@pytest.fixture
def graded(original: Course, tmp_path: Path) -> Course:
    """A copy of the graded course."""
    return Course(Path(shutil.copytree(original.root, tmp_path / "course")))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Four students: two tests that vary, one that everybody passes, an essay, and a submission at fault."""
    root = tmp_path_factory.mktemp("graded")
    (root / CONFIG).write_text(SETTINGS)
    source = root / "solutions" / "02-modules"
    source.mkdir(parents=True)
    (source / "modules.ipynb").write_text("{}")
    course = Course(root)
    ledger = Ledger(course)
    with Gradebook(course.db_url) as gradebook:
        gradebook.add_assignment("02-modules", duedate=datetime(2026, 2, 17))
        gradebook.add_notebook("modules", "02-modules")
        for name, points in [("linear-backward", 2), ("relu-backward", 3), ("max-backward", 1), ("why", 5)]:
            gradebook.add_grade_cell(name, "modules", "02-modules", max_score=points, cell_type="code")
        gradebook.add_solution_cell("relu", "modules", "02-modules")
        for student, scores in SCORES.items():
            gradebook.add_student(student)
            gradebook.add_submission("02-modules", student)
            for name, score in zip(["linear-backward", "relu-backward", "max-backward"], scores, strict=True):
                grade = gradebook.find_grade(name, "modules", "02-modules", student)
                grade.auto_score, grade.needs_manual_grade = score, False
            gradebook.find_grade("why", "modules", "02-modules", student).needs_manual_grade = True
            named = [Finding("relu", MISTAKE.name, "A sentence of last term.")] if scores[1] == 0 else []
            result = Result(named=named, tests=3, inside=["max-backward"])
            ledger.record("02-modules", student, "any", {"modules": result})
        gradebook.add_student("eve")
        gradebook.add_submission("02-modules", "eve")
        gradebook.db.commit()
    return course


def test_scores_items_and_misconceptions(graded: Course) -> None:
    report = read_report(graded, "02-modules")
    assert report.scores == {"ada": 6, "blaise": 3, "carl": 1, "dora": 4}
    items = {item.name: item for item in report.items}
    assert items["linear-backward"].difficulty == 0.5
    assert items["max-backward"].difficulty == 1
    assert items["max-backward"].discrimination is None
    assert items["why"].difficulty is None
    assert items["linear-backward"].discrimination == pytest.approx(0, abs=1e-9)
    (mistake,) = report.misconceptions
    assert (mistake.exercise, mistake.students) == ("relu", ("blaise", "carl"))
    assert mistake.sentence == MISTAKE.sentence, "a mistake is known by its name, whatever its wording was"


def test_the_page_and_the_tables(graded: Course) -> None:
    page = write_report(graded)
    text = page.read_text()
    assert "blaise, carl" in text
    assert "waits for manual grading" in text
    assert "Out of reach of the students: 2 of 3 tests." in text
    assert "<code>max-backward</code>." in text
    assert "Distribution: " in text
    assert not re.findall(r"(?:src|@import|url)\s*[=(]", text), "the page needs nothing from elsewhere"
    rows = list(csv.DictReader((page.parent / "scores.csv").read_text().splitlines()))
    assert [(row["student"], row["02-modules"]) for row in rows] == [
        ("ada", "6.0"),
        ("blaise", "3.0"),
        ("carl", "1.0"),
        ("dora", "4.0"),
        ("eve", ""),
    ]
    assert {row["02-modules maximum"] for row in rows} == {"11.0"}
    assert rows[0]["02-modules waiting"] == "5.0"
    assert rows[4]["02-modules remarks"] == "can't be read"
    items = {row["item"]: row for row in csv.DictReader((page.parent / "items.csv").read_text().splitlines())}
    assert math.isclose(float(items["relu-backward"]["difficulty"]), 0.5)
    assert items["why"]["difficulty"] == ""


def test_no_student_id_is_a_formula_in_a_spreadsheet(graded: Course) -> None:
    with Gradebook(graded.db_url) as gradebook:
        gradebook.add_student("=1+1", first_name="@SUM(A1)")
    text = (write_report(graded).parent / "scores.csv").read_text()
    assert "'=1+1,'@SUM(A1)," in text


@pytest.fixture(scope="module")
def term(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Two assignments of twelve students: some late, some missing, nobody's essay graded."""
    made = Class(12, ("01-first", "02-second"), missing=5, late=4, names=["ada", "bert"])
    course = make_graded_course(tmp_path_factory.mktemp("term"), made)
    unread = course.place("submitted", "02-second", "newcomer")
    unread.mkdir(parents=True)
    return course


def test_what_waits_for_a_person_is_counted_and_not_lost(term: Course) -> None:
    report = read_report(term, "01-first")
    assert [(each.cell, each.students) for each in report.waiting] == [("why", 10)]
    ada = next(row for row in report.rows if row.student == "ada")
    assert (ada.score, ada.decided, ada.waiting, ada.share) == (7, 7, 3, 1.0)
    text = write_report(term, formgrader="http://localhost:1234/formgrader/").read_text()
    for row in report.waiting[0].rows[:1]:
        assert f'href="http://localhost:1234/formgrader/submissions/{row}/"' in text
    assert "autograder answers 01-first" in text


def test_late_missing_and_ungraded_work_is_marked(term: Course) -> None:
    report = read_report(term, "02-second")
    standing = {row.student: row.standing for row in report.rows}
    assert standing["s004"] == standing["s009"] == "missing"
    assert standing["newcomer"] == "ungraded"
    assert {row.student for row in report.rows if row.late_seconds} == {"s003", "s007", "s011"}
    text = write_report(term).read_text()
    assert "late by 1 d 6 h" in text
    assert "nothing handed in" in text
    assert "not graded yet: run autograder grade" in text


def test_the_map_has_a_column_for_each_exercise_and_its_signs(term: Course) -> None:
    report = read_report(term, "01-first")
    assert [column.title for column in report.columns] == ["Linear", "why", "Tiny"]
    bert = next(row for row in report.rows if row.student == "bert")
    assert [each.state for each in bert.entries] == ["part", "waiting", "wrong"]


def test_a_misconception_has_an_example_that_names_nobody(term: Course) -> None:
    folder = term.place("autograded", "01-first", "bert")
    notebook = json.loads((folder / "first.ipynb").read_text())
    code = next(cell for cell in notebook["cells"] if "class Linear" in "".join(cell["source"]))
    code["source"] = "".join(code["source"]).replace("return grad", "return grad  # by Bert")
    (folder / "first.ipynb").write_text(json.dumps(notebook))
    (found,) = read_report(term, "01-first").misconceptions
    assert found.example[found.here - 1 if found.here else 0].strip() == "return grad"
    assert "bert" not in "\n".join(found.example).lower()


def test_words_say_what_the_numbers_mean() -> None:
    matrix = {f"s{k}": {"easy": 1.0, "good": float(k > 5), "rest": float(k > 4)} for k in range(12)}
    assert item("easy", 1.0, matrix).how_hard == "nearly everybody has it"
    assert item("easy", 1.0, matrix).how_telling == "all alike: it tells nobody apart"
    assert item("good", 1.0, matrix).how_telling == "tells clearly who understood"
    against = {who: {**row, "bad": 1.0 - row["good"]} for who, row in matrix.items()}
    assert "look at the test" in item("bad", 1.0, against).how_telling
    few = dict(list(matrix.items())[4:7])
    assert item("good", 1.0, few).how_telling == "too few students to say"


def test_a_report_that_cannot_be_written_says_where(graded: Course) -> None:
    (graded.root / "report").write_text("a file in the way")
    with pytest.raises(CourseError, match="Can't write the report"):
        write_report(graded)
