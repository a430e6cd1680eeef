"""Workers that start while nbgrader is still being imported, from what a run kept, or what is likely."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.course import Course
from autograder.desk.kept import paper_kept, premises_kept
from autograder.engine.fleet import server

if TYPE_CHECKING:
    from autograder.desk.submitted import Submission
    from autograder.engine.fleet.fleet import Fleet
    from autograder.engine.fleet.pool import Pool
    from autograder.engine.wall.premises import Premises


@dataclass(frozen=True)
class Wanted:
    """What a run is to grade.

    Attributes:
        assignments: which; none: all.
        student: whose; None: everybody's.
        force: what was graded before is graded again.
    """

    assignments: tuple[str, ...] = ()
    student: str | None = None
    force: bool = False


@dataclass
class Early:
    """Workers of this machine that have begun, as soon as it is known with what."""

    course: Course
    jobs: int
    isolated: bool
    stack: contextlib.ExitStack
    fleet: Pool | None = None

    @classmethod
    @contextlib.contextmanager
    def begin(
        cls, course: Course, jobs: int | None, *, isolated: bool, wanted: Wanted | None = None
    ) -> Iterator[Early]:
        """Begin with what the last run began with, or with what is likely; what is another begins anew.

        Args:
            course: the course.
            jobs: how many at a time; None: one for each processor.
            isolated: whether in a sandbox.
            wanted: what is to be graded; without it nothing is, before somebody asks for it.
        """
        text = premises_kept(course) if isolated else ""
        if isolated and not text:
            from autograder.desk.likely import likely_premises

            text = likely_premises(course, wanted.assignments if wanted else ())
        server.start(ahead=text)
        from autograder.desk.guess import first_job
        from autograder.engine.fleet.ahead import read
        from autograder.engine.fleet.pool import default_jobs

        with contextlib.ExitStack() as stack:
            early = cls(course, jobs or default_jobs(), isolated, stack)
            known = None
            with contextlib.suppress(ValueError):
                known = read(text)
            if known is not None:
                workers = early._start(known, early.jobs, paper_kept(course))
                job = first_job(course, wanted, known.limits) if wanted else None
                if job is not None:
                    workers.foresee(job, known)
            yield early

    @property
    def guessing(self) -> bool:
        """Whether a submission is being graded already: what will probably be the first."""
        return self.fleet is not None and self.fleet.foreseen is not None

    def workers(self, found: Sequence[Submission]) -> Fleet:
        """Return the workers for some submissions."""
        if self.fleet is None:
            from autograder.desk.premises import first_premises

            self._start(first_premises(self.course, found, isolated=self.isolated), len(found))
        assert self.fleet is not None
        return self.fleet

    def _start(self, premises: Premises, most: int, paper: bytes = b"") -> Pool:
        from autograder.engine.fleet.pool import default_jobs, process_pool

        at_once = max(1, min(self.jobs, default_jobs() - 1))  # one processor is this process's for now
        jobs = min(self.jobs, most)
        workers = process_pool(jobs, premises, at_once=min(at_once, jobs), paper=paper)
        self.fleet = self.stack.enter_context(workers)
        return self.fleet
