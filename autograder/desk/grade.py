"""Grade submissions: submitted/ -> autograded/ and the gradebook, one row of outcome for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from autograder.course import Course, CourseError
from autograder.desk.gradebook import Writer
from autograder.desk.ledger import Ledger, fingerprint
from autograder.desk.premises import premises_of
from autograder.desk.submitted import Submission, submissions
from autograder.desk.trouble import TROUBLE, in_words
from autograder.engine.examiner.exam import Job, Result
from autograder.engine.fleet import pool, worker
from autograder.engine.sandbox import Premises, SandboxError, find_bwrap
from autograder.marking.outcome import Outcome, printable
from autograder.marking.paper import Paper
from autograder.marking.sanitise import MAX_NOTEBOOK
from autograder.marking.surroundings import File

AHEAD = 4  # submissions in memory for each worker


@dataclass(frozen=True)
class How:
    """How to grade: where, how many at a time, and whether in the sandbox.

    Attributes:
        jobs: processes on this machine.
        scheduler: the address of a Dask cluster to use instead.
        force: grade again what hasn't changed.
        sandbox: False only on the instructor's explicit word.
    """

    jobs: int | None = None
    scheduler: str | None = None
    force: bool = False
    sandbox: bool = True


@dataclass(frozen=True)
class Ready:
    """A submission that has been read and waits for its result."""

    paper: Paper
    student: str
    folder: Path
    notebook: bytes
    files: list[File]
    fingerprint: str


def grade(
    course: Course,
    assignments: Sequence[str] = (),
    student: str | None = None,
    how: How | None = None,
    *,
    progress: Callable[[Outcome], None] = lambda outcome: None,
    executor: Executor | None = None,
) -> list[Outcome]:
    """Grade every submission, or those of some assignments or of one student.

    Args:
        course: the course.
        assignments: whose submissions to grade (default: all).
        student: whose to grade (default: everybody's).
        how: where and how many at a time.
        progress: is called with every row as it comes.
        executor: workers that are running already, as `how` wants them.

    Returns:
        One row for each, sorted by assignment and student.

    Raises:
        CourseError: if the course can't be graded at all: no sandbox, nothing released, nothing handed in.
    """
    how = how or How()
    found = submissions(course, assignments, student)
    try:
        if how.sandbox and how.scheduler is None:
            find_bwrap()
        workers = _executor(course, found, how) if executor is None else nullcontext(executor)
        with in_words(course), workers as running, Writer.open(course) as writer:
            run = Run(course, writer, running, how, progress)
            return sorted(run.all(found), key=lambda row: (row.assignment, row.student))
    except SandboxError as error:
        raise CourseError(f"{error} 'autograder doctor' says more; --no-sandbox grades without.") from None
    except BrokenProcessPool:
        raise CourseError(
            "A grading process was ended from outside, perhaps because memory ran out: try fewer --jobs. "
            "What was graded before is kept; run the command again."
        ) from None


def _executor(course: Course, found: Sequence[Submission], how: How) -> AbstractContextManager[Executor]:
    if how.scheduler is not None:
        return pool.cluster(how.scheduler)
    premises = premises_of(course, found[0].assignment, isolated=how.sandbox)
    return pool.process_pool(how.jobs or pool.default_jobs(), premises)


class Run:
    """One run over many submissions: reads them, hands them out, writes what comes back."""

    def __init__(
        self,
        course: Course,
        writer: Writer,
        executor: Executor,
        how: How,
        progress: Callable[[Outcome], None],
    ) -> None:
        self.course = course
        self.writer = writer
        self.executor = executor
        self.how = how
        self.progress = progress
        self.ledger = Ledger(course)
        self.papers: dict[str, tuple[Paper, str]] = {}
        self.premises: dict[str, Premises] = {}
        self.rehearsals: dict[str, Future[Result]] = {}
        self.figures: dict[str, dict[str, str]] = {}
        self.window = AHEAD * (how.jobs or pool.default_jobs()) if how.scheduler is None else 64

    def all(self, found: Sequence[Submission]) -> Iterator[Outcome]:
        """Grade submissions and yield their rows as they come back."""
        for assignment in dict.fromkeys(submission.assignment for submission in found):
            paper = self.writer.paper(assignment)
            self.papers[assignment] = paper, paper.fingerprint()
            self.premises[assignment] = premises_of(self.course, assignment, isolated=self.how.sandbox)
        pending: dict[Future[Result], Ready] = {}
        rehearsed = ""
        for submission in found:
            assignment = submission.assignment
            ready = self.read(submission)
            if isinstance(ready, Outcome):
                self.progress(ready)
                yield ready
                continue
            if assignment != rehearsed:
                self.rehearse(assignment)
                rehearsed = assignment
            pending[self.submit(ready)] = ready
            while len(pending) >= self.window:
                yield from self.collect(pending)
        while pending:
            yield from self.collect(pending)

    def read(self, submission: Submission) -> Ready | Outcome:
        """Read one submission; what needs no grading is returned as its row."""
        assignment, student, folder = submission.assignment, submission.student, submission.folder
        paper, printed = self.papers[assignment]
        path = folder / f"{paper.notebook}.ipynb"
        try:
            if folder.is_symlink() or path.is_symlink():
                return self.fault(paper, student, "not a notebook: a link to one")
            if not path.is_file():
                self.writer.write_missing(paper, student, folder)
                self.ledger.forget(assignment, student)
                others = ", ".join(sorted(other.name[:60] for other in folder.iterdir())[:5]) or "nothing"
                return self.fault(paper, student, f"no {path.name} was handed in, only: {others}")
            if path.stat().st_size > MAX_NOTEBOOK:
                self.writer.enrol(assignment, student, self.writer.timestamp(folder))
                return self.fault(paper, student, f"the notebook is larger than {MAX_NOTEBOOK >> 20} MB")
            files = self.writer.submitted_files(folder)
            self.writer.timestamp(folder)
            notebook = path.read_bytes()
        except (OSError, ValueError) as error:
            return self.fault(paper, student, str(error))
        current = fingerprint(printed, notebook, files)
        last = None if self.how.force else self.ledger.unchanged(assignment, student, current)
        copy = self.writer.place(assignment, student) / path.name
        if last is not None and copy.is_file():
            return self.writer.outcome(assignment, student, last, "unchanged")
        return Ready(paper, student, folder, notebook, files, current)

    def submit(self, ready: Ready) -> Future[Result]:
        """Hand one submission to a worker."""
        files = tuple(file for file in ready.files if file.path != "timestamp.txt")
        figures = self.figures[ready.paper.assignment]
        return self.hand_out(Job(ready.paper, ready.student, ready.notebook, files, figures))

    def hand_out(self, job: Job) -> Future[Result]:
        """Give one job to whoever is free."""
        task = worker.grade_here if self.how.scheduler is None else pool.grade_on_cluster
        return self.executor.submit(task, job, self.premises[job.paper.assignment])

    def rehearse(self, assignment: str) -> None:
        """Get the pictures of the solution notebook, which most submissions draw as well.

        The next assignment's rehearsal is handed out too, so that no worker is idle while this one waits.
        """
        names = list(self.papers)
        here = names.index(assignment)
        for name in names[here : here + 2]:
            if name in self.figures or name in self.rehearsals:
                continue
            paper, printed = self.papers[name]
            known = self.ledger.figures(name, printed)
            if known is None:
                source = self.course.notebook(name).read_bytes()
                self.rehearsals[name] = self.hand_out(Job(paper, "", source, rehearsal=True))
            else:
                self.figures[name] = known
        if assignment in self.rehearsals:
            rehearsed = self.rehearsals.pop(assignment).result()
            self.figures[assignment] = rehearsed.figures
            if rehearsed.notebook:
                self.ledger.keep_figures(assignment, self.papers[assignment][1], rehearsed.figures)

    def collect(self, pending: dict[Future[Result], Ready]) -> Iterator[Outcome]:
        """Write down every submission that is done, waiting for at least one."""
        for future in wait(pending, return_when=FIRST_COMPLETED).done:
            ready = pending.pop(future)
            try:
                outcome = self.write(ready, future.result())
            except SandboxError:
                for other in pending:
                    other.cancel()
                raise
            except BrokenProcessPool:
                outcome = self.fault(ready.paper, ready.student, "a grading process was ended from outside")
            except (*TROUBLE, OSError):  # the gradebook's or the disk's: no submission is to blame
                raise
            except Exception as error:  # whatever is in this one must not cost the others their marks
                self.writer.give_up()
                why = f"its result can't be written down ({type(error).__name__}: {error})"
                outcome = self.fault(ready.paper, ready.student, why)
            self.progress(outcome)
            yield outcome

    def write(self, ready: Ready, result: Result) -> Outcome:
        """Write one result into the gradebook and the ledger."""
        paper, student = ready.paper, ready.student
        if not result.notebook:
            self.writer.enrol(paper.assignment, student, self.writer.timestamp(ready.folder))
            return self.fault(paper, student, result.reason)
        self.writer.write(paper, student, ready.folder, ready.files, result)
        self.ledger.record(paper.assignment, student, ready.fingerprint, result)
        return self.writer.outcome(paper.assignment, student, result)

    def fault(self, paper: Paper, student: str, reason: str) -> Outcome:
        """Return the row of a submission that can't be graded."""
        points = sum(cell.points for cell in paper.cells)
        if self.ledger.knows(paper.assignment, student):
            reason += "; the marks of the submission before it are kept"
        return Outcome(student, paper.assignment, "fault", max_score=points, reason=printable(reason))


def read_outcome(course: Course, assignment: str, student: str) -> Outcome:
    """Read a graded submission's row from the gradebook.

    Raises:
        CourseError: if it isn't there.
    """
    with Writer.open(course) as writer:
        return writer.outcome(assignment, student, None)
