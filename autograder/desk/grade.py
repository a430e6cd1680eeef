"""Grade submissions: submitted/ -> autograded/ and the gradebook, one row of outcome for each."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace

from autograder.course import Course, CourseError
from autograder.desk.alone import alone
from autograder.desk.convert_hooks import ConvertHooks
from autograder.desk.elsewhere import listed
from autograder.desk.elsewhere import remarks_on as remarks_on_others
from autograder.desk.follow import Follower, Nobody, Running
from autograder.desk.gradebook import Writer, told
from autograder.desk.intake import HandedIn, Unfit, read, timestamp
from autograder.desk.ledger import Ledger, fingerprint, setting_of
from autograder.desk.losses import losses
from autograder.desk.premises import first_premises, premises_of, remember
from autograder.desk.rehearsals import Rehearsals
from autograder.desk.standings import refused, remarks_on
from autograder.desk.submitted import Submission, submissions
from autograder.desk.trouble import AGAIN, TROUBLE, in_words
from autograder.engine.examiner.job import Job, Result
from autograder.engine.fleet import cluster, pool
from autograder.engine.fleet.fleet import Fleet, FleetLost
from autograder.engine.wall.bubblewrap import find_bwrap
from autograder.engine.wall.premises import Premises, SandboxError
from autograder.marking.outcome import Outcome, printable
from autograder.marking.paper import Paper
from autograder.marking.sanitise import lean

log = logging.getLogger("autograder")
BEAT = 0.5  # seconds between two looks at who is being graded


@dataclass(frozen=True)
class How:
    """How to grade: where, how many at a time, and whether in the sandbox.

    Attributes:
        jobs: processes on this machine.
        scheduler: the address of a Dask cluster to use instead.
        patience: seconds that the cluster may be without workers.
        force: grade again what hasn't changed.
        sandbox: False only on the instructor's explicit word.
        strict: skip an assignment with tests that can't be asked from outside the student's process.
    """

    jobs: int | None = None
    scheduler: str | None = None
    patience: float = cluster.PATIENCE
    force: bool = False
    sandbox: bool = True
    strict: bool = False


def grade(
    course: Course,
    assignments: Sequence[str] = (),
    student: str | None = None,
    how: How | None = None,
    *,
    follower: Follower | None = None,
    fleet: Fleet | None = None,
) -> list[Outcome]:
    """Grade every submission, or those of some assignments or of one student.

    Args:
        course: the course.
        assignments: whose submissions to grade (default: all).
        student: whose to grade (default: everybody's).
        how: where and how many at a time.
        follower: is told of every row as it comes, and of what is being graded.
        fleet: workers that are running already, as `how` wants them.

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
        workers = _fleet(course, found, how) if fleet is None else nullcontext(fleet)
        with in_words(course), alone(course), workers as running, Writer.open(course) as writer:
            run = Run(course, writer, running, how, follower or Nobody())
            return sorted(run.all(found), key=lambda row: (row.assignment, row.student))
    except SandboxError as error:
        raise CourseError(f"{error} 'autograder doctor' says more; --no-sandbox grades without.") from None
    except FleetLost as error:
        raise CourseError(f"{error} {AGAIN}") from None


def _fleet(course: Course, found: Sequence[Submission], how: How) -> AbstractContextManager[Fleet]:
    if how.scheduler is not None:
        return cluster.cluster(how.scheduler, how.patience)
    premises = first_premises(course, found, isolated=how.sandbox)
    return pool.process_pool(how.jobs or pool.default_jobs(), premises)


@dataclass
class Ready:
    """A submission that has been read and waits for its results, one for each of its notebooks."""

    submission: Submission
    papers: list[Paper]
    handed_in: HandedIn
    fingerprint: str
    remarks: tuple[str, ...] = ()
    results: dict[str, Result] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every notebook that was handed in has its result."""
        return self.results.keys() == self.handed_in.notebooks.keys()


def why_none(skipped: Iterable[Outcome]) -> str:
    """Return why nothing can be graded, from the rows of what was skipped."""
    return " ".join(row.reason.removeprefix("skipped: ") for row in skipped)


class Run:
    """One run over many submissions: reads them, hands them out, writes what comes back."""

    def __init__(
        self,
        course: Course,
        writer: Writer,
        fleet: Fleet,
        how: How,
        follower: Follower,
    ) -> None:
        self.course = course
        self.writer = writer
        self.fleet = fleet
        self.how = how
        self.follower = follower
        self.pending: dict[Future[Result], tuple[Ready, str]] = {}
        self.begun: dict[Future[Result], float] = {}
        self.hooks = ConvertHooks(writer.settings)
        self.ledger = Ledger(course)
        self.ledger.tidy()
        self.setting = setting_of(course, isolated=how.sandbox)
        self.home = course.time_zone
        self.rehearsals = Rehearsals(course, self.ledger, self.hand_out, fleet.wait)
        self.papers: dict[str, list[Paper]] = {}
        self.premises: dict[str, Premises] = {}
        self.unopened: list[str] = []  # assignments that are still to be prepared for
        self.skipped: list[Outcome] = []  # rows of those that can't be graded, until one can
        self.told: set[tuple[str, str]] = set()
        self.stood: set[str] = set()
        self.refused: set[str] = set()
        self.jobs = (how.jobs or pool.default_jobs()) if how.scheduler is None else 0

    def all(self, found: Sequence[Submission]) -> Iterator[Outcome]:
        """Grade submissions and yield their rows as they come back.

        Raises:
            CourseError: if not one assignment can be graded.
        """
        self.unopened = list(dict.fromkeys(submission.assignment for submission in found))
        while self.unopened and not self.papers:
            yield from self.open_next()
        if not self.papers:
            raise CourseError(why_none(self.skipped))
        if self.how.force:  # what a run that is killed hasn't graded again isn't graded
            for submission in found:
                self.ledger.forget(submission.assignment, submission.student)
        for submission in found:
            while submission.assignment in self.unopened:
                yield from self.open_next()
            yield from self.take(submission)
            if self.pending and submission.assignment == next(reversed(self.papers)):
                yield from self.open_next()  # its solution sits the exam meanwhile
            while len(self.pending) >= self.fleet.window or any(future.done() for future in self.pending):
                yield from self.collect()
        while self.pending:
            yield from self.collect()

    def open_next(self) -> Iterator[Outcome]:
        """Prepare for the next assignment, if there is one; yield what can't be graded once something can."""
        for assignment in self.unopened[:1]:
            self.skipped += self._open(assignment)
        del self.unopened[:1]
        if self.papers:
            yield from self.skipped
            self.skipped.clear()

    def open(self, assignments: Iterable[str]) -> list[Outcome]:
        """Prepare for some assignments, and return a row for each that can't be graded.

        Raises:
            CourseError: if not one can.
        """
        skipped = [row for assignment in assignments for row in self._open(assignment)]
        if not self.papers:
            raise CourseError(why_none(skipped))
        return skipped

    def _open(self, assignment: str) -> list[Outcome]:
        try:
            self.premises[assignment] = premises_of(self.course, assignment, isolated=self.how.sandbox)
            papers = self.writer.papers(assignment)
            self.writer.settle(assignment)
        except CourseError as error:  # an assignment that can't be graded doesn't stop the others
            return [Outcome("", assignment, "fault", reason=f"skipped: {error}")]
        if not self.papers:
            remember(self.course, self.premises[assignment], papers[0])
        self.papers[assignment] = papers
        return []

    def take(self, submission: Submission) -> Iterator[Outcome]:
        """Hand one submission out; what needs no grading is yielded as its row."""
        if submission.assignment not in self.papers:
            return
        if self.how.strict:  # what was graded before is skipped, too
            self.rehearse(submission.assignment)
            yield from self.stand(submission.assignment)
            if submission.assignment in self.refused:
                return
        ready = self.read(submission)
        if isinstance(ready, Ready) and self.hooks.before(submission):
            ready = self.read(submission)
        if isinstance(ready, Outcome):
            self.follower.row(ready)
            yield ready
            return
        self.rehearse(submission.assignment)
        yield from self.stand(submission.assignment)
        self.pending |= self.submit(ready)

    def read(self, submission: Submission) -> Ready | Outcome:
        """Read one submission; what needs no grading is returned as its row."""
        assignment, student, folder = submission.assignment, submission.student, submission.folder
        papers = self.papers[assignment]
        names = [paper.notebook for paper in papers]
        try:
            handed_in = read(folder, names, self.course.folders.ignore, self.course.limits, self.home)
            if not handed_in.notebooks:
                return self.missing(submission, handed_in)
        except Unfit as error:
            self.enrol(submission)
            return self.fault(submission, str(error))
        except (OSError, ValueError) as error:
            return self.fault(submission, str(error))
        current = fingerprint(papers, handed_in, self.course.secret(student), self.setting)
        last = None if self.how.force else self.ledger.unchanged(assignment, student, current)
        copies = self.course.place("autograded", assignment, student)
        whole = all((copies / f"{name}.ipynb").is_file() for name in handed_in.notebooks)
        remarks = (*handed_in.remarks, *remarks_on_others(folder, handed_in, papers, self.course.limits))
        if last is not None and whole:
            row = self.writer.unchanged(assignment, student, last, handed_in.time, remarks)
            if row is not None:
                return row
        return Ready(submission, papers, handed_in, current, remarks)

    def missing(self, submission: Submission, handed_in: HandedIn) -> Outcome:
        """Write down that there is no notebook, and return the row, which says what there is instead."""
        assignment, papers = submission.assignment, self.papers[submission.assignment]
        self.ledger.forget(assignment, submission.student)
        before = self.writer.write_missing(assignment, submission.student, handed_in)
        wanted = " or ".join(f"{paper.notebook}.ipynb" for paper in papers)
        there = listed(submission.folder, handed_in, papers, self.course.limits)
        lost = f"; the {before:g} points of the submission before it count no longer" if before else ""
        return self.fault(submission, f"no {wanted} was handed in, only: {there}{lost}", kept=False)

    def enrol(self, submission: Submission) -> None:
        """Give a submission that can't be graded its row in the gradebook, if it can have one.

        Marks of the submission before it are kept, and then so is the time when that was handed in.
        """
        assignment, student = submission.assignment, submission.student
        if self.writer.has_marks(assignment, student):
            return
        with contextlib.suppress(Unfit):
            self.writer.enrol(assignment, student, timestamp(submission.folder, self.home))

    def submit(self, ready: Ready) -> dict[Future[Result], tuple[Ready, str]]:
        """Hand the notebooks of one submission to workers."""
        student = ready.submission.student
        secret = self.course.secret(student)
        handed_out = {}
        for paper in ready.papers:
            notebook, known = ready.handed_in.notebooks.get(paper.notebook), self.rehearsals.of(paper)
            if notebook is not None:
                own = ready.handed_in.own_files
                job = Job(paper, student, lean(notebook), secret, own, known.figures, known.standing)
                handed_out[self.hand_out(job)] = ready, paper.notebook
        return handed_out

    def stand(self, assignment: str) -> Iterator[Outcome]:
        """Yield what the solutions' exams say of an assignment, once in a run."""
        if assignment in self.stood:
            return
        self.stood.add(assignment)
        if any(self.rehearsals.awaited(paper) for paper in self.papers[assignment]):
            self.follower.running([Running("", assignment, 0.0)])
        for paper in self.papers[assignment]:
            standing = self.rehearsals.of(paper).standing
            if self.how.strict and (why := refused(paper, standing)):
                self.refused.add(assignment)
                yield Outcome("", assignment, "fault", reason=why)
                continue
            for remark in remarks_on(paper, standing):
                log.warning("%s", remark)
                yield Outcome("", assignment, "note", reason=remark)

    def hand_out(self, job: Job) -> Future[Result]:
        """Give one job to whoever is free."""
        return self.fleet.grade(job, self.premises[job.paper.assignment])

    def rehearse(self, assignment: str) -> None:
        """Have the solutions rehearsed: the next assignment's too, so that nobody is idle while we wait."""
        names = list(self.papers)
        here = names.index(assignment)
        for name in names[here : here + 2]:
            for paper in self.papers[name]:
                self.rehearsals.begin(paper)

    def collect(self, *, patiently: bool = True) -> Iterator[Outcome]:
        """Write down every submission that is done.

        Args:
            patiently: wait until at least one notebook is done; otherwise for a moment only.

        Raises:
            SandboxError: if there is no sandbox, after all that is done has been written down.
            FleetLost: if nobody is left to grade, likewise.
        """
        trouble: Exception | None = None
        while not (done := wait(self.pending, timeout=BEAT, return_when=FIRST_COMPLETED).done):
            self.fleet.look()
            self.follower.running(self.in_hand())
            if not patiently:
                return
        for future in done:
            ready, notebook = self.pending.pop(future)
            self.begun.pop(future, None)
            try:
                ready.results[notebook] = future.result()
            except (SandboxError, FleetLost) as error:
                trouble = error
                continue
            if ready.complete:
                outcome = self.write(ready)
                self.fleet.all_hands()
                self.hooks.after(ready.submission)
                self.follower.row(outcome)
                yield outcome
                yield from self.notes(ready)
        if trouble is not None:
            for other in self.pending:
                other.cancel()
            raise trouble

    def in_hand(self) -> list[Running]:
        """Return what workers are at, and since when; a cluster doesn't say.

        A pool takes a few more than it has workers, in their order: the first ones are being graded.
        """
        taken = [future for future in self.pending if future.running()][: self.jobs]
        now = time.monotonic()
        return [
            Running(
                self.pending[future][0].submission.student,
                self.pending[future][0].submission.assignment,
                now - self.begun.setdefault(future, now),
            )
            for future in taken
        ]

    def write(self, ready: Ready) -> Outcome:
        """Write one submission's results into the gradebook and the ledger."""
        submission = ready.submission
        for name, result in ready.results.items():
            if result.trace:
                log.error("%s of %s: %s\n%s", name, submission, result.reason, result.trace)
        papers = {paper.notebook: paper for paper in ready.papers}
        graded = {
            name: replace(result, lost=losses(papers[name], result))
            for name, result in ready.results.items()
            if result.notebook
        }
        reasons = "; ".join(told(ready.results, lambda result: [result.reason]))
        try:
            if not graded:
                self.enrol(submission)
                return self.fault(submission, reasons)
            self.ledger.forget(submission.assignment, submission.student)
            row = self.writer.write(ready.papers, submission.student, ready.handed_in, graded, ready.remarks)
            if len(graded) < len(ready.results):
                return self.fault(submission, f"{reasons}; its other notebooks are graded")
            self.ledger.record(submission.assignment, submission.student, ready.fingerprint, graded)
            return row
        except (*TROUBLE, OSError):  # the gradebook's or the disk's: no submission is to blame
            raise
        except Exception as error:  # whatever is in this one must not cost the others their marks
            log.exception("%s", submission)
            why = f"its result can't be written down ({type(error).__name__}: {error})"
            return self.fault(submission, why)

    def notes(self, ready: Ready) -> Iterator[Outcome]:
        """Yield what grading has to say of the assignment itself, once in a run."""
        for result in ready.results.values():
            said = (ready.submission.assignment, result.unnamed)
            if result.unnamed and said not in self.told:
                self.told.add(said)
                log.error("%s: known mistakes can't be named\n%s", *said)
                last = result.unnamed.strip().splitlines()[-1]
                yield Outcome("", said[0], "note", reason=printable(f"known mistakes aren't named: {last}"))

    def fault(self, submission: Submission, reason: str, *, kept: bool = True) -> Outcome:
        """Return the row of a submission that can't be graded; it says if earlier marks are kept."""
        assignment, student = submission.assignment, submission.student
        points = sum(cell.points for paper in self.papers[assignment] for cell in paper.cells)
        if kept and self.writer.has_marks(assignment, student):
            reason += "; the marks of the submission before it are kept"
        return Outcome(student, assignment, "fault", max_score=points, reason=printable(reason))


def read_outcome(course: Course, assignment: str, student: str) -> Outcome:
    """Read a graded submission's row from the gradebook.

    Raises:
        CourseError: if it isn't there.
    """
    with Writer.open(course) as writer:
        return writer.outcome(assignment, student)
