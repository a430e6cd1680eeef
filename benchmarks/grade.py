"""Grading a class: `nbgrader autograde`, `autograder grade` and a floor, on the same submissions, in one run.

The floor is the least that running the cells can cost: a warm process forks a child for each submission,
which executes the student's cells and the tests in one IPython shell, without isolation, gradebook or files.

    python benchmarks/grade.py [--submissions 50] [--sizes 10 100 400] [--jobs 2]
    python benchmarks/grade.py --course DIR [--assignment NAME] [--submissions 40]   # any nbgrader course
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

import courses
import psutil

from autograder.course import Course
from autograder.desk.demo import hand_in, make_course, release
from autograder.hooks import Sample
from backprop.sample import sample_class

HERE = Path(__file__).resolve()
Row = tuple[float, float, int]  # seconds of all, median seconds of one, peak memory in bytes


def class_of(course: Course, assignment: str, count: int) -> list[Sample]:
    """`count` submissions, mixed from the sample class; what can't be graded is left out."""
    kinds = [sample for sample in sample_class(course, assignment) if sample.gradable]
    return [replace(kind, student=f"s{n:03d}") for n, kind in enumerate(islice(cycle(kinds), count))]


def make_class(folder: Path, assignment: str, count: int) -> Course:
    folder.mkdir(parents=True)
    course = make_course(folder)
    release(course, assignment)
    for sample in class_of(course, assignment, count):
        hand_in(course, assignment, sample)
    return course


class Memory(threading.Thread):
    """Samples the proportional set size of a process and its descendants."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak, self.done = pid, 0, threading.Event()

    def run(self) -> None:
        while not self.done.wait(1.0):
            total = 0
            try:
                root = psutil.Process(self.pid)
                for process in [root, *root.children(recursive=True)]:
                    try:
                        total += process.memory_full_info().pss
                    except psutil.Error:
                        continue
            except psutil.Error:
                continue
            self.peak = max(self.peak, total)


def measured(command: Sequence[str], may_fail: bool = False) -> tuple[float, int, str]:
    """Run a command; return its seconds, peak memory in bytes and what it printed."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        memory = Memory(process.pid)
        memory.start()
        printed = process.communicate()[0]
        memory.done.set()
    if process.returncode and not may_fail:
        sys.exit(f"{' '.join(command)} failed:\n{printed[-3000:]}")
    return time.perf_counter() - start, memory.peak, printed


def run_nbgrader(root: str, assignment: str) -> None:
    """Grade with nbgrader's own converter, one submission after another, and print the seconds of each."""
    course = Course(Path(root))
    api = course.application()
    for folder in sorted(course.folder("submitted").glob(f"*/{assignment}")):
        start = time.perf_counter()
        result = api.autograde(assignment, folder.parent.name, force=True)
        if not result["success"]:
            print(result["log"][-1000:])
        print(f"seconds {time.perf_counter() - start:.4f}", flush=True)


def run_floor(root: str, assignment: str, jobs: int) -> None:
    """Fork a warm process for each submission, `jobs` at a time; print the seconds of each."""
    from nbgrader.api import Gradebook

    from autograder.engine.examinee.template import LATER, run_once, settle, warm_up
    from backprop.reference import build_mynn

    course = Course(Path(root))
    with Gradebook(course.db_url, str(course.config.CourseDirectory.course_id)) as gradebook:
        notebook = gradebook.find_notebook(course.notebook(assignment).stem, assignment)
        tests = {cell.name: cell.source for cell in notebook.source_cells if cell.locked}
    home = build_mynn(course, Path(tempfile.mkdtemp()), before=assignment)
    shell, _ = warm_up("workbook.inside:Inside")
    for source in LATER:
        run_once(shell, source)
    settle(shell)
    running: dict[int, float] = {}
    seconds = []

    def reap() -> None:
        pid, _ = os.wait()
        seconds.append(time.perf_counter() - running.pop(pid))

    for path in sorted(course.folder("submitted").glob(f"*/{assignment}/*.ipynb")):
        if len(running) >= jobs:
            reap()
        start = time.perf_counter()
        pid = os.fork()
        if pid == 0:
            os.environ.update(WORKBOOK_HOME=str(home), WORKBOOK_SECRET=course.secret(path.parts[-3]))
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.dup2(1, 2)
            for cell in json.loads(path.read_text())["cells"]:
                name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
                skipped = "experiment" in cell["metadata"].get("tags", ()) and not name
                if cell["cell_type"] == "code" and not skipped:
                    shell.run_cell(tests.get(name, "".join(cell["source"])))
                    shell.outputs.take()
            os._exit(0)
        running[pid] = start
    while running:
        reap()
    for each in seconds:
        print(f"seconds {each:.4f}")
    shutil.rmtree(home)


def mean(first: Row, second: Row) -> Row:
    """The mean of two runs' times, and the larger of their peaks."""
    return (first[0] + second[0]) / 2, (first[1] + second[1]) / 2, max(first[2], second[2])


def seconds_of(printed: str) -> list[float]:
    return [float(line.split()[1]) for line in printed.splitlines() if line.startswith("seconds ")]


def scores(course: Course, assignment: str) -> dict[str, dict[str, float | None]]:
    from nbgrader.api import Gradebook

    with Gradebook(course.db_url, str(course.config.CourseDirectory.course_id)) as gradebook:
        return {
            s.student_id: {g.name: g.auto_score for n in s.notebooks for g in n.grades}
            for s in gradebook.assignment_submissions(assignment)
        }


def grade_command(course: Course, jobs: int) -> list[str]:
    command = "from autograder.cli import main; main()"
    return [sys.executable, "-c", command, "grade", "--course", str(course.root), "--jobs", str(jobs)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--course", type=Path, help="an nbgrader course with its source; nothing in it changes"
    )
    parser.add_argument("--assignment", help="default: 02-modules; of another course, all of them")
    parser.add_argument("--submissions", type=int, help="default: 50; of a course, each kind of answer once")
    parser.add_argument("--sizes", type=int, nargs="*", default=[10, 100, 400])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs=2, metavar=("WHAT", "COURSE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.course:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            compare_course(Course(options.course.resolve()), Path(folder), options)
        return
    options.assignment = options.assignment or "02-modules"
    options.submissions = options.submissions or 50
    if options.only:
        what, root = options.only
        if what == "nbgrader":
            run_nbgrader(root, options.assignment)
        else:
            run_floor(root, options.assignment, options.jobs)
        return
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        compare(Path(folder), options)


def compare(folder: Path, options: argparse.Namespace) -> None:
    assignment, count, jobs = options.assignment, options.submissions, options.jobs
    this = [sys.executable, str(HERE), "--assignment", assignment, "--jobs", str(jobs), "--only"]
    theirs = make_class(folder / "nbgrader", assignment, count)
    ours = [Course(Path(shutil.copytree(theirs.root, folder / f"autograder{n}"))) for n in range(2)]
    print(f"{count} submissions of {assignment}, {jobs} jobs, {os.cpu_count()} processors\n")

    def floor() -> Row:
        wall, peak, printed = measured([*this, "floor", str(theirs.root)])
        return wall, statistics.median(seconds_of(printed)), peak

    def grader(course: Course) -> Row:
        wall, peak, _ = measured(grade_command(course, jobs))
        results = [
            result
            for path in (course.root / ".autograder").glob("*/s*.json")
            for result in json.loads(path.read_text())["results"].values()
        ]
        return wall, statistics.median(result["seconds"] for result in results), peak

    # nbgrader takes minutes, in which a machine may become slower: the short runs go before and after it.
    before = floor(), grader(ours[0])
    their_wall, their_memory, printed = measured([*this, "nbgrader", str(theirs.root)])
    after = floor(), grader(ours[1])
    floor_row, our_row = (mean(*pair) for pair in zip(before, after, strict=True))
    wall = our_row[0]
    same = all(scores(course, assignment) == scores(theirs, assignment) for course in ours)
    print(f"{'':20}{'wall s':>9}{'s/subm.':>9}{'median s':>10}{'peak MB':>9}")
    for name, row in {
        "floor": floor_row,
        "autograder grade": our_row,
        "nbgrader autograde": (their_wall, statistics.median(seconds_of(printed)), their_memory),
    }.items():
        print(f"{name:20}{row[0]:9.1f}{row[0] / count:9.3f}{row[1]:10.3f}{row[2] / 2**20:9.0f}")
    ours_took = " and ".join(f"{row[1][0]:.1f} s" for row in (before, after))
    print(f"(floor and autograder: means of two runs, before and after nbgrader; autograder's: {ours_took})")
    print(f"\nautograder is {their_wall / wall:.1f} times as fast as nbgrader autograde (target: 10)")
    print(f"autograder takes {wall / floor_row[0]:.2f} times the floor (target: at most 2)")
    print(f"scores identical, cell by cell: {'yes' if same else 'NO'}")
    costs = {count: wall / count}
    for size in options.sizes:
        course = make_class(folder / f"class{size}", assignment, size)
        took, peak, _ = measured(grade_command(course, jobs))
        costs[size] = took / size
        print(f"{size:5d} submissions: {took:7.1f} s, {took / size:.3f} s each, peak {peak / 2**20:.0f} MB")
        shutil.rmtree(course.root)
    if options.sizes:
        largest = max(options.sizes)
        ratio = costs[largest] / costs[count]
        print(f"cost of one at {largest}: {ratio:.2f} times that at {count} (target: at most 1.15)")


def compare_course(original: Course, folder: Path, options: argparse.Namespace) -> None:
    """Grade each assignment of a course by both graders; print where they agree and how long they took."""
    columns = (
        "assignment|submissions|tests|solution passes: nbgrader, here|out of reach|cells that differ|seconds"
    )
    print(f"|{columns}|\n|{'---|' * 7}")
    for assignment in [options.assignment] if options.assignment else original.assignments():
        try:
            place, count = folder / assignment / "theirs", options.submissions
            theirs = courses.make_class(original, place, assignment, count)
        except RuntimeError as error:
            print(f"| {assignment} | not released: {error} |")
            continue
        ours = Course(Path(shutil.copytree(theirs.root, folder / assignment / "ours")))
        only = [sys.executable, str(HERE), "--assignment", assignment, "--only", "nbgrader", str(theirs.root)]
        our_seconds, _, _ = measured(grade_command(ours, options.jobs), may_fail=True)
        their_seconds, _, _ = measured(only, may_fail=True)
        print(row_of(theirs, ours, assignment, their_seconds, our_seconds), flush=True)
        shutil.rmtree(folder / assignment)


def row_of(theirs: Course, ours: Course, assignment: str, their_seconds: float, our_seconds: float) -> str:
    """One line of the table; a test that the solution itself fails isn't compared: it waits for a person."""
    expected, got = courses.scores(theirs, assignment), courses.scores(ours, assignment)
    points = courses.points(theirs, assignment)
    full = [
        sum(found.get(("s000", *key)) == most for key, most in points.items()) for found in (expected, got)
    ]
    standings = courses.standings(ours, assignment)
    inside = sum(len(standing["inside"]) for standing in standings.values())
    failing = {(notebook, name) for notebook, standing in standings.items() for name in standing["failing"]}
    tested = {key for key in expected if key[1:] in points and key[1:] not in failing}
    differ = sorted(key for key in tested if expected[key] != got.get(key))
    students = len({key[0] for key in expected})
    lines = [
        f"| {assignment} | {students} | {len(points)} | {full[0]}, {full[1]} "
        f"| {len(points) - inside} of {len(points)} | {len(differ)} of {len(tested)} "
        f"| {their_seconds:.0f}, {our_seconds:.0f} |"
    ]
    lines += [f"  {'/'.join(key)}: nbgrader {expected[key]}, here {got.get(key)}" for key in differ[:8]]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
