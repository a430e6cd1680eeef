"""`autograder watch`: grade what arrives as it arrives, with workers that stay warm."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from autograder.course import Course, CourseError
from autograder.desk.alone import alone
from autograder.desk.arrivals import Arrivals
from autograder.desk.attempts import Attempts, version_of
from autograder.desk.follow import Follower
from autograder.desk.grade import How, Run
from autograder.desk.gradebook import Writer
from autograder.desk.intake import HandedIn, Unfit, read
from autograder.desk.letters import Letters
from autograder.desk.pages.write import write_feedback
from autograder.desk.submitted import Submission
from autograder.desk.trouble import in_words
from autograder.engine.examiner.job import Job
from autograder.engine.fleet.fleet import Fleet, FleetLost
from autograder.marking.outcome import Outcome

AGAIN = 5.0  # seconds after which a gradebook that couldn't be written is tried again


def released(course: Course, assignments: Sequence[str]) -> list[str]:
    """Return the assignments that can be watched: of those named, or of all, the ones that are released.

    Raises:
        CourseError: if one that is named isn't released, or none is.
    """
    known = []
    with in_words(course), Writer.open(course) as writer:
        for assignment in assignments or course.assignments():
            try:
                writer.papers(assignment)
                known.append(assignment)
            except CourseError:
                if assignments:
                    raise
    if not known:
        raise CourseError(
            f"No assignment of {course.root} is released. Release one first: "
            "nbgrader generate_assignment NAME"
        )
    return known


@dataclass
class Watch:
    """What is needed to grade what arrives.

    Attributes:
        course: which.
        assignments: whose submissions are looked for.
        how: where and how many at a time.
        fleet: the workers.
        arrivals: what is new.
        attempts: how often a day.
        follower: is told of every row.
        tell_all: students get their whole feedback, marks and hidden tests' messages included.
        stop: ends it, once what is being graded is done.
    """

    course: Course
    assignments: Sequence[str]
    how: How
    fleet: Fleet
    arrivals: Arrivals
    attempts: Attempts
    follower: Follower
    tell_all: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    held: dict[tuple[str, str], Submission] = field(default_factory=dict)

    def forever(self) -> Iterator[Outcome | str]:
        """Yield every row, and in a sentence what goes wrong in between.

        Raises:
            CourseError: if nothing that is watched can be graded.
            SandboxError: if there is no sandbox.
        """
        letters, today = Letters(self.course), self.today()
        while not self.stop.is_set():
            if self.today() != today:
                today = self.today()
                new = [*self.held.values(), *self.arrivals.new()]
                self.held.clear()
            else:
                new = self.arrivals.new()
            if not new:
                self.arrivals.wait(self.until_tomorrow())
                continue
            try:
                yield from self.wave(new, letters)
            except FleetLost as error:
                raise CourseError(f"{error} What was graded before is kept.") from None
            except CourseError as error:  # a gradebook that is locked, a disk that is full: they pass
                yield f"{error} Trying again."
                self.arrivals.forget()
                self.stop.wait(AGAIN)

    def wave(self, new: Sequence[Submission], letters: Letters) -> Iterator[Outcome]:
        """Grade what has arrived and what arrives meanwhile, until nothing is left.

        Papers are read anew each time: a release in between counts from the next wave on.
        """
        with in_words(self.course), alone(self.course), Writer.open(self.course) as writer:
            run = Run(self.course, writer, self.fleet, self.how, self.follower)
            for assignment in dict.fromkeys(submission.assignment for submission in new):
                yield from run.open([assignment])
            while new or run.pending or letters.begun:
                for submission in new:
                    if submission.assignment not in run.papers:
                        yield from run.open([submission.assignment])
                    yield from self.take(run, submission, letters)
                if run.pending:
                    for row in run.collect(patiently=False):
                        self.tell(row)
                        yield row
                elif letters.begun:
                    time.sleep(0.02)
                letters.finish()
                new = [] if self.stop.is_set() else self.arrivals.new()

    def take(self, run: Run, submission: Submission, letters: Letters) -> Iterator[Outcome]:
        """Hand out one submission, if its student has an attempt left today."""
        handed_in, key = self.read(run, submission), (submission.assignment, submission.student)
        version, today = (version_of(handed_in) if handed_in is not None else ""), self.today()
        if handed_in is not None and not self.attempts.allows(*key, version, today):
            self.held[key] = submission
            why = f"All {self.attempts.a_day} attempts of today are used: the newest is read after midnight."
            letters.say(submission, version, why)
            yield Outcome(submission.student, submission.assignment, "held", reason=why)
            return
        fresh = True
        for row in run.take(submission):
            fresh = row.status != "unchanged"
            yield row
        if handed_in is not None:
            left = self.attempts.count(*key, version, today) if fresh else None
            if not self.tell_all:
                letters.begin(run, submission, handed_in, version, left)

    def read(self, run: Run, submission: Submission) -> HandedIn | None:
        """Return what was handed in, None where there is nothing to count and to run."""
        names = [paper.notebook for paper in run.papers.get(submission.assignment, [])]
        try:
            found = read(submission.folder, names, self.course.folders.ignore, self.course.limits)
        except (Unfit, OSError, ValueError):
            return None
        return found if found.notebooks else None

    def tell(self, row: Outcome) -> None:
        """Write a student's whole feedback, where that is wanted."""
        if self.tell_all and row.status == "graded":
            write_feedback(self.course, [row.assignment], row.student)

    def warm(self) -> None:
        """Let every worker meet every assignment once, so that the first to hand in needn't wait for imports.

        Raises:
            CourseError: if nothing that is watched can be graded.
        """
        with in_words(self.course), alone(self.course), Writer.open(self.course) as writer:
            run = Run(self.course, writer, self.fleet, self.how, self.follower)
            run.open(self.assignments)
            for assignment, papers in run.papers.items():
                run.rehearse(assignment)
                met = []
                for paper in papers:
                    known = run.rehearsals.of(paper)
                    released = self.course.place("release", assignment) / f"{paper.notebook}.ipynb"
                    if released.is_file():
                        job = Job(paper, "", released.read_bytes(), self.course.secret(""))
                        job = replace(job, figures=known.figures, standing=known.standing)
                        met += [run.hand_out(job) for _ in range(run.jobs)]
                for future in met:
                    future.result()

    @staticmethod
    def today() -> date:
        """Return the day that attempts are counted in: this machine's."""
        return datetime.now().astimezone().date()

    @staticmethod
    def until_tomorrow() -> float:
        """Return the seconds that are left of today."""
        now = datetime.now().astimezone()
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return max(1.0, (midnight - now).total_seconds())
