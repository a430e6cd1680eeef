"""How long an instructor waits for the first mark: from the command to the first submission in the gradebook.

Warm: the solution has sat its exam in an earlier run. Cold: nothing is known of the assignment. Another
checkout of this repository, with an environment of its own in .venv, can be measured in turn, on a class that
it has made itself.

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

HERE = Path(__file__).resolve().parents[1]
GRADE = "from autograder.__main__ import main; main()"
MAKE = """
import sys
from pathlib import Path
sys.path.insert(0, "benchmarks")
from grade import make_class
make_class(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
"""


def python(checkout: Path) -> tuple[str, dict[str, str]]:
    """Return a checkout's own Python, and the environment in which it imports that checkout."""
    own = checkout / ".venv" / "bin" / "python"
    here = checkout == HERE or not own.exists()
    return sys.executable if here else str(own), {**os.environ, "PYTHONPATH": str(checkout)}


def make(checkout: Path, folder: Path, assignment: str, size: int) -> Path:
    """Make a class with a checkout's own benchmark, and return its folder."""
    program, environment = python(checkout)
    command = [program, "-c", MAKE, str(folder), assignment, str(size)]
    subprocess.run(command, env=environment, cwd=checkout, check=True, stdout=subprocess.DEVNULL)
    return folder


def first_mark(root: Path, assignment: str, checkout: Path) -> float:
    """Grade a class; return the seconds until the first submission was written down, and stop there."""
    ledger = root / ".autograder" / assignment
    shutil.rmtree(root / "autograded", ignore_errors=True)
    for entry in ledger.glob("s*.json"):
        entry.unlink()
    program, environment = python(checkout)
    command = [program, "-c", GRADE, "grade", "--course", str(root)]
    start = time.perf_counter()
    with subprocess.Popen(command, env=environment, cwd=root, stdout=subprocess.DEVNULL) as run:
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
            roots = {
                which: make(checkout, Path(name) / which, options.assignment, size)
                for which, checkout in checkouts.items()
            }
            for kind in ("cold", "warm"):
                took: dict[str, list[float]] = {which: [] for which in checkouts}
                for run in range(options.runs + (kind == "warm")):
                    for which, root in roots.items():
                        if kind == "cold":
                            shutil.rmtree(root / ".autograder", ignore_errors=True)
                        seconds = first_mark(root, options.assignment, checkouts[which])
                        if run or kind == "cold":  # the first warm run follows a cold one that was stopped
                            took[which].append(seconds)
                line = ", ".join(
                    f"{which} {statistics.median(seconds):.2f} s (least {min(seconds):.2f})"
                    for which, seconds in took.items()
                )
                if options.other:
                    pairs = [a / b for a, b in zip(took["this"], took["other"], strict=True)]
                    line += f"; ratio {statistics.median(pairs):.2f}"
                print(f"{size:5d} submissions, {kind}: first mark after {line}", flush=True)


if __name__ == "__main__":
    main()
