"""What a submission of each assignment costs a worker, in processor seconds, and what a large class comes to.

Both sides are counted: the examiner, and the student's process in the sandbox. Submissions are taken from the
sample class at even distances: some right, most with a mistake or two, which are asked about again.

    python benchmarks/cost.py [ASSIGNMENT ...] [--submissions 5] [--students 10000] [--main 12.4]
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from pathlib import Path

import psutil
from grade import class_of

from autograder.course import Course, repository
from autograder.desk.demo import hand_in, make_course, release
from autograder.desk.gradebook import Writer
from autograder.desk.intake import read
from autograder.desk.premises import premises_of
from autograder.desk.submitted import submissions
from autograder.engine.examiner.job import Job
from autograder.engine.fleet.kits import Known, folded, slip_of
from autograder.engine.fleet.station import Station
from autograder.marking.sanitise import lean

CORES = (2, 16, 64)


def spent(station: Station) -> float:
    """Processor seconds so far: of this process, of examiners that have ended, of all in the sandbox."""
    own = os.times()
    total = own.user + own.system + own.children_user + own.children_system
    bwrap = psutil.Process(station.sandbox.process.pid)
    for process in [bwrap, *bwrap.children(recursive=True)]:
        times = process.cpu_times()
        total += times.user + times.system + times.children_user + times.children_system
    return total


def measure(course: Course, assignment: str, count: int) -> tuple[list[float], list[tuple[int, int]]]:
    """Return processor seconds of some submissions, and the bytes that each takes out and back."""
    release(course, assignment)
    kinds = class_of(course, assignment, 99)
    kinds = list({kind.story: kind for kind in kinds}.values())
    for sample in kinds[:: max(1, len(kinds) // count)][:count]:
        hand_in(course, assignment, sample)
    with Writer.open(course) as writer:
        (paper,) = writer.papers(assignment)
    station = Station(premises_of(course, assignment, isolated=True), paper)
    seconds, sizes = [], []
    try:
        solution = course.notebook(assignment).read_bytes()
        rehearsed = station.grade(Job(paper, "", solution, course.secret(""), rehearsal=True))
        figures = rehearsed.figures
        for submission in submissions(course, [assignment]):
            handed_in = read(
                submission.folder, [paper.notebook], course.folders.ignore, course.limits, course.time_zone
            )
            secret = course.secret(submission.student)
            notebook = lean(handed_in.notebooks[paper.notebook])
            job = Job(
                paper, submission.student, notebook, secret, handed_in.files, figures, rehearsed.standing
            )
            before = spent(station)
            result = station.grade(job)
            seconds.append(spent(station) - before)
            assert result.notebook, result.reason
            sizes.append((len(slip_of(job)), len(folded(result, Known.of(job)))))
    finally:
        station.close()
    return seconds, sizes


def main() -> None:
    """Measure, and work out hours."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("assignments", nargs="*")
    parser.add_argument("--submissions", type=int, default=5)
    parser.add_argument("--students", type=int, default=10_000)
    parser.add_argument("--main", type=float, default=12.4, help="ms of the main process for a submission")
    options = parser.parse_args()
    total = 0.0
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        course = make_course(Path(name))
        names = options.assignments or repository().assignments()
        for assignment in names:
            seconds, sizes = measure(course, assignment, options.submissions)
            total += statistics.mean(seconds)
            out, back = ([size / 1000 for size in each] for each in zip(*sizes, strict=True))
            print(
                f"{assignment:30} {statistics.mean(seconds):5.2f} s a submission ({min(seconds):.2f} to "
                f"{max(seconds):.2f}); {max(out):.0f} kB out; "
                f"{statistics.mean(back):.0f} kB back, at most {max(back):.0f}",
                flush=True,
            )
    print(f"all {len(names)}: {total:.1f} s a student, {total / len(names):.2f} s a submission")
    for cores in CORES:
        work, writing = (
            total * options.students / 3600,
            options.main / 1000 * len(names) * options.students / 3600,
        )
        print(
            f"{options.students} students on {cores} cores: {max((work + writing) / cores, writing):.2f} h "
            f"(workers {work / cores:.2f}, main process {writing:.2f})"
        )


if __name__ == "__main__":
    main()
