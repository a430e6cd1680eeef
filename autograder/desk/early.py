"""Workers that start while nbgrader is still being imported, from what the last run knew."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autograder.course import Course
from autograder.desk.premises import expected, first_premises, remembered
from autograder.desk.submitted import Submission
from autograder.engine.fleet import pool, server
from autograder.engine.fleet.ahead import read
from autograder.engine.fleet.fleet import Fleet
from autograder.engine.wall.premises import Premises


@dataclass
class Early:
    """Workers of this machine that have begun, as soon as it is known with what."""

    course: Course
    jobs: int
    isolated: bool
    stack: contextlib.ExitStack
    fleet: Fleet | None = None

    @classmethod
    @contextlib.contextmanager
    def begin(cls, course: Course, jobs: int | None, *, isolated: bool) -> Iterator[Early]:
        """Begin with what the last run began with; what turns out to be another is begun anew."""
        text = remembered(course) if isolated else ""
        server.start(ahead=text)
        with contextlib.ExitStack() as stack:
            early = cls(course, jobs or pool.default_jobs(), isolated, stack)
            if text:
                early._start(read(text), early.jobs, expected(course))
            yield early

    def workers(self, found: Sequence[Submission]) -> Fleet:
        """Return the workers for some submissions."""
        if self.fleet is None:
            self._start(first_premises(self.course, found, isolated=self.isolated), len(found))
        assert self.fleet is not None
        return self.fleet

    def _start(self, premises: Premises, most: int, paper: bytes = b"") -> None:
        at_once = max(1, min(self.jobs, pool.default_jobs() - 1))  # one processor is this process's for now
        jobs = min(self.jobs, most)
        self.fleet = self.stack.enter_context(
            pool.process_pool(jobs, premises, at_once=min(at_once, jobs), paper=paper)
        )
