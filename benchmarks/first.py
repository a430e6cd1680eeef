"""How long an instructor waits for the first mark: from the command to the first submission in the gradebook.

Warm: the solution has sat its exam in an earlier run. Cold: nothing is known of the assignment. Another
checkout of this repository can be measured in turn (its dependencies have to be those of this environment).

    python benchmarks/first.py [--submissions 1 100] [--runs 5] [--other DIR]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from grade import make_class

from autograder.course import Course

HERE = Path(__file__).resolve().parents[1]


def first_mark(course: Course, assignment: str, checkout: Path) -> float:
    """Grade a class; return the seconds until the first submission was written down, and stop there."""
    ledger = course.root / ".autograder" / assignment
    shutil.rmtree(course.folder("autograded"), ignore_errors=True)
    for entry in ledger.glob("s*.json"):
        entry.unlink()
    command = [sys.executable, "-c", "from autograder.__main__ import main; main()", "grade", "--course"]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    start = time.perf_counter()
    with subprocess.Popen(
        [*command, str(course.root)], env=environment, cwd=course.root, stdout=subprocess.DEVNULL
    ) as run:
        while not any(ledger.glob("s*.json")):
            if run.poll() is not None:
                sys.exit("grading ended without a mark")
            time.sleep(0.005)
        took = time.perf_counter() - start
        run.terminate()
    return took


def main() -> None:
    """Measure cold and warm, each checkout in turn."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--assignment", default="02-modules")
    parser.add_argument("--submissions", type=int, nargs="*", default=[1, 100])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--other", type=Path)
    options = parser.parse_args()
    checkouts = {"this": HERE, **({"other": options.other.resolve()} if options.other else {})}
    for size in options.submissions:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
            made = make_class(Path(name) / "class", options.assignment, size)
            courses = {
                which: Course(Path(shutil.copytree(made.root, Path(name) / which))) for which in checkouts
            }
            for kind in ("cold", "warm"):
                took: dict[str, list[float]] = {which: [] for which in checkouts}
                for run in range(options.runs + (kind == "warm")):
                    for which, course in courses.items():
                        if kind == "cold":
                            shutil.rmtree(course.root / ".autograder", ignore_errors=True)
                        seconds = first_mark(course, options.assignment, checkouts[which])
                        if run or kind == "cold":  # the first warm run follows a cold one that was stopped
                            took[which].append(seconds)
                middle = {which: statistics.median(seconds) for which, seconds in took.items()}
                line = f"{size:5d} submissions, {kind}: first mark after {middle['this']:.2f} s"
                if options.other:
                    pairs = [a / b for a, b in zip(took["this"], took["other"], strict=True)]
                    line += f"; other {middle['other']:.2f} s, ratio {statistics.median(pairs):.2f}"
                print(line, flush=True)


if __name__ == "__main__":
    main()
