"""`autograder feedback`: which pages have to be written, and where."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from nbgrader.api import Gradebook
from nbgrader.utils import find_all_files

from autograder.course import Course, CourseError
from autograder.desk.files import write_atomically
from autograder.desk.pages.facts import Facts
from autograder.desk.pages.gather import gathered
from autograder.desk.pages.page import TEMPLATES, render, stamp_of
from autograder.desk.papers import hidden_marks
from autograder.desk.penalties import renew_penalties
from autograder.desk.trouble import in_words
from autograder.marking.cells import Hidden


@dataclass(frozen=True)
class Job:
    """One page to write, with all that it is made from but the notebook itself."""

    source: Path
    page: Path
    facts: Facts
    hidden: Hidden
    stamp: str


@dataclass(frozen=True)
class Written:
    """What became of one page."""

    assignment: str
    student: str
    page: Path
    status: Literal["written", "unchanged", "fault"]
    reason: str = ""


def write_feedback(
    course: Course,
    assignments: Sequence[str] = (),
    student: str | None = None,
    *,
    force: bool = False,
    executor: Executor | None = None,
    progress: Callable[[Written], None] = lambda written: None,
) -> list[Written]:
    """Write the pages whose gradebook row, notebook or template has changed since they were written.

    Args:
        course: the course.
        assignments: which; all by default.
        student: whose; everybody's by default.
        force: write all of them.
        executor: writes many at a time; without one they are written here.
        progress: is called with each as it comes.

    Raises:
        CourseError: if there is nothing graded, or the gradebook or a folder can't be used.
    """
    for assignment in assignments:
        course.notebooks(assignment)
    if not course.has_gradebook:
        raise CourseError(f"There is no gradebook {course.db_url} yet. Run 'autograder grade' first.")
    done: list[Written] = []
    with in_words(course):
        jobs = list(_jobs(course, assignments or course.assignments(), student))
        if not jobs:
            whose = f" of {student}'s" if student else ""
            raise CourseError(f"Nothing{whose} is graded yet in {course.root}. Run 'autograder grade' first.")
        old = [job for job in jobs if not force and stamp_of(job.page) == job.stamp]
        new = [job for job in jobs if job not in old]
        for job in new:
            _copy_beside(job, course.folders.ignore)
        written = executor.map(write_page, new, chunksize=4) if executor else map(write_page, new)
        unchanged = (Written(job.facts.assignment, job.facts.student, job.page, "unchanged") for job in old)
        for each in _all(unchanged, written):
            progress(each)
            done.append(each)
    return sorted(done, key=lambda each: (each.assignment, each.student, each.page.name))


def _all(*many: Iterable[Written]) -> Iterator[Written]:
    for each in many:
        yield from each


def write_page(job: Job) -> Written:
    """Write one page; what is wrong with one notebook costs no other student the page."""
    facts = job.facts
    try:
        page = render(job.source.read_text(encoding="utf-8"), facts, job.hidden, job.stamp)
    except OSError:
        raise
    except Exception as error:
        reason = f"its page can't be made ({type(error).__name__}: {error})"
        return Written(facts.assignment, facts.student, job.page, "fault", reason)
    write_atomically(job.page, page)
    return Written(facts.assignment, facts.student, job.page, "written")


def _jobs(course: Course, assignments: Iterable[str], student: str | None) -> Iterator[Job]:
    """Yield every page that there should be, with what it is made from."""
    hidden = hidden_marks(course.config)
    with Gradebook(course.db_url, course.course_id) as gradebook:
        for assignment in assignments:
            renew_penalties(course, gradebook, assignment)
            for facts in gathered(course, gradebook, assignment, student):
                job = job_of(course, facts, hidden)
                if job is not None:
                    yield job


def job_of(course: Course, facts: Facts, hidden: Hidden) -> Job | None:
    """Return what one page is made from; None if the notebook isn't graded."""
    source = course.place("autograded", facts.assignment, facts.student) / f"{facts.notebook}.ipynb"
    if not source.is_file():
        return None
    page = course.place("feedback", facts.assignment, facts.student) / f"{facts.notebook}.html"
    stamp = facts.digest(source.read_bytes(), repr(hidden).encode(), look())
    return Job(source, page, facts, hidden, stamp)


@cache
def look() -> bytes:
    """Return a hash of templates and code that pages are made by: another version writes them anew."""
    digest = hashlib.sha256()
    for folder in (TEMPLATES / "pages", Path(__file__).parent):
        for path in sorted(folder.glob("*.*")):
            digest.update(path.read_bytes())
    digest.update((TEMPLATES / "style.css").read_bytes())
    return digest.digest()


def _copy_beside(job: Job, ignore: Sequence[str]) -> None:
    """Copy what lies beside the notebook, as nbgrader's own command does: timestamp, pictures, data."""
    for name in find_all_files(str(job.source.parent), [*ignore, "*.ipynb"]):
        inside = Path(name).relative_to(job.source.parent)
        target = job.page.parent / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copyfile(name, target)
        target.chmod(0o644)
