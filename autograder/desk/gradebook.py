"""Writes nbgrader's gradebook, from one process: the rows and files of `nbgrader autograde`."""

from __future__ import annotations

import contextlib
import json
import shutil
import warnings
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.api import Comment, Grade, Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, Execute, IgnorePattern, LimitOutput
from nbgrader.utils import find_all_files, parse_utc
from sqlalchemy.exc import SAWarning

from autograder.course import Course, CourseError, read_notebook
from autograder.engine.examiner.exam import Result
from autograder.marking.outcome import Outcome, printable
from autograder.marking.paper import Cell, Paper
from autograder.marking.source import imported_names
from autograder.marking.surroundings import File

MAX_FILES = 200
MAX_FILES_TOTAL = 16 * 2**20  # bytes beside a notebook, together
MAX_PATH = 200  # characters of a name, folders included
# nbgrader adds a new submission to its session one statement late; nothing is lost by it
warnings.filterwarnings("ignore", "Object of type <Submitted", SAWarning)


class Writer:
    """Writes results, one submission at a time; several cells and comments in one transaction."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.folders = CourseDirectory(config=course.config)
        self.gradebook = Gradebook(course.db_url, str(course.config.CourseDirectory.get("course_id", "")))
        self.penalties = AssignLatePenalties(config=course.config)
        self.penalties.init_plugin()
        self.cells: dict[str, dict[str, Any]] = {}

    @classmethod
    @contextlib.contextmanager
    def open(cls, course: Course) -> Iterator[Writer]:
        """Open the course's gradebook for a while."""
        writer = cls(course)
        try:
            yield writer
        finally:
            writer.gradebook.close()

    def paper(self, assignment: str) -> Paper:
        """Return an assignment as the grader needs it.

        Raises:
            CourseError: if it hasn't been released, or has more than one notebook.
        """
        source = self.course.notebook(assignment)
        try:
            notebook = self.gradebook.find_notebook(source.stem, assignment)
        except MissingEntry:
            raise CourseError(
                f"'{assignment}' isn't in the gradebook. "
                f"Release it first: nbgrader generate_assignment {assignment}"
            ) from None
        count = len(notebook.assignment.notebooks)
        if count != 1:
            raise CourseError(
                f"'{assignment}' has {count} notebooks, where autograder grades one. "
                "Use nbgrader autograde for it."
            )
        written = read_notebook(source).cells
        order = [cell.metadata.get("nbgrader", {}).get("grade_id", "") for cell in written]
        cells = sorted(
            (_cell(notebook, recorded) for recorded in notebook.source_cells),
            key=lambda cell: order.index(cell.grade_id) if cell.grade_id in order else len(order),
        )
        around = self.course.surroundings(assignment)
        execute, limits = Execute(config=self.course.config), LimitOutput(config=self.course.config)
        ignore = IgnorePattern(config=self.course.config)
        return Paper(
            assignment,
            source.stem,
            tuple(cells),
            kernelspec=json.loads(notebook.kernelspec) if notebook.kernelspec else {},
            files=tuple(self._instructors_files(assignment)),
            folder=assignment,
            patience=float(execute.timeout or 3600),
            budget=3 * float(execute.timeout or 3600),
            max_lines=limits.max_lines,
            max_traceback=limits.max_traceback,
            ignore=ignore.pattern if ignore.enabled else "",
            imports=imported_names(
                (cell.source for cell in written if cell.cell_type == "code"), around.student_packages
            ),
            surroundings=around,
            course=self.course.named_hooks,
            root=str(self.course.root),
        )

    def _instructors_files(self, assignment: str) -> list[File]:
        """Return the instructor's files beside the notebook, by their paths as seen from it."""
        source = Path(self.folders.format_path(self.folders.source_directory, ".", assignment))
        found = find_all_files(str(source), [*self.folders.ignore, "*.ipynb"])
        paths = [Path(name) for name in sorted(found)]
        return [File(str(path.relative_to(source)), path.read_bytes()) for path in paths]

    def submitted_files(self, folder: Path) -> list[File]:
        """Return the files that a student handed in beside the notebook: ordinary ones, no links.

        Those that are too many, too large together or too deep in folders are left out.
        """
        kept: list[File] = []
        room = MAX_FILES_TOTAL
        for name in sorted(find_all_files(str(folder), [*self.folders.ignore, "*.ipynb"])):
            path = Path(name)
            inside = path.relative_to(folder)
            linked = any(part.is_symlink() for part in [path, *path.parents][: len(inside.parts)])
            if len(str(inside)) > MAX_PATH or len(kept) >= MAX_FILES or linked or not path.is_file():
                continue
            size = path.stat().st_size
            if size <= room:
                kept.append(File(str(inside), path.read_bytes()))
                room -= size
        return kept

    def timestamp(self, folder: Path) -> datetime | None:
        """Return when a submission was handed in, if it says so.

        Raises:
            ValueError: if it says something that is no date.
        """
        path = folder / "timestamp.txt"
        if path.is_symlink() or not path.is_file() or path.stat().st_size > 1000:
            return None
        text = path.read_text(encoding="utf-8", errors="replace").strip()
        try:
            parsed: datetime | None = parse_utc(text) if text else None
            return parsed
        except Exception:  # dateutil raises whatever its parts do
            raise ValueError(f"timestamp.txt is no date: {text[:40]!r}") from None

    def enrol(self, assignment: str, student: str, timestamp: datetime | None) -> Any:
        """Return a submission's row, made if need be."""
        try:
            self.gradebook.find_student(student)
        except MissingEntry:
            self.gradebook.add_student(student)
        known = {"timestamp": timestamp} if timestamp is not None else {}
        with self.gradebook.db.no_autoflush:
            return self.gradebook.update_or_create_submission(assignment, student, **known)

    def write(self, paper: Paper, student: str, folder: Path, files: list[File], result: Result) -> None:
        """Record one result: files first beside their place, then the rows, then the files in place.

        Killed in between, it leaves a submission that counts as not graded yet; grading it again
        writes the same.
        """
        submission = self.enrol(paper.assignment, student, self.timestamp(folder))
        place = self.place(paper.assignment, student)
        prepared = self._write_beside(place, paper, files, result)
        row = next(notebook for notebook in submission.notebooks if notebook.name == paper.notebook)
        self._write_rows(row, paper, result)
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

    def place(self, assignment: str, student: str) -> Path:
        """Return the folder of an autograded submission."""
        return Path(self.folders.format_path(self.folders.autograded_directory, student, assignment))

    def write_missing(self, paper: Paper, student: str, folder: Path) -> None:
        """Record that no notebook was handed in: nothing for every cell, as nbgrader does, and no copy."""
        submission = self.enrol(paper.assignment, student, self.timestamp(folder))
        for notebook in submission.notebooks:
            for grade in notebook.grades:
                grade.auto_score = 0
                grade.needs_manual_grade = False
        self.gradebook.db.commit()
        shutil.rmtree(self.place(paper.assignment, student), ignore_errors=True)

    def _write_beside(self, place: Path, paper: Paper, files: list[File], result: Result) -> Path:
        """Write a submission's folder beside its place; the instructor's version of a file counts."""
        prepared = place.with_name(f".{place.name}.new")
        shutil.rmtree(prepared, ignore_errors=True)
        prepared.mkdir(parents=True)
        notebook = File(f"{paper.notebook}.ipynb", result.notebook.encode())
        mode = 0o664 if self.folders.groupshared else 0o444
        for file in {file.path: file for file in (*files, *paper.files, notebook)}.values():
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
        if paper.assignment not in self.cells:
            cells = (*notebook.grade_cells, *notebook.solution_cells, *notebook.task_cells)
            self.cells[paper.assignment] = {cell.id: cell.name for cell in cells}
        return self.cells[paper.assignment]

    def _write_penalty(self, submission: Any, row: Any, student: str) -> None:
        row.late_submission_penalty = None
        late = submission.total_seconds_late
        if late > 0:
            self.gradebook.db.flush()
            self.gradebook.db.refresh(row)
            penalty = self.penalties.plugin_inst.late_submission_penalty(student, row.score, late)
            if penalty is not None:
                row.late_submission_penalty = self.penalties._check_late_penalty(row, penalty)

    def outcome(
        self, assignment: str, student: str, result: Result | None, status: Any = "graded"
    ) -> Outcome:
        """Return a submission's row of the summary, from the gradebook.

        Raises:
            CourseError: if it isn't there.
        """
        try:
            submission = self.gradebook.find_submission(assignment, student)
        except MissingEntry:
            raise CourseError(f"The gradebook has no submission of {student} for {assignment}.") from None
        penalty = sum(notebook.late_submission_penalty or 0.0 for notebook in submission.notebooks)
        return Outcome(
            student,
            assignment,
            status,
            score=submission.score - penalty,
            max_score=submission.max_score,
            needs_manual=submission.needs_manual_grade,
            named=tuple(f"{found.exercise}: {found.name}" for found in result.named) if result else (),
            reason=printable(result.reason) if result else "",
            remarks=tuple(printable(remark) for remark in result.remarks) if result else (),
            late_seconds=submission.total_seconds_late,
        )


def _cell(notebook: Any, recorded: Any) -> Cell:
    grades = {cell.name: cell for cell in notebook.grade_cells}
    tasks = {cell.name: cell for cell in notebook.task_cells}
    scored = grades.get(recorded.name) or tasks.get(recorded.name)
    return Cell(
        grade_id=recorded.name,
        cell_type=recorded.cell_type,
        source=recorded.source,
        checksum=recorded.checksum,
        locked=recorded.locked,
        grade=recorded.name in grades,
        solution=any(cell.name == recorded.name for cell in notebook.solution_cells),
        task=recorded.name in tasks,
        points=float(scored.max_score) if scored is not None else 0.0,
    )
