"""Writes nbgrader's gradebook, from one process: the rows and files of `nbgrader autograde`."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.engine import Connection

from autograder.course import Course, CourseError
from autograder.desk.change import Change, Entry, Penalty, add_student
from autograder.desk.database import Database
from autograder.desk.intake import HandedIn, Unfit, timestamp
from autograder.desk.papers import papers_of
from autograder.desk.rows import Form, Kept, find
from autograder.engine.examiner.job import Result
from autograder.marking.outcome import Outcome, Status, printable
from autograder.marking.paper import Paper
from autograder.marking.surroundings import File


class Writer:
    """Writes results, one submission at a time, each in one transaction."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.settings = Autograde(course.folders, config=course.config)
        self.gradebook = Gradebook(course.db_url, course.course_id)
        self.database = Database(self.gradebook.engine)
        self.penalties = AssignLatePenalties(config=course.config)
        self.penalties.init_plugin()
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
        self._save(assignment, student, timestamp, {}, None)

    def write(
        self,
        papers: Sequence[Paper],
        student: str,
        folder: Path,
        handed_in: HandedIn,
        results: Mapping[str, Result],
    ) -> Outcome:
        """Record one submission: files first beside their place, then the rows, then the files in place.

        Killed in between, it leaves a submission that counts as not graded yet; grading it again
        writes the same.

        Args:
            papers: the assignment's.
            student: whose submission it is.
            folder: where it was handed in.
            handed_in: what lay there; a notebook that wasn't handed in gets nothing for every cell.
            results: by notebook; one that was handed in and can't be graded has none, and its row stays.

        Returns:
            Its row of the summary.
        """
        assignment = papers[0].assignment
        when = timestamp(folder)
        place = self.course.place("autograded", assignment, student)
        prepared = self._write_beside(place, papers, handed_in.files, results)
        entries = {}
        for paper in papers:
            if paper.notebook in results:
                entries[paper.notebook] = _entry(paper, results[paper.notebook])
            elif paper.notebook not in handed_in.notebooks:
                entries[paper.notebook] = Entry(nothing=True)
        kept = self._save(assignment, student, when, entries, self._penalty_for(student))
        old = place.with_name(f".{place.name}.old")
        if place.exists():
            shutil.rmtree(old, ignore_errors=True)
            place.rename(old)
        prepared.rename(place)
        shutil.rmtree(old, ignore_errors=True)
        return self._outcome(assignment, student, kept, results)

    def write_missing(self, assignment: str, student: str, folder: Path) -> None:
        """Record that no notebook was handed in: nothing for every cell, as nbgrader does, and no copy."""
        entries = {name: Entry(nothing=True) for name in self._form(assignment).notebooks}
        self._save(assignment, student, timestamp(folder), entries, None)
        shutil.rmtree(self.course.place("autograded", assignment, student), ignore_errors=True)

    def _save(
        self,
        assignment: str,
        student: str,
        when: datetime | None,
        entries: Mapping[str, Entry],
        penalty: Penalty | None,
    ) -> Kept:
        form = self._form(assignment)

        def save(connection: Connection) -> Kept:
            enrolled, kept = find(connection, form, student)
            if not enrolled:
                if not self.settings.create_student:
                    raise Unfit(
                        f"the gradebook has no student '{student}', and c.Autograde.create_student is off"
                    )
                add_student(connection, student)
            change = Change(connection, form, student, kept)
            change.hand_in(when)
            for name in form.notebooks:
                change.enter(name, entries.get(name, Entry()))
            if penalty is not None:
                change.penalise(penalty)
            return change.send()

        return self.database.transact(save)

    def _penalty_for(self, student: str) -> Penalty:
        """Return how nbgrader's plug-in punishes this student's lateness."""

        def penalty(score: float, late: float) -> float | None:
            points = self.penalties.plugin_inst.late_submission_penalty(student, score, late)
            if points is None:
                return None
            return float(self.penalties._check_late_penalty(SimpleNamespace(score=score), points))

        return penalty

    def _write_beside(
        self, place: Path, papers: Sequence[Paper], files: Sequence[File], results: Mapping[str, Result]
    ) -> Path:
        """Write a submission's folder beside its place; the instructor's version of a file counts."""
        prepared = place.with_name(f".{place.name}.new")
        shutil.rmtree(prepared, ignore_errors=True)
        prepared.mkdir(parents=True)
        notebooks = [File(f"{name}.ipynb", result.notebook.encode()) for name, result in results.items()]
        mode = int(str(self.settings.permissions), 8)
        for file in {file.path: file for file in (*files, *papers[0].files, *notebooks)}.values():
            path = prepared / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
            path.chmod(mode)
        return prepared

    def unchanged(self, assignment: str, student: str, results: Mapping[str, Result]) -> Outcome | None:
        """Return the row of a submission that was graded before, its penalty worked out by today's facts.

        Args:
            assignment: which.
            student: whose.
            results: what grading said, by notebook.

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
            change.penalise(self._penalty_for(student))
            return change.send()

        kept = self.database.transact(look)
        return self._outcome(assignment, student, kept, results, "unchanged") if kept is not None else None

    def outcome(self, assignment: str, student: str) -> Outcome:
        """Return a submission's row of the summary, from the gradebook alone.

        Raises:
            CourseError: if it isn't there.
        """
        form = self._form(assignment)
        kept = self.database.transact(lambda connection: find(connection, form, student)[1])
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
    given = {cell: score for cell, score in result.scores.items() if cell in there}
    if result.scores and not given:
        return False
    return given == {cell: there[cell] for cell in given}


def told(results: Mapping[str, Result], what: Callable[[Result], Iterable[str]]) -> Iterator[str]:
    """Yield what is said of a submission's notebooks; of several, each with its name."""
    for name, result in results.items():
        for text in filter(None, what(result)):
            yield f"{name}: {text}" if len(results) > 1 else text
