"""nbgrader's export plug-ins for what learning systems import (`nbgrader export --exporter=`)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from nbgrader.api import Gradebook
from nbgrader.plugins import ExportPlugin
from traitlets import Bool, Unicode

from autograder.course import CourseError
from autograder.desk.files import write_atomically
from autograder.desk.marks import Given, Marks, Person, read_marks
from autograder.desk.spreadsheet import no_formula

Row = Sequence[object]


class TableExport(ExportPlugin):  # type: ignore[misc]
    """Writes a table as CSV: UTF-8, commas, a point in decimals, quotes where they are needed."""

    roster = Unicode(
        "", help="A file that the system itself exported: its students and ids are taken over."
    ).tag(config=True)
    missing_zero = Bool(False, help="0 for what wasn't handed in, instead of an empty cell.").tag(config=True)
    default: ClassVar[str] = "grades.csv"

    def export(self, gradebook: Gradebook) -> None:
        """Write the file.

        Raises:
            CourseError: if the roster isn't what it should be.
        """
        marks = read_marks(gradebook, [*map(str, self.assignment)], [*map(str, self.student)])
        self.waiting, self.strangers = marks.waiting, list[str]()
        text = io.StringIO(newline="")
        rows = ([no_formula(cell) for cell in row] for row in self.rows(marks))
        csv.writer(text, lineterminator="\r\n").writerows(rows)
        self.written = Path(self.to or self.default)
        write_atomically(self.written, text.getvalue())

    def rows(self, marks: Marks) -> Iterator[Row]:
        """Yield the table's rows, its header first."""
        raise NotImplementedError

    def mark(self, given: Given) -> str:
        """Return a mark as these systems read it."""
        if given.score is None:
            return "0" if self.missing_zero else ""
        return number(given.score)

    def read_roster(self, *needed: str) -> tuple[list[str], list[dict[str, str]]]:
        """Return the header and the rows of the file that the system exported.

        Raises:
            CourseError: if it can't be read, or lacks one of the columns that are needed.
        """
        try:
            text = Path(self.roster).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise CourseError(f"Can't read {self.roster}: {error}.") from None
        rows = list(csv.reader(io.StringIO(text)))
        header = rows[0] if rows else []
        missing = [name for name in needed if name not in header]
        if missing:
            raise CourseError(f"{self.roster} has no column {', '.join(map(repr, missing))}: {self.wanted}")
        return header, [dict(zip(header, row, strict=False)) for row in rows[1:] if any(row)]

    wanted: ClassVar[str] = ""


class CanvasExport(TableExport):
    """What Canvas's gradebook imports: who, `Points Possible`, and a column for each assignment.

    Canvas knows a student by `ID` (its own number; nbgrader's `lms_user_id`), or else by `SIS User ID`, `SIS
    Login ID` or the name, an assignment by `name (number)` or else its name: the roster has all of these.
    """

    default = "canvas.csv"
    wanted = "give the CSV that Canvas exports: Grades, Export, Export Entire Gradebook."
    WHO: ClassVar = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")

    def rows(self, marks: Marks) -> Iterator[Row]:
        """Yield the rows."""
        if self.roster:
            yield from self._as_exported(marks)
            return
        yield [*self.WHO, *marks.maxima]
        yield ["    Points Possible", "", "", "", "", *map(number, marks.maxima.values())]
        for person in marks.people:
            given = [self.mark(person.given[name]) for name in marks.maxima]
            yield [full_name(person), person.lms, "", person.id, "", *given]

    def _as_exported(self, marks: Marks) -> Iterator[Row]:
        header, rows = self.read_roster("Student", "ID", "Section")
        who = header[: header.index("Section") + 1]
        columns = {name: self._column(name, header) for name in marks.maxima}
        yield [*who, *columns.values()]
        blank = [""] * (len(who) - 1)
        yield ["    Points Possible", *blank, *map(number, marks.maxima.values())]
        people = _Finder(marks)
        for row in rows:
            keys = (row.get(name, "") for name in ("SIS Login ID", "SIS User ID"))
            person = people.find(*keys, lms=row["ID"], name=row["Student"])
            if person is not None:
                yield [*(row.get(name, "") for name in who), *(self.mark(person.given[n]) for n in columns)]
        self.strangers = people.left

    @staticmethod
    def _column(name: str, header: Sequence[str]) -> str:
        """Return the header of an assignment's column in Canvas, `name (number)`, or else the name."""
        found = (each for each in header if re.fullmatch(re.escape(name) + r"( \(\d+\))?", each))
        return next(found, name)


class MoodleExport(TableExport):
    """What Moodle imports.

    Without a roster, the CSV of Grades, Import: map `Email address` to the address, or `ID number` to the id
    number, and each assignment's column to its grade item. With one, the assignment's own grading worksheet,
    filled in: nothing has to be mapped.
    """

    default = "moodle.csv"
    wanted = "give the CSV of the assignment: View all submissions, Download grading worksheet."

    def rows(self, marks: Marks) -> Iterator[Row]:
        """Yield the rows."""
        if self.roster:
            yield from self._worksheet(marks)
            return
        yield ["First name", "Last name", "ID number", "Email address", *marks.maxima]
        for person in marks.people:
            given = [self.mark(person.given[name]) for name in marks.maxima]
            yield [person.first, person.last, person.id, person.email, *given]

    def _worksheet(self, marks: Marks) -> Iterator[Row]:
        """Fill in the grades; the worksheet's own maximum counts, and so do the rows that it closes."""
        if len(marks.maxima) != 1:
            raise CourseError("A grading worksheet of Moodle's is of one assignment: name it.")
        header, rows = self.read_roster("Identifier", "Grade", "Last modified (grade)")
        ((name, most),) = marks.maxima.items()
        people = _Finder(marks)
        yield header
        for row in rows:
            keys = (row.get(each, "") for each in ("ID number", "Username", "Email address"))
            person = people.find(*keys, name=row.get("Full name", ""))
            if person is not None and row.get("Grade can be changed", "Yes") != "No":
                given, scale = person.given[name], _float(row.get("Maximum Grade", ""))
                if given.score is not None and scale and most:
                    row["Grade"] = number(given.score / most * scale)
                elif given.score is not None or self.missing_zero:
                    row["Grade"] = self.mark(given)
            yield [row.get(each, "") for each in header]
        self.strangers = people.left


class GradescopeExport(TableExport):
    """The table that Gradescope's own `Download Grades` writes, for what reads that.

    Four columns for each assignment, after those that say who; `Total Lateness (H:M:S)` comes last.
    """

    default = "gradescope.csv"

    def rows(self, marks: Marks) -> Iterator[Row]:
        """Yield the rows."""
        about = ("{}", "{} - Max Points", "{} - Submission Time", "{} - Lateness (H:M:S)")
        columns = [text.format(name) for name in marks.maxima for text in about]
        yield ["First Name", "Last Name", "SID", "Email", *columns, "Total Lateness (H:M:S)"]
        for person in marks.people:
            row: list[object] = [person.first, person.last, person.id, person.email]
            for name, most in marks.maxima.items():
                given = person.given[name]
                when = f"{given.timestamp:%Y-%m-%d %H:%M:%S} +0000" if given.timestamp else ""
                row += [self.mark(given), number(most), when, _clock(given.late)]
            yield [*row, _clock(sum(given.late for given in person.given.values()))]


class CsvExport(TableExport):
    """nbgrader's own columns, and what is missing there: points that wait, lateness, extensions."""

    COLUMNS: ClassVar = (
        *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
        *("raw_score", "late_submission_penalty", "score", "max_score"),
        *("waiting", "seconds_late", "extension_seconds"),
    )

    def rows(self, marks: Marks) -> Iterator[Row]:
        """Yield the rows."""
        yield self.COLUMNS
        for name, most in marks.maxima.items():
            for person in marks.people:
                given = person.given[name]
                who = (name, given.due or "", given.timestamp or "", person.id, person.last, person.first)
                points = (number(given.raw), number(given.penalty), self.mark(given), number(most))
                rest = (number(given.waiting), number(given.late), number(given.extended))
                yield [*who, person.email, *points, *rest]


class _Finder:
    """Finds the gradebook's student for a row of a roster; `left` are those that no row was for."""

    def __init__(self, marks: Marks) -> None:
        self.people = marks.people
        self.found: set[str] = set()

    def find(self, *keys: str, lms: str = "", name: str = "") -> Person | None:
        """Return who has one of these ids or addresses, the system's number, or the name alone."""
        for person in self.people:
            theirs = {text.casefold() for text in (person.id, person.email) if text}
            if (lms and person.lms == lms) or theirs & {
                key.strip().casefold() for key in keys if key.strip()
            }:
                self.found.add(person.id)
                return person
        named = [each for each in self.people if name.strip() and _names(each) & {name.strip().casefold()}]
        if len(named) == 1:
            self.found.add(named[0].id)
            return named[0]
        return None

    @property
    def left(self) -> list[str]:
        """Who isn't in the roster."""
        return [person.id for person in self.people if person.id not in self.found]


def _names(person: Person) -> set[str]:
    if not (person.first or person.last):
        return {person.id.casefold()}
    return {full_name(person).casefold(), f"{person.first} {person.last}".strip().casefold()}


def full_name(person: Person) -> str:
    """Return "Last, First", or the id of a student without a name."""
    return ", ".join(filter(None, (person.last, person.first))) or person.id


def number(value: float) -> str:
    """Return points with at most four decimals, none that aren't needed."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _float(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _clock(seconds: float) -> str:
    hours, rest = divmod(int(seconds), 3600)
    return f"{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"


SYSTEMS: Mapping[str, type[TableExport]] = {
    "canvas": CanvasExport,
    "moodle": MoodleExport,
    "gradescope": GradescopeExport,
    "csv": CsvExport,
}
