"""The class report says what the gradebook says."""

from __future__ import annotations

import csv
import math
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.course import CONFIG, Course, CourseError
from autograder.desk.ledger import Ledger
from autograder.desk.report import write_report
from autograder.desk.results import read_report
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
    assert 'alt="Histogram' in text
    assert "http" not in text.replace("http-equiv", ""), "the page needs nothing from elsewhere"
    rows = list(csv.reader((page.parent / "scores.csv").read_text().splitlines()))
    assert rows[0] == ["student", "02-modules"]
    assert [float(row[1]) for row in rows[1:]] == [6, 3, 1, 4]
    items = {row["item"]: row for row in csv.DictReader((page.parent / "items.csv").read_text().splitlines())}
    assert math.isclose(float(items["relu-backward"]["difficulty"]), 0.5)
    assert items["why"]["difficulty"] == ""


def test_a_report_that_cannot_be_written_says_where(graded: Course) -> None:
    (graded.root / "report").write_text("a file in the way")
    with pytest.raises(CourseError, match="Can't write the report"):
        write_report(graded)
