"""Writes nbgrader's gradebook, from one process: the rows and files of `nbgrader autograde`."""

from __future__ import annotations

import contextlib
import shutil
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.api import Comment, Grade, Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.exc import SAWarning

from autograder.course import Course, CourseError
from autograder.desk.intake import HandedIn, Unfit, timestamp
from autograder.desk.papers import papers_of
from autograder.engine.examiner.job import Result
from autograder.marking.outcome import Outcome, Status, printable
from autograder.marking.paper import Paper
from autograder.marking.surroundings import File

# nbgrader adds a new submission to its session one statement late; nothing is lost by it
warnings.filterwarnings("ignore", "Object of type <Submitted", SAWarning)


class Writer:
    """Writes results, one submission at a time; several cells and comments in one transaction."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.settings = Autograde(course.folders, config=course.config)
        self.gradebook = Gradebook(course.db_url, course.course_id)
        self.penalties = AssignLatePenalties(config=course.config)
        self.penalties.init_plugin()
        self.cells: dict[tuple[str, str], dict[str, Any]] = {}

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
        return papers_of(self.course, self.gradebook, assignment)

    def enrol(self, assignment: str, student: str, timestamp: datetime | None) -> Any:
        """Return a submission's row, made if need be.

        Raises:
            Unfit: if there is no such student, and the course doesn't let one be made on the way.
        """
        try:
            self.gradebook.find_student(student)
        except MissingEntry:
            if not self.settings.create_student:
                raise Unfit(
                    f"the gradebook has no student '{student}', and c.Autograde.create_student is off"
                ) from None
            self.gradebook.add_student(student)
        known = {"timestamp": timestamp} if timestamp is not None else {}
        with self.gradebook.db.no_autoflush:
            return self.gradebook.update_or_create_submission(assignment, student, **known)

    def write(
        self,
        papers: Sequence[Paper],
        student: str,
        folder: Path,
        handed_in: HandedIn,
        results: Mapping[str, Result],
    ) -> None:
        """Record one submission: files first beside their place, then the rows, then the files in place.

        Killed in between, it leaves a submission that counts as not graded yet; grading it again
        writes the same.

        Args:
            papers: the assignment's.
            student: whose submission it is.
            folder: where it was handed in.
            handed_in: what lay there; a notebook that wasn't handed in gets nothing for every cell.
            results: by notebook; one that was handed in and can't be graded has none, and its row stays.
        """
        assignment = papers[0].assignment
        submission = self.enrol(assignment, student, timestamp(folder))
        place = self.course.place("autograded", assignment, student)
        prepared = self._write_beside(place, papers, handed_in.files, results)
        rows = {row.name: row for row in submission.notebooks}
        for paper in papers:
            row = rows[paper.notebook]
            if paper.notebook in results:
                self._write_rows(row, paper, results[paper.notebook])
            elif paper.notebook not in handed_in.notebooks:
                _nothing_for(row)
            self._write_penalty(submission, row, student)
        self.gradebook.db.commit()
        old = place.with_name(f".{place.name}.old")
        if place.exists():
            shutil.rmtree(old, ignore_errors=True)
            place.rename(old)
        prepared.rename(place)
        shutil.rmtree(old, ignore_errors=True)

    def give_up(self) -> None:
        """Take back what was begun since the last submission."""
        self.gradebook.db.rollback()

    def write_missing(self, assignment: str, student: str, folder: Path) -> None:
        """Record that no notebook was handed in: nothing for every cell, as nbgrader does, and no copy."""
        submission = self.enrol(assignment, student, timestamp(folder))
        for row in submission.notebooks:
            _nothing_for(row)
        self.gradebook.db.commit()
        shutil.rmtree(self.course.place("autograded", assignment, student), ignore_errors=True)

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

    def _write_rows(self, row: Any, paper: Paper, result: Result) -> None:
        named = {finding.exercise: finding.sentence for finding in result.named}
        names = self._names(paper, row.notebook)
        grades = {names[grade.cell_id]: grade for grade in row.grades if grade.cell_id in names}
        comments = {names[comment.cell_id]: comment for comment in row.comments if comment.cell_id in names}
        graded = {cell.id: cell for cell in (*row.notebook.grade_cells, *row.notebook.task_cells)}
        by_name = {name: number for number, name in names.items()}
        for name, score in result.scores.items():
            grade = grades.get(name)
            if grade is None and by_name.get(name) in graded:
                grade = Grade(cell_id=by_name[name], notebook=row)
            if grade is not None:
                grade.auto_score = score
                grade.needs_manual_grade = grade.manual_score is not None or score is None
        for cell in paper.cells:
            if not (cell.solution or cell.task):
                continue
            comment = comments.get(cell.grade_id)
            if comment is None:
                comment = Comment(cell_id=by_name[cell.grade_id], notebook=row)
            empty = "No response." if cell.grade_id in result.unanswered and not cell.task else None
            comment.auto_comment = named.get(cell.grade_id, empty)

    def _names(self, paper: Paper, notebook: Any) -> dict[str, str]:
        """Return the database's numbers of the notebook's cells with their names."""
        key = paper.assignment, paper.notebook
        if key not in self.cells:
            cells = (*notebook.grade_cells, *notebook.solution_cells, *notebook.task_cells)
            self.cells[key] = {cell.id: cell.name for cell in cells}
        return self.cells[key]

    def _write_penalty(self, submission: Any, row: Any, student: str) -> None:
        row.late_submission_penalty = None
        late = submission.total_seconds_late
        if late > 0:
            self.gradebook.db.flush()
            self.gradebook.db.refresh(row)
            penalty = self.penalties.plugin_inst.late_submission_penalty(student, row.score, late)
            if penalty is not None:
                row.late_submission_penalty = self.penalties._check_late_penalty(row, penalty)

    def agrees(self, assignment: str, student: str, results: Mapping[str, Result]) -> bool:
        """Say whether the gradebook has a submission's automatic marks as they were when it was graded.

        It doesn't after a student was removed, or the gradebook put back from a backup.

        Args:
            assignment: which.
            student: whose.
            results: what grading said, by notebook.
        """
        try:
            rows = {row.name: row for row in self.gradebook.find_submission(assignment, student).notebooks}
        except MissingEntry:
            return False
        for name, result in results.items():
            kept = {grade.name: grade.auto_score for grade in rows[name].grades} if name in rows else {}
            given = {cell: score for cell, score in result.scores.items() if cell in kept}
            if given != {cell: kept[cell] for cell in given} or (result.scores and not given):
                return False
        return True

    def penalise(self, assignment: str, student: str) -> None:
        """Work out a submission's penalty by today's facts: due date, extension, points given by hand."""
        submission = self.gradebook.find_submission(assignment, student)
        for row in submission.notebooks:
            self._write_penalty(submission, row, student)
        self.gradebook.db.commit()

    def outcome(
        self, assignment: str, student: str, results: Mapping[str, Result], status: Status = "graded"
    ) -> Outcome:
        """Return a submission's row of the summary, from the gradebook.

        Args:
            assignment: which.
            student: whose.
            results: what grading said, by notebook.
            status: whether it was graded now.

        Raises:
            CourseError: if it isn't there.
        """
        try:
            submission = self.gradebook.find_submission(assignment, student)
        except MissingEntry:
            raise CourseError(f"The gradebook has no submission of {student} for {assignment}.") from None
        penalty = sum(notebook.late_submission_penalty or 0.0 for notebook in submission.notebooks)
        missing = [row.name for row in submission.notebooks if results and row.name not in results]
        return Outcome(
            student,
            assignment,
            status,
            score=submission.score - penalty,
            max_score=submission.max_score,
            needs_manual=submission.needs_manual_grade,
            named=tuple(
                f"{found.exercise}: {found.name}" for each in results.values() for found in each.named
            ),
            reason=printable("; ".join(told(results, lambda result: [result.reason]))),
            remarks=(
                *(f"no {name}.ipynb was handed in: it counts as empty" for name in missing),
                *(printable(remark) for remark in told(results, lambda result: result.remarks)),
            ),
            late_seconds=submission.total_seconds_late,
            reach=(
                sum(each.tests - len(each.inside) for each in results.values()),
                sum(each.tests for each in results.values()),
            ),
        )


def told(results: Mapping[str, Result], what: Callable[[Result], Iterable[str]]) -> Iterator[str]:
    """Yield what is said of a submission's notebooks; of several, each with its name."""
    for name, result in results.items():
        for text in filter(None, what(result)):
            yield f"{name}: {text}" if len(results) > 1 else text


def _nothing_for(row: Any) -> None:
    """Give a notebook that wasn't handed in nothing for every cell, as nbgrader does."""
    for grade in row.grades:
        grade.auto_score = 0
        grade.needs_manual_grade = False
