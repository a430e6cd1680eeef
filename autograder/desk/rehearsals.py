"""The instructor's own notebooks sit the exam first: for their figures, and for what can be asked of whom."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import Future

from nbgrader.api import Gradebook

from autograder.course import Course
from autograder.desk.ledger import Ledger, Rehearsed
from autograder.desk.papers import papers_of
from autograder.desk.premises import premises_of, remember
from autograder.desk.standings import remarks_on
from autograder.engine.examiner.job import Job, Result
from autograder.engine.fleet import pool
from autograder.engine.fleet.fleet import FleetLost
from autograder.engine.wall.bubblewrap import find_bwrap
from autograder.engine.wall.premises import SandboxError
from autograder.marking.paper import Paper
from autograder.marking.standing import Standing


class Rehearsals:
    """One for each notebook and run; what came of it is kept for the next run.

    Args:
        course: whose solutions are run.
        ledger: keeps what comes of them.
        hand_out: gives a job to whoever is free.
        wait: waits until it is done, or until nobody is left to do it.
    """

    def __init__(
        self,
        course: Course,
        ledger: Ledger,
        hand_out: Callable[[Job], Future[Result]],
        wait: Callable[[Collection[Future[Result]]], object],
    ) -> None:
        self.course = course
        self.ledger = ledger
        self.hand_out = hand_out
        self.wait = wait
        self.known: dict[tuple[str, str], Rehearsed] = {}
        self.running: dict[tuple[str, str], Future[Result]] = {}

    def begin(self, paper: Paper) -> None:
        """See to it that a notebook's rehearsal is known or under way."""
        key = paper.assignment, paper.notebook
        if key in self.known or key in self.running:
            return
        known = self.ledger.rehearsed(paper)
        if known is not None:
            self.known[key] = known
            return
        source = self.course.place("source", paper.assignment) / f"{paper.notebook}.ipynb"
        self.running[key] = self.hand_out(
            Job(paper, "", source.read_bytes(), self.course.secret(""), rehearsal=True)
        )

    def awaited(self, paper: Paper) -> bool:
        """Say whether a notebook's rehearsal is under way."""
        return (paper.assignment, paper.notebook) in self.running

    def of(self, paper: Paper) -> Rehearsed:
        """Return what a notebook's rehearsal said, waiting for it if need be."""
        key = paper.assignment, paper.notebook
        if key in self.running:
            self.wait([self.running[key]])
            result = self.running.pop(key).result()
            if not result.notebook:
                trouble = f"its own solution could not sit the exam: {result.reason}"
                self.known[key] = Rehearsed({}, Standing(troubles=(trouble,)))
                return self.known[key]
            self.known[key] = Rehearsed(result.figures, result.standing)
            self.ledger.keep_rehearsed(paper, self.known[key])
        return self.known[key]


def at_release(course: Course, assignment: str, notebook: str) -> list[str]:
    """Have a notebook's solution sit the exam as soon as it is released; the first grading then needn't.

    Returns:
        What the instructor should know of its tests, one line each; nothing if all is well.

    Raises:
        CourseError: if the notebook isn't in the gradebook.
        SandboxError: if there is no sandbox on this machine.
    """
    find_bwrap()
    with Gradebook(course.db_url, course.course_id) as gradebook:
        papers = papers_of(course, gradebook, assignment)
    paper = next(paper for paper in papers if paper.notebook == notebook)
    premises = premises_of(course, assignment, isolated=True)
    remember(course, premises, paper)
    with pool.process_pool(1, premises) as fleet:
        sitting = Rehearsals(course, Ledger(course), lambda job: fleet.grade(job, premises), fleet.wait)
        sitting.begin(paper)
        try:
            return list(remarks_on(paper, sitting.of(paper).standing))
        except FleetLost as error:
            raise SandboxError(str(error)) from None
