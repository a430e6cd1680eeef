"""Marks as other systems import them, read back by those systems' own rules; and due dates of one's own."""

from __future__ import annotations

import csv
import re
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from command import autograder, refuses
from nbgrader.api import Gradebook
from nbgrader.apps import ExportApp
from sqlalchemy import event

from autograder.course import CONFIG, Course, CourseError
from autograder.desk.extend import extend
from autograder.desk.marks import read_marks

PEOPLE = {
    "ada": ("Ada", "Lovelace", "ada@example.org", "1001"),
    "0042": ("Émilie", "du Châtelet", "emilie@example.org", None),
    "kurt,g": ("Kurt", 'Gödel, "the" logician', "kurt@example.org", None),
    "nobody": (None, None, None, None),
}
SCORES = {"ada": 12.5, "0042": 7.0, "kurt,g": 20.0}  # nobody hands nothing in
CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,other (77),02-modules (4711),Final Score
    Points Possible,,,,,10,22,(read only)
"Lovelace, Ada",1001,S-1,somebody,Sec 1,9,,90
"du Châtelet, Émilie",1002,S-2,0042,Sec 1,8,3,80
"Gödel, ""the"" logician, Kurt",1003,S-3,,Sec 2,7,,70
"Student, Test",1999,,,Sec 2,,,
"""
WORKSHEET = """Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,\
Last modified (submission),Last modified (grade),Feedback comments
Participant 11,Ada Lovelace,ada@example.org,Submitted,,100.00,Yes,"Monday, 2 March 2026, 5:00 PM",-,good
Participant 12,Émilie du Châtelet,EMILIE@example.org,Submitted for grading,,100.00,No,-,-,
Participant 13,Nobody Knows,else@example.org,No submission,,100.00,Yes,-,-,
"""

SETTINGS = """
from nbgrader.plugins import LateSubmissionPlugin
c = get_config()
c.Exchange.timezone = "Europe/Zurich"
class Late(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 0.7 if student_id == "0042" else None
c.AssignLatePenalties.plugin_class = Late
"""


@pytest.fixture
def course(original: Course, tmp_path: Path) -> Course:
    return Course(Path(shutil.copytree(original.root, tmp_path / "course")))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Course:
    root = tmp_path_factory.mktemp("exported")
    (root / CONFIG).write_text(SETTINGS)
    for assignment in ("02-modules", "03-saturation"):
        (root / "source" / assignment).mkdir(parents=True)
        (root / "source" / assignment / "work.ipynb").write_text("{}")
    course = Course(root)
    with Gradebook(course.db_url) as gradebook:
        gradebook.add_assignment("02-modules", duedate=datetime(2026, 3, 1, 22, 59, 59))
        gradebook.add_assignment("03-saturation")
        for assignment in ("02-modules", "03-saturation"):
            gradebook.add_notebook("work", assignment)
            gradebook.add_grade_cell("tests", "work", assignment, max_score=20, cell_type="code")
        gradebook.add_grade_cell("why", "work", "02-modules", max_score=2, cell_type="markdown")
        for student, (first, last, email, lms) in PEOPLE.items():
            gradebook.add_student(student, first_name=first, last_name=last, email=email, lms_user_id=lms)
        for student, score in SCORES.items():
            when = datetime(2026, 3, 2, 12 if student == "ada" else 0)
            gradebook.add_submission("02-modules", student, timestamp=when)
            grade = gradebook.find_grade("tests", "work", "02-modules", student)
            grade.auto_score, grade.needs_manual_grade = score, False
            gradebook.find_grade("why", "work", "02-modules", student).needs_manual_grade = student == "ada"
        row = gradebook.find_submission_notebook("work", "02-modules", "0042")
        row.late_submission_penalty = 0.7
        gradebook.db.commit()
    return course


def exported(course: Course, *arguments: str | Path) -> tuple[list[list[str]], str]:
    file = course.root / "out.csv"
    ended = autograder("export", *arguments, "--to", file, "--course", course.root)
    assert ended.returncode == 0, ended.stderr
    data = file.read_bytes()
    assert not data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(data.decode("utf-8").splitlines())), ended.stdout


def canvas_reads(rows: list[list[str]], known: dict[str, tuple[str, str, str]]) -> dict[str, dict[str, str]]:
    """Canvas's own rules for an import: who a row is, which column is which assignment, what empty cells do.

    Args:
        rows: the file.
        known: Canvas's number of a student -> the name, SIS user id and SIS login id that Canvas has.
    """
    header = rows[0]
    assert header[0] == "Student"
    assert header[1] == "ID"
    assert header[2:5] == ["SIS User ID", "SIS Login ID", "Section"]
    titles = {place: re.sub(r" \(\d+\)$", "", header[place]) for place in range(5, len(header))}
    read: dict[str, dict[str, str]] = {}
    for row in rows[1:]:
        assert len(row) == len(header)
        if "Points Possible" in row[0]:
            read["max"] = {titles[place]: row[place] for place in titles}
            continue
        name, number, sis, login = row[:4]
        who = number if number in known else ""
        who = who or next((n for n, each in known.items() if sis and each[1] == sis), "")
        who = who or next((n for n, each in known.items() if login and each[2] == login), "")
        who = who or next((n for n, each in known.items() if each[0] == name), "")
        assert who, f"Canvas would ask who {row[:4]} is"
        read[who] = {titles[place]: row[place] for place in titles if row[place]}
    return read


KNOWN = {
    "1001": ("Lovelace, Ada", "S-1", "somebody"),
    "1002": ("du Châtelet, Émilie", "S-2", "0042"),
    "1003": ('Gödel, "the" logician, Kurt', "S-3", "kurt"),
}


def test_canvas_finds_every_student_and_mark(course: Course) -> None:
    rows, said = exported(course, "canvas")
    rows = [row for row in rows if row[0] != "nobody"]
    read = canvas_reads(rows, KNOWN)
    assert read["max"] == {"02-modules": "22", "03-saturation": "20"}
    assert {who: marks.get("02-modules") for who, marks in read.items() if who != "max"} == {
        "1001": "12.5",
        "1002": "6.3",
        "1003": "20",
    }
    assert not any("03-saturation" in marks for who, marks in read.items() if who != "max"), (
        "nothing handed in"
    )
    assert "1 of them" in said


def test_canvas_gets_its_own_rows_and_numbers_back(course: Course) -> None:
    roster = course.root / "roster.csv"
    roster.write_text("\ufeff" + CANVAS, encoding="utf-8")
    rows, said = exported(course, "canvas", "02-modules/", "--roster", roster)
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "02-modules (4711)"]
    read = canvas_reads(rows, KNOWN)
    assert {who: marks["02-modules"] for who, marks in read.items()} == {
        "max": "22",
        "1001": "12.5",
        "1002": "6.3",
        "1003": "20",
    }
    assert "nobody" in said, "who isn't in the roster is named"


def test_moodle_maps_by_id_number_or_address(course: Course) -> None:
    rows, _ = exported(course, "moodle", "--missing-zero")
    read = {row["ID number"]: row for row in (dict(zip(rows[0], row, strict=True)) for row in rows[1:])}
    assert rows[0][:4] == ["First name", "Last name", "ID number", "Email address"]
    assert (read["0042"]["02-modules"], read["0042"]["Email address"]) == ("6.3", "emilie@example.org")
    assert read["nobody"]["02-modules"] == "0"


def test_moodles_worksheet_is_filled_in_and_otherwise_as_it_was(course: Course) -> None:
    roster = course.root / "worksheet.csv"
    roster.write_text(WORKSHEET, encoding="utf-8")
    rows, said = exported(course, "moodle", "02-modules", "--roster", roster)
    before = list(csv.reader(WORKSHEET.splitlines()))
    assert [row[0] for row in rows] == [row[0] for row in before]
    grade = before[0].index("Grade")
    assert float(rows[1][grade]) == pytest.approx(12.5 / 22 * 100, abs=1e-3), "the worksheet's own maximum"
    assert rows[2][grade] == "", "Moodle says that this one can't be changed"
    assert [row[:grade] + row[grade + 1 :] for row in rows] == [r[:grade] + r[grade + 1 :] for r in before]
    assert "kurt,g" in said
    refuses(
        autograder("export", "moodle", "--roster", roster, "--course", course.root),
        "one assignment",
        "name it",
    )


def test_gradescopes_table_is_read_by_what_reads_gradescopes(course: Course) -> None:
    rows, _ = exported(course, "gradescope")
    ada = dict(zip(rows[0], rows[2], strict=True))
    assert ada["SID"] == "ada"
    assert (ada["02-modules"], ada["02-modules - Max Points"]) == ("12.5", "22")
    assert ada["02-modules - Submission Time"] == "2026-03-02 12:00:00 +0000"
    assert ada["02-modules - Lateness (H:M:S)"] == "13:00:01"
    # gradelib and others go by position: four columns an assignment; the last is taken off by its name.
    assert rows[0][-1] == "Total Lateness (H:M:S)"
    assert ada["Total Lateness (H:M:S)"] == "13:00:01"
    assignments = rows[0][4:-1:4]
    assert "02-modules" in assignments
    assert len(rows[0]) == 4 + 4 * len(assignments) + 1
    assert rows[0][7:-1:4] == [f"{name} - Lateness (H:M:S)" for name in assignments]


def test_a_plain_table_has_nbgraders_columns(course: Course) -> None:
    rows, _ = exported(course, "csv", "--student", "kurt,g")
    assert len(rows) == 3
    kurt = next(
        row
        for row in (dict(zip(rows[0], each, strict=True)) for each in rows[1:])
        if "02" in row["assignment"]
    )
    assert (kurt["last_name"], kurt["raw_score"], kurt["max_score"]) == (PEOPLE["kurt,g"][1], "20", "22")


def test_nbgraders_own_command_takes_the_plug_ins(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(course.root)
    app = ExportApp()
    app.initialize(["--exporter=autograder.desk.exports.CanvasExport", "--to=theirs.csv"])
    app.start()
    rows, _ = exported(course, "canvas")
    assert list(csv.reader((course.root / "theirs.csv").read_text("utf-8").splitlines())) == rows


def test_what_is_not_there_is_said(course: Course, tmp_path: Path) -> None:
    refuses(autograder("export", "canvas", "99", "--course", course.root), "'99'", "02-modules")
    refuses(autograder("export", "csv", "--student", "zoe", "--course", course.root), "zoe")
    roster = tmp_path / "roster.csv"
    roster.write_text("Name,Points\nAda,3\n")
    refuses(
        autograder("export", "canvas", "--roster", roster, "--course", course.root), "'Student'", "Export"
    )


def due(course: Course, student: str) -> datetime:
    with Gradebook(course.db_url) as gradebook:
        return gradebook.find_submission("02-modules", student).duedate  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("until", "utc"),
    [
        ("2026-03-08", datetime(2026, 3, 8, 22, 59, 59)),
        ("2026-03-08 18:00", datetime(2026, 3, 8, 17)),
        ("2026-03-08T18:00:00Z", datetime(2026, 3, 8, 18)),
        ("2026-03-30", datetime(2026, 3, 30, 21, 59, 59)),  # summer time has begun
        ("3 days", datetime(2026, 3, 4, 22, 59, 59)),
        ("36h", datetime(2026, 3, 3, 10, 59, 59)),
    ],
)
def test_an_extension_is_nbgraders_and_ends_when_it_says(course: Course, until: str, utc: datetime) -> None:
    theirs, _ = extend(course, "02-modules", "ada", until)
    assert due(course, "ada") == utc
    assert theirs.utcoffset() is not None
    extend(course, "02-modules", "ada", None)
    assert due(course, "ada") == datetime(2026, 3, 1, 22, 59, 59)


def test_somebody_who_has_handed_in_nothing_can_be_extended_and_still_has_no_mark(course: Course) -> None:
    ended = autograder(
        "extend", "02-modules/", "--student", "nobody", "--until", "1 w", "--course", course.root
    )
    assert ended.returncode == 0, ended.stderr
    assert "nobody: 02-modules is due 2026-03-08 23:59 CET, instead of 2026-03-01 23:59." in ended.stdout
    rows, _ = exported(course, "csv", "02-modules", "--student", "nobody")
    row = dict(zip(rows[0], rows[1], strict=True))
    assert (row["score"], row["extension_seconds"]) == ("", str(7 * 86400))


@pytest.mark.parametrize("until", ["soon", "18:00", "2026-02-30", "2026-02-01", "March"])
def test_what_is_no_later_date_is_refused(course: Course, until: str) -> None:
    with pytest.raises(CourseError, match=re.escape(until[:4]) if until != "2026-02-01" else "before"):
        extend(course, "02-modules", "ada", until)


def test_an_extension_needs_a_due_date_and_a_known_student(course: Course) -> None:
    with pytest.raises(CourseError, match="formgrader"):
        extend(course, "03-saturation", "ada", "3 days")
    with pytest.raises(CourseError, match="zoe"):
        extend(course, "02-modules", "zoe", "3 days")


def test_a_large_class_takes_no_more_statements_than_a_small_one(course: Course) -> None:
    def asked() -> int:
        count = 0

        def one_more(*_: object) -> None:
            nonlocal count
            count += 1

        with Gradebook(course.db_url) as gradebook:
            event.listen(gradebook.engine, "before_cursor_execute", one_more)
            read_marks(gradebook)
        return count

    before = asked()
    with Gradebook(course.db_url) as gradebook:
        for number in range(12):
            gradebook.add_student(f"more{number}")
            gradebook.add_submission("02-modules", f"more{number}", timestamp=datetime(2026, 3, 1))
    assert asked() == before
