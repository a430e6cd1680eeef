"""Writes nbgrader's gradebook, from one process: the rows and files of `nbgrader autograde`."""

from __future__ import annotations

import contextlib
import shutil
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from sqlalchemy import select
from sqlalchemy.engine import Connection

from autograder.course import Course, CourseError
from autograder.desk.change import Change, Entry, add_student
from autograder.desk.copies import Copies
from autograder.desk.database import Database
from autograder.desk.intake import HandedIn, Unfit
from autograder.desk.papers import papers_of
from autograder.desk.penalties import Penalties
from autograder.desk.rows import STUDENT, Form, Kept, find
from autograder.engine.examiner.job import Result
from autograder.marking.outcome import Outcome, Status, printable
from autograder.marking.paper import Paper


class Writer:
    """Writes results, one submission at a time, each in one transaction."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.settings = Autograde(course.folders, config=course.config)
        self.gradebook = Gradebook(course.db_url, course.course_id)
        self.database = Database(self.gradebook.engine)
        self.copies = Copies(course, self.settings)
        self.penalties = Penalties(course)
        self.forms: dict[str, Form] = {}

    @classmethod
    @contextlib.contextmanager
    def open(cls, course: Course) -> Iterator[Writer]:
        """Open the course's gradebook for a while."""
        writer = cls(course)
        try:
            yield writer
        finally:
            writer.gradebook.close()

    def papers(self, assignment: str) -> list[Paper]:
        """Return an assignment as the grader needs it: a paper for each of its notebooks.

        Raises:
            CourseError: if it hasn't been released, or its source can't be read.
        """
        papers = papers_of(self.course, self.gradebook, assignment)
        self._form(assignment)
        self.gradebook.db.remove()  # no transaction stays open while the class is graded
        return papers

    def _form(self, assignment: str) -> Form:
        if assignment not in self.forms:
            self.forms[assignment] = Form.of(self.gradebook.find_assignment(assignment))
        return self.forms[assignment]

    def enrol(self, assignment: str, student: str, timestamp: datetime | None) -> None:
        """See to it that a submission has its rows.

        Raises:
            Unfit: if there is no such student, and the course doesn't let one be made on the way.
        """
        self._save(assignment, student, timestamp, {})

    def settle(self, assignment: str) -> None:
        """Before an assignment is graded: tidy up after a run that was killed, and renew all penalties.

        Raises:
            CourseError: if the plug-in for late submissions fails.
        """
        self.copies.tidy(assignment)
        self.penalties.renew(self.database, self._form(assignment))

    def write(
        self,
        papers: Sequence[Paper],
        student: str,
        handed_in: HandedIn,
        results: Mapping[str, Result],
        remarks: Iterable[str] = (),
    ) -> Outcome:
        """Record one submission: files first beside their place, then the rows, then the files in place.

        Killed in between, it leaves a submission that counts as not graded yet; grading it again
        writes the same.

        Args:
            papers: the assignment's.
            student: whose submission it is.
            handed_in: what lay in its folder; a notebook that wasn't handed in gets nothing for every cell.
            results: by notebook; one that was handed in and can't be graded has none, and its row stays.
            remarks: what there is to say of what was handed in.

        Returns:
            Its row of the summary.
        """
        assignment = papers[0].assignment
        place = self.course.place("autograded", assignment, student)
        prepared = self.copies.write_beside(place, papers, handed_in.files, results)
        entries = {}
        for paper in papers:
            if paper.notebook in results:
                entries[paper.notebook] = _entry(paper, results[paper.notebook])
            elif paper.notebook not in handed_in.notebooks:
                entries[paper.notebook] = Entry(nothing=True)
        kept = self._save(assignment, student, handed_in.time, entries)
        self.copies.put_in_place(prepared, place)
        return self._outcome(assignment, student, kept, results, remarks=remarks)

    def write_missing(self, assignment: str, student: str, handed_in: HandedIn) -> float:
        """Record that no notebook was handed in: nothing for every cell, as nbgrader does, and no copy.

        Returns:
            The points that a submission before it had.
        """
        before = self._kept(assignment, student)
        points = before.score if before is not None else 0.0
        entries = {name: Entry(nothing=True) for name in self._form(assignment).notebooks}
        self._save(assignment, student, handed_in.time, entries)
        shutil.rmtree(self.course.place("autograded", assignment, student), ignore_errors=True)
        return points

    def _save(
        self,
        assignment: str,
        student: str,
        when: datetime | None,
        entries: Mapping[str, Entry],
    ) -> Kept:
        form = self._form(assignment)

        def save(connection: Connection) -> Kept:
            enrolled, kept = find(connection, form, student)
            if not enrolled:
                if not self.settings.create_student:
                    raise Unfit(
                        f"the gradebook has no student '{student}', and c.Autograde.create_student is off"
                    )
                _refuse_twin(connection, student)
                add_student(connection, student)
            change = Change(connection, form, student, kept)
            change.hand_in(when)
            for name in form.notebooks:
                change.enter(name, entries.get(name, Entry()))
            change.penalise(self.penalties.of(student))
            return change.send()

        return self.database.transact(save)

    def unchanged(
        self,
        assignment: str,
        student: str,
        results: Mapping[str, Result],
        time: datetime | None = None,
        remarks: Iterable[str] = (),
    ) -> Outcome | None:
        """Return the row of a submission that was graded before, its penalty worked out by today's facts.

        Args:
            assignment: which.
            student: whose.
            results: what grading said, by notebook.
            time: when it was handed in, which a gradebook from a backup may not know.
            remarks: what there is to say of what was handed in.

        Returns:
            None if the gradebook doesn't have the automatic marks as they were: after a student was removed,
            or the gradebook put back from a backup.
        """
        form = self._form(assignment)

        def look(connection: Connection) -> Kept | None:
            kept = find(connection, form, student)[1]
            if kept is None or not all(_agrees(form, kept, *each) for each in results.items()):
                return None
            change = Change(connection, form, student, kept, comments=False)
            change.hand_in(time)
            change.penalise(self.penalties.of(student))
            return change.send()

        kept = self.database.transact(look)
        if kept is None:
            return None
        return self._outcome(assignment, student, kept, results, "unchanged", remarks)

    def has_marks(self, assignment: str, student: str) -> bool:
        """Say whether a submission of this student's has been graded."""
        kept = self._kept(assignment, student)
        notebooks = kept.notebooks.values() if kept is not None else ()
        return any(mark.automatic is not None for each in notebooks for mark in each.marks.values())

    def _kept(self, assignment: str, student: str) -> Kept | None:
        form = self._form(assignment)
        return self.database.transact(lambda connection: find(connection, form, student)[1])

    def outcome(self, assignment: str, student: str) -> Outcome:
        """Return a submission's row of the summary, from the gradebook alone.

        Raises:
            CourseError: if it isn't there.
        """
        kept = self._kept(assignment, student)
        if kept is None:
            raise CourseError(f"The gradebook has no submission of {student} for {assignment}.")
        return self._outcome(assignment, student, kept, {})

    def _outcome(
        self,
        assignment: str,
        student: str,
        kept: Kept,
        results: Mapping[str, Result],
        status: Status = "graded",
        remarks: Iterable[str] = (),
    ) -> Outcome:
        form = self._form(assignment)
        missing = [name for name in form.notebooks if results and name not in results]
        waiting = kept.waiting
        undecided = [cell for cell, mark in waiting.items() if mark.manual is None]
        worth = {cell: points for blank in form.notebooks.values() for cell, points in blank.worth.items()}
        names = {cell: name for blank in form.notebooks.values() for name, cell in blank.graded.items()}
        again = sorted(names[cell] for cell in waiting if cell not in undecided)
        return Outcome(
            student,
            assignment,
            status,
            score=kept.score,
            max_score=form.points,
            needs_manual=bool(undecided),
            waiting=sum(worth[cell] for cell in undecided),
            named=tuple(found for each in results.values() for found in each.named),
            lost=tuple(printable(line) for line in told(results, lambda result: result.lost)),
            reason=printable("; ".join(told(results, lambda result: [result.reason]))),
            remarks=(
                *(f"no {name}.ipynb was handed in: it counts as empty" for name in missing),
                *(printable(remark) for remark in remarks),
                *(printable(remark) for remark in told(results, lambda result: result.remarks)),
                *(f"look again at the points given by hand: {name}" for name in again),
            ),
            late_seconds=kept.late,
            reach=(
                sum(each.tests - len(each.inside) for each in results.values()),
                sum(each.tests for each in results.values()),
            ),
        )


def _entry(paper: Paper, result: Result) -> Entry:
    """Return what is to be written of one notebook: its marks, and what is said beside each answer."""
    named = result.follows | {finding.exercise: finding.sentence for finding in result.named}
    comments = {}
    for cell in paper.cells:
        if cell.solution or cell.task:
            empty = "No response." if cell.grade_id in result.unanswered and not cell.task else None
            comments[cell.grade_id] = named.get(cell.grade_id, empty)
    return Entry(result.scores, comments)


def _agrees(form: Form, kept: Kept, name: str, result: Result) -> bool:
    """Say whether the gradebook has a notebook's automatic marks as they were when it was graded."""
    blank = form.notebooks.get(name)
    notebook = kept.notebooks.get(blank.number) if blank is not None else None
    marks = notebook.marks if notebook is not None else {}
    cells = blank.graded if blank is not None else {}
    there = {cell: marks[number].automatic for cell, number in cells.items() if number in marks}
    return all(cell in there and there[cell] == score for cell, score in result.scores.items())


def _refuse_twin(connection: Connection, student: str) -> None:
    """Make no second student of one whose name is written with other characters that look the same.

    Raises:
        Unfit: if the gradebook has that student.
    """
    if student.isascii():
        return
    composed = unicodedata.normalize("NFC", student)
    for (known,) in connection.execute(select(STUDENT.c.id)):
        if unicodedata.normalize("NFC", known) == composed:
            raise Unfit(
                "the gradebook writes this student's name with other characters that look the same "
                f"({known!a}, here {student!a}): rename the folder"
            )


def told(results: Mapping[str, Result], what: Callable[[Result], Iterable[str]]) -> Iterator[str]:
    """Yield what is said of a submission's notebooks; of several, each with its name."""
    for name, result in results.items():
        for text in filter(None, what(result)):
            yield f"{name}: {text}" if len(results) > 1 else text
