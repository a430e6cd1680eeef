"""Ten thousand submissions: what the main process costs by itself, and whether workers elsewhere cost more.

The main process reads, hands out and writes one submission after another, so that a large class waits for it
in the end. Here real results of a sample class are *replayed*: its own work is real, gradebook and files too;
only the workers' isn't. Times are processor seconds of this process, which a busy machine disturbs little.

    python benchmarks/scale.py [--sizes 100 1000 10000] [--real 400] [--turns 2] [--pages 50] [--jobs 2]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from grade import class_of, make_class
from nbgrader.api import Gradebook

from autograder.course import Course
from autograder.desk.follow import Nobody
from autograder.desk.grade import How, grade
from autograder.desk.gradebook import Writer
from autograder.desk.ledger import Ledger
from autograder.desk.marks import read_marks
from autograder.desk.pages.write import write_feedback
from autograder.desk.premises import premises_of
from autograder.desk.report import write_report
from autograder.engine.examiner.job import Job, Result
from autograder.engine.fleet import cluster, pool
from autograder.engine.fleet.fleet import Fleet, read_result
from autograder.engine.fleet.kits import Known, folded, slip_of
from autograder.engine.wall.premises import Premises, elsewhere
from autograder.marking.outcome import Outcome

TENTH = 1.15  # what the last tenth of a class may cost, as a multiple of the first


class Replay(Fleet):
    """Gives back what grading a notebook gave before, as it comes from a worker.

    Args:
        graded: grades a notebook that hasn't been met.
    """

    def __init__(self, graded: Fleet) -> None:
        super().__init__()
        self.graded = graded
        self.known: dict[bytes, bytes] = {}
        self.sizes: list[tuple[int, int]] = []

    @property
    def window(self) -> int:
        return self.graded.window

    def grade(self, job: Job, premises: Premises) -> Future[Result]:
        if job.rehearsal:
            return self.graded.grade(job, premises)
        self.bench.kit_of(job, elsewhere(premises))  # which the main process does for each
        slip = slip_of(job)
        if job.notebook not in self.known:
            self.known[job.notebook] = folded(self.graded.grade(job, premises).result(), Known.of(job))
        data = self.known[job.notebook]
        if len(self.sizes) < 1000:
            self.sizes.append((len(slip), len(data)))
        future: Future[Result] = Future()
        future.set_result(read_result(job)(data))
        return future

    def do(self, work: Callable[..., Any], *args: Any) -> Future[Any]:
        return self.graded.do(work, *args)

    def look(self) -> None:
        self.graded.look()


class Clock(Nobody):
    """Notes the processor time of this process after every row."""

    def __init__(self) -> None:
        self.times = [time.process_time()]

    def row(self, outcome: Outcome) -> None:
        self.times.append(time.process_time())

    def tenths(self) -> list[float]:
        """Milliseconds a submission, in each tenth of the class."""
        size = (len(self.times) - 1) // 10
        return [1000 * (self.times[(n + 1) * size] - self.times[n * size]) / size for n in range(10)]


@contextmanager
def timed() -> Iterator[list[float]]:
    """Put processor seconds and seconds into a list."""
    took: list[float] = []
    begun = time.process_time(), time.perf_counter()
    yield took
    took += [time.process_time() - begun[0], time.perf_counter() - begun[1]]


def large_class(original: Course, folder: Path, assignment: str, count: int, url: str = "") -> Course:
    """A class of any size: the submissions of another, again and again, as links to its files."""
    skip = {"submitted", "autograded", "feedback", ".autograder"}
    shutil.copytree(original.root, folder, ignore=lambda at, names: skip & set(names))
    if url:
        with (folder / "nbgrader_config.py").open("a") as config:
            config.write(f"\nc.CourseDirectory.db_url = {url!r}\n")
    course = Course(folder)
    kinds = list(original.submitted(assignment).values())
    for number in range(count):
        place = course.place("submitted", assignment, f"s{number:05d}")
        place.mkdir(parents=True)
        for file in kinds[number % len(kinds)].iterdir():
            os.link(file, place / file.name)
    if url:
        result = course.application().generate_assignment(assignment, force=True)
        assert result["success"], result["log"]
    return course


def replayed(course: Course, fleet: Replay, size: int, what: str = "SQLite") -> float:
    """Grade a class with replayed results, again unchanged, report on it, export; return ms a submission."""
    clock = Clock()
    with timed() as took:
        rows = grade(course, how=How(force=True), fleet=fleet, follower=clock)
    assert {row.status for row in rows} == {"graded"}
    tenths = clock.tenths()
    with timed() as unchanged:
        again = grade(course, fleet=fleet)
    assert {row.status for row in again} == {"unchanged"}
    with timed() as report:
        write_report(course)
    with timed() as export, Gradebook(course.db_url, course.course_id) as gradebook:
        assert len(read_marks(gradebook).people) >= size
    ratio = tenths[-1] / tenths[0]
    print(
        f"{what:10} {size:6d}: {1000 * took[0] / size:6.2f} ms each ({took[1]:.0f} s in all), tenths "
        f"{' '.join(f'{each:.1f}' for each in tenths)}, last/first {ratio:.2f} (target: {TENTH}); unchanged "
        f"{unchanged[0]:.1f} s, {1000 * unchanged[0] / size:.2f} ms each; report {report[0]:.1f} s; "
        f"marks for an export {export[0]:.2f} s",
        flush=True,
    )
    return 1000 * took[0] / size


def wire(course: Course, assignment: str, fleet: Replay) -> None:
    """Print what travels."""
    with Writer.open(course) as writer:
        paper = writer.papers(assignment)[0]
    known = Ledger(course).rehearsed(paper)
    assert known is not None
    job = Job(paper, "", b"", figures=known.figures, standing=known.standing)
    premises = elsewhere(premises_of(course, assignment, isolated=True))
    kit = fleet.bench.kit_of(job, premises)
    out, back = (max(sizes) / 1000 for sizes in zip(*fleet.sizes, strict=True))
    print(
        f"once to each worker: {len(kit.data) / 1000:.0f} kB; a submission at most {out:.1f} kB out, "
        f"{back:.1f} kB back (target: 60)"
    )


def real(folder: Path, original: Course, assignment: str, count: int, jobs: int, turns: int) -> None:
    """Grade a class by a pool and by a Dask cluster of the same size on this machine, in turn."""
    import distributed

    walls: dict[str, list[float]] = {"pool": [], "Dask": []}
    for turn in range(turns):
        for what in walls:
            course = large_class(original, folder / f"{what}{turn}", assignment, count)
            how = How(jobs=jobs)
            if what == "pool":
                with (
                    timed() as took,
                    pool.process_pool(jobs, premises_of(course, assignment, isolated=True)) as fleet,
                ):
                    grade(course, how=how, fleet=fleet)
            else:
                with (
                    distributed.LocalCluster(
                        n_workers=1, threads_per_worker=jobs, dashboard_address=None, silence_logs=50
                    ) as local,
                    timed() as took,
                    cluster.cluster(local.scheduler_address) as elsewhere_,
                ):
                    grade(course, how=how, fleet=elsewhere_)
            walls[what].append(took[1])
            shutil.rmtree(course.root)
    ratio = statistics.median(a / b for a, b in zip(walls["Dask"], walls["pool"], strict=True))
    for what, seconds in walls.items():
        print(f"{what}: {count} submissions, {jobs} at a time: {' and '.join(f'{s:.0f} s' for s in seconds)}")
    print(f"Dask takes {ratio:.2f} times the pool's time", flush=True)


def pages(course: Course, count: int) -> None:
    """Write some feedback pages in this process."""
    with timed() as took:
        written = [page for page in write_feedback(course, force=True) if page.status == "written"]
    print(f"feedback: {took[0] / len(written):.3f} s a page on one core (target: 0.2), {len(written)} pages")
    size = statistics.mean(page.page.stat().st_size for page in written[:count])
    print(f"a page has {size / 1000:.0f} kB", flush=True)


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--assignment", default="02-modules")
    parser.add_argument("--sizes", type=int, nargs="*", default=[100, 1000, 10000])
    parser.add_argument("--real", type=int, default=400)
    parser.add_argument("--turns", type=int, default=2, help="how often each of pool and Dask grades them")
    parser.add_argument("--pages", type=int, default=50)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--postgresql", metavar="URL", help="also with an empty database at this address")
    options = parser.parse_args()
    assignment = options.assignment
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        kinds = len(
            {sample.story for sample in class_of(Course.find(Path(__file__).parents[1]), assignment, 99)}
        )
        original = make_class(folder / "original", assignment, kinds)
        premises = premises_of(original, assignment, isolated=True)
        with pool.process_pool(options.jobs, premises) as workers:
            fleet = Replay(workers)
            grade(original, fleet=fleet)  # what is replayed
            wire(original, assignment, fleet)
            costs = {}
            for size in options.sizes:
                course = large_class(original, folder / str(size), assignment, size)
                costs[size] = replayed(course, fleet, size)
                if size == min(options.sizes) and options.pages:
                    pages(course, options.pages)
                shutil.rmtree(course.root)
            if options.postgresql and options.sizes:
                size = sorted(options.sizes)[len(options.sizes) // 2]
                course = large_class(original, folder / "server", assignment, size, options.postgresql)
                ratio = replayed(course, fleet, size, "PostgreSQL") / costs[size]
                print(f"PostgreSQL takes {ratio:.2f} times SQLite's time")
                shutil.rmtree(course.root)
        if options.real:
            real(folder, original, assignment, options.real, options.jobs, options.turns)


if __name__ == "__main__":
    sys.exit(main())
