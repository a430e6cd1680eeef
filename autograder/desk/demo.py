"""`autograder demo`: a whole course in a new folder, from release to feedback."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from nbgrader.api import Gradebook
from rich.console import Console

from autograder.course import CONFIG, Course, CourseError, read_notebook, repository
from autograder.desk.files import STAMP
from autograder.desk.grade import grade
from autograder.desk.live import rows, steps
from autograder.desk.pages.write import write_feedback
from autograder.desk.report import write_report
from autograder.desk.show import summary
from autograder.desk.submitted import submissions
from autograder.engine.fleet import pool
from autograder.hooks import Sample
from autograder.marking.cells import grade_id

DUE = datetime(2026, 2, 17, 23, 59, 59)  # UTC, as nbgrader keeps it


def run_demo(console: Console, keep: Path | None = None, assignments: Sequence[str] = ()) -> int:
    """Release, hand in a sample class, grade, write feedback, and print the table.

    Args:
        console: where to print.
        keep: the new folder to make the course in; by default a temporary one, whose path is printed.
        assignments: which ones to hand in and grade; by default all.

    Returns:
        The exit status: 0, although some samples are made so that they can't be graded.

    Raises:
        CourseError: if the folder can't be used, or there is no such assignment.
    """
    for assignment in assignments:
        repository().notebook(assignment)
    folder = _new_folder(keep)
    console.print(f"A course with a sample class, in [bold]{folder}[/bold]")
    course = make_course(folder)
    assignments = sorted(set(assignments)) or course.assignments()
    with steps(console, len(assignments), "releasing") as done:
        for assignment in assignments:
            release(course, assignment)
            for sample in course.hooks.sample_class(assignment=assignment):
                hand_in(course, assignment, sample)
            done(assignment)
    console.print(f"Released {', '.join(assignments)}, and handed in a class's answers.")
    with rows(console, len(submissions(course)), "grading") as follower:
        outcomes = grade(course, follower=follower)
    with steps(console, sum(bool(row.student) for row in outcomes), "writing feedback") as done:
        write_feedback(
            course,
            assignments,
            workers=partial(pool.process_pool, pool.default_jobs()),
            progress=lambda page: done(page.student),
        )
    console.print(summary(outcomes, course.folder("feedback")))
    console.print(f"Feedback: {course.place('feedback', 'ASSIGNMENT', 'STUDENT')}", soft_wrap=True)
    console.print(f"Class report: {write_report(course)}", soft_wrap=True)
    console.print("To open it in formgrader:")
    jupyter = Path(sys.executable).with_name("jupyter")
    command = f"cd {shlex.quote(str(folder))} && {shlex.quote(str(jupyter))} lab"
    console.print(command, soft_wrap=True, markup=False, highlight=False)
    return 0


def _new_folder(keep: Path | None) -> Path:
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="course-demo-"))
    folder = keep.expanduser().resolve()
    if folder.exists() and any(folder.iterdir() if folder.is_dir() else [folder]):
        raise CourseError(f"{folder} isn't empty. Name a new folder with --keep: a demo overwrites nothing.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CourseError(
            f"Can't make {folder}: {error.strerror}. Name a folder that you may write to with --keep."
        ) from None
    return folder


def make_course(folder: Path) -> Course:
    """Copy the course's source into a new folder."""
    original = repository()
    shutil.copy(original.root / CONFIG, folder / CONFIG)
    shutil.copytree(
        original.folder("source"),
        folder / original.folder("source").name,
        ignore=shutil.ignore_patterns(".ipynb_checkpoints"),
    )
    return Course(folder)


def release(course: Course, assignment: str) -> None:
    """Run nbgrader's generate_assignment, and set the due date.

    Raises:
        CourseError: if nbgrader refuses; the message is its own.
    """
    course.config.SitExam.enabled = False  # grading follows at once, where all workers share the exams
    result = course.application().generate_assignment(assignment)
    if not result["success"]:
        raise CourseError(f"nbgrader can't release '{assignment}': {result['log'].strip().splitlines()[-1]}")
    with Gradebook(course.db_url, course.course_id) as gradebook:
        gradebook.update_or_create_assignment(assignment, duedate=DUE)


def hand_in(course: Course, assignment: str, sample: Sample) -> Path:
    """Write a sample submission into the course's submitted/ folder, and return its notebook's path."""
    name = course.notebook(assignment).name
    folder = course.place("submitted", assignment, sample.student)
    folder.mkdir(parents=True)
    handed_in = DUE + timedelta(days=sample.days_late)
    (folder / STAMP).write_text(f"{handed_in:%Y-%m-%d %H:%M:%S} UTC", encoding="utf-8")
    path = folder / name
    if sample.text is not None:
        path.write_text(sample.text, encoding="utf-8")
        return path
    notebook = read_notebook(course.place("release", assignment) / name)
    for cell in notebook.cells:
        if grade_id(cell) in sample.cells:
            cell.source = sample.cells[grade_id(cell)]
    if sample.damage:
        sample.damage(notebook)
    path.write_text(json.dumps(notebook, indent=1), encoding="utf-8")
    return path
