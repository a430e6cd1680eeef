"""The instructor's own notebooks are run first: most submissions draw their figures too."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from autograder.course import Course
from autograder.desk.ledger import Ledger
from autograder.engine.examiner.exam import Job, Result
from autograder.marking.paper import Paper


class Rehearsals:
    """One for each notebook and run; what came of it is kept for the next run.

    Args:
        course: whose solutions are run.
        ledger: keeps what comes of them.
        hand_out: gives a job to whoever is free.
    """

    def __init__(self, course: Course, ledger: Ledger, hand_out: Callable[[Job], Future[Result]]) -> None:
        self.course = course
        self.ledger = ledger
        self.hand_out = hand_out
        self.known: dict[tuple[str, str], dict[str, str]] = {}
        self.running: dict[tuple[str, str], Future[Result]] = {}

    def begin(self, paper: Paper) -> None:
        """See to it that a notebook's rehearsal is known or under way."""
        key = paper.assignment, paper.notebook
        if key in self.known or key in self.running:
            return
        known = self.ledger.figures(paper)
        if known is not None:
            self.known[key] = known
            return
        source = self.course.place("source", paper.assignment) / f"{paper.notebook}.ipynb"
        self.running[key] = self.hand_out(
            Job(paper, "", source.read_bytes(), self.course.secret(""), rehearsal=True)
        )

    def figures(self, paper: Paper) -> dict[str, str]:
        """Return the pictures of a notebook's own figures, waiting for its rehearsal if need be."""
        key = paper.assignment, paper.notebook
        if key in self.running:
            result = self.running.pop(key).result()
            self.known[key] = result.figures
            if result.notebook:
                self.ledger.keep_figures(paper, result.figures)
        return self.known[key]
