"""What one submission that is made to hold a class up costs it: the class is graded with and without it.

It is the last in line, where every second of it is a second of the run's.

    python benchmarks/worst.py [--assignment 02-modules] [--honest 19] [--jobs 2] [KIND ...]
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from grade import make_class

from autograder.course import Course, read_notebook
from autograder.desk.demo import hand_in
from autograder.hooks import Sample
from autograder.marking.cells import grade_id, role
from backprop.sample import sample_class

SPIN = """
import os, time
for _ in range(22):
    if os.fork() == 0:
        while True:
            pass
"""
LAST = "zoe"
CALLED = re.compile(r"(def forward\(self.*?:\n)( +)", re.DOTALL)


def in_each(before: str, cells: dict[str, str]) -> dict[str, str]:
    """Put something at the end of each answer."""
    return {name: f"{source}\n{before}" for name, source in cells.items()}


def in_forward(line: str, cells: dict[str, str]) -> dict[str, str]:
    """Put a line at the beginning of every function that the tests call first."""
    return {name: CALLED.sub(rf"\1\2{line}\n\2", source) for name, source in cells.items()}


def in_first(text: str, cells: dict[str, str]) -> dict[str, str]:
    """Put something at the end of the first answer."""
    first = next(iter(cells))
    return cells | {first: f"{cells[first]}\n{text}"}


KINDS = {
    "an endless loop in every function that is called": lambda cells: in_forward("while True: pass", cells),
    "os._exit(75) in the first answer": lambda cells: in_first("import os; os._exit(75)", cells),
    "22 children that spin, and then right answers": lambda cells: in_first(SPIN, cells),
    "sleeps 55 s in each answer": lambda cells: in_each("import time; time.sleep(55)", cells),
    "sleeps 5 s in every function that is called": lambda cells: in_forward(
        "__import__('time').sleep(5)", cells
    ),
}


def graded(course: Course, jobs: int) -> tuple[float, str]:
    """Grade everything with the command; return its seconds and what it says of the worst one."""
    command = [
        sys.executable,
        "-m",
        "autograder",
        "grade",
        "--force",
        "--jobs",
        str(jobs),
        "--course",
        str(course.root),
    ]
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    return seconds, "\n".join(line for line in done.stdout.splitlines() if LAST in line)


def main() -> None:
    """Measure one after another."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("kinds", nargs="*", help="words that kinds begin with (default: all)")
    parser.add_argument("--assignment", default="02-modules")
    parser.add_argument("--honest", type=int, default=19)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        course = make_class(Path(name, "course"), options.assignment, options.honest)
        right = sample_class(course, options.assignment)[0].cells
        source = read_notebook(course.notebook(options.assignment)).cells
        exercises = [grade_id(cell) for cell in source if role(cell) == "exercise"]
        cells = {each: right[each] for each in exercises}
        graded(course, options.jobs)  # the solution sits its exam
        without, _ = graded(course, options.jobs)
        print(f"{without:6.1f} s without it", flush=True)
        for kind, made in KINDS.items():
            if options.kinds and not kind.startswith(tuple(options.kinds)):
                continue
            hand_in(course, options.assignment, Sample(LAST, kind, made(cells)))
            seconds, row = graded(course, options.jobs)
            print(f"{seconds:6.1f} s, {seconds - without:+.1f} s: {kind}\n{row}", flush=True)
            shutil.rmtree(course.place("submitted", options.assignment, LAST))
        without, _ = graded(course, options.jobs)
        print(f"{without:6.1f} s without it, once more", flush=True)


if __name__ == "__main__":
    main()
