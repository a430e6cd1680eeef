"""`autograder feedback`: which pages have to be written, and where."""

from __future__ import annotations

import hashlib
import shutil
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import Literal

from nbgrader.api import Gradebook
from nbgrader.utils import find_all_files

from autograder.course import Course, CourseError
from autograder.desk.files import tidy, write_atomically
from autograder.desk.pages.facts import Facts
from autograder.desk.pages.gather import gathered
from autograder.desk.pages.page import TEMPLATES, render, stamp_of
from autograder.desk.papers import hidden_marks
from autograder.desk.penalties import renew_penalties
from autograder.desk.trouble import in_words
from autograder.engine.fleet.fleet import Fleet, FleetLost
from autograder.marking.cells import Hidden

FEW = 8  # pages that are made sooner than workers start


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
    workers: Callable[[], AbstractContextManager[Fleet]] | None = None,
    progress: Callable[[Written], None] = lambda written: None,
) -> list[Written]:
    """Write the pages whose gradebook row, notebook or template has changed since they were written.

    Args:
        course: the course.
        assignments: which; all by default.
        student: whose; everybody's by default.
        force: write all of them.
        workers: starts a fleet that makes pages, if there are more than a few; without it they are made here.
        progress: is called with each as it comes.

    Raises:
        CourseError: if there is nothing graded, or the gradebook or a folder can't be used, or nobody is left
            to make pages.
    """
    for assignment in assignments:
        course.notebooks(assignment)
    if not course.has_gradebook:
        raise CourseError(f"There is no gradebook {course.gradebook_name} yet. Run 'autograder grade' first.")
    done: list[Written] = []

    def note(written: Written) -> None:
        progress(written)
        done.append(written)

    try:
        with in_words(course):
            due = _due(_jobs(course, assignments or course.assignments(), student), force, note)
            few = list(islice(due, FEW + 1))
            if workers is None or len(few) <= FEW:
                for job in chain(few, due):
                    note(keep(job, make_page(*parts(course, job))))
            else:
                with workers() as fleet:
                    for written in _made_by(fleet, course, chain(few, due)):
                        note(written)
    except FleetLost as error:
        raise CourseError(f"{error} The pages so far are written; run the command again.") from None
    if not done:
        whose = f" of {student}'s" if student else ""
        raise CourseError(f"Nothing{whose} is graded yet in {course.root}. Run 'autograder grade' first.")
    return sorted(done, key=lambda each: (each.assignment, each.student, each.page.name))


def _due(jobs: Iterable[Job], force: bool, note: Callable[[Written], None]) -> Iterator[Job]:
    """Yield the pages that have to be written, one by one: a course may have a hundred thousand."""
    for job in jobs:
        if not force and stamp_of(job.page) == job.stamp:
            note(Written(job.facts.assignment, job.facts.student, job.page, "unchanged"))
        else:
            yield job


def _made_by(fleet: Fleet, course: Course, jobs: Iterable[Job]) -> Iterator[Written]:
    """Have pages made by whoever is free, a few more at a time than there are workers; write them here."""
    pending: dict[Future[tuple[bytes, str]], Job] = {}

    def arrived() -> Iterator[Written]:
        for future in fleet.wait(pending):
            yield keep(pending.pop(future), future.result())

    for job in jobs:
        pending[fleet.do(make_page, *parts(course, job))] = job
        while len(pending) >= fleet.window:
            yield from arrived()
    while pending:
        yield from arrived()


def parts(course: Course, job: Job) -> tuple[bytes, Facts, Hidden, str]:
    """Copy what lies beside a notebook, and return what `make_page` takes: nothing of this machine."""
    _copy_beside(job, course.folders.ignore)
    return zlib.compress(job.source.read_bytes(), 1), job.facts, job.hidden, job.stamp


def make_page(notebook: bytes, facts: Facts, hidden: Hidden, stamp: str) -> tuple[bytes, str]:
    """Make one page, on whatever machine: what is wrong with one notebook costs no other student the page.

    Args:
        notebook: the autograded notebook, compressed.
        facts: what is known of it.
        hidden: which lines of a test students don't get.
        stamp: what the page is made from, as a hash.

    Returns:
        The page, compressed, and why there is none, or "".
    """
    try:
        page = render(zlib.decompress(notebook).decode("utf-8"), facts, hidden, stamp)
        return zlib.compress(page.encode("utf-8", "replace"), 1), ""
    except Exception as error:
        return b"", f"its page can't be made ({type(error).__name__}: {error})"


def keep(job: Job, made: tuple[bytes, str]) -> Written:
    """Put a page in its place."""
    page, reason = made
    if reason:
        return Written(job.facts.assignment, job.facts.student, job.page, "fault", reason)
    tidy(job.page.parent)
    write_atomically(job.page, zlib.decompress(page).decode("utf-8"))
    return Written(job.facts.assignment, job.facts.student, job.page, "written")


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
