"""How long an instructor waits for the first mark: from the command to the first submission in the gradebook.

Warm: the class has been graded before. Released: the assignment has been released here, so that its solution
has sat the exam. Unknown: nothing is known of the assignment, as where it was released on another machine.
Another checkout of this repository, older and with an environment of its own in .venv, can be measured in
turn, on the class that it has made: the same notebooks and submissions.

    python benchmarks/first.py [--submissions 1 100] [--runs 5] [--other DIR]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
GRADE = """
try:
    from autograder.__main__ import main
except ImportError:  # an older checkout
    from autograder.cli import main
main()
"""
LEDGER, RELEASED = ".autograder", ".released"
PATIENCE = 10.0  # seconds for a run that was stopped to end all that it began
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


def adopt(folder: Path, to: Path, assignment: str) -> Path:
    """Release another checkout's class with this one, in a folder of its own, which is returned."""
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns(LEDGER))
    shutil.copy(HERE / "nbgrader_config.py", to)
    program, environment = python(HERE)
    command = [program, "-m", "nbgrader", "generate_assignment", assignment, "--force"]
    subprocess.run(command, env=environment, cwd=to, check=True, capture_output=True)
    return to


def set_back(root: Path, kind: str) -> None:
    """See to it that as much is known of a class as a kind of run wants."""
    if kind != "warm":
        shutil.rmtree(root / LEDGER, ignore_errors=True)
    if kind == "released" and (root / RELEASED).is_dir():
        shutil.copytree(root / RELEASED, root / LEDGER)


def first_mark(root: Path, assignment: str, checkout: Path) -> float:
    """Grade a class; return the seconds until the first submission was written down, and stop there."""
    ledger = root / LEDGER / assignment
    shutil.rmtree(root / "autograded", ignore_errors=True)
    for entry in ledger.glob("s*.json"):
        entry.unlink()
    program, environment = python(checkout)
    command = [program, "-c", GRADE, "grade", "--course", str(root)]
    start = time.perf_counter()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}  # it is stopped on the way
    with subprocess.Popen(command, env=environment, cwd=root, start_new_session=True, **quiet) as run:
        while not any(ledger.glob("s*.json")):
            if run.poll() is not None:
                sys.exit("grading ended without a mark")
            time.sleep(0.005)
        took = time.perf_counter() - start
        run.terminate()
    until = time.perf_counter() + PATIENCE
    with contextlib.suppress(ProcessLookupError):  # the next one has the machine to itself
        while time.perf_counter() < until:
            os.killpg(run.pid, 0)
            time.sleep(0.005)
    return took


def main() -> None:
    """Measure each kind, each checkout in turn."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--assignment", default="02-modules")
    parser.add_argument("--submissions", type=int, nargs="*", default=[1, 100])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--other", type=Path)
    options = parser.parse_args()
    checkouts = {"this": HERE, **({"other": options.other.resolve()} if options.other else {})}
    for size in options.submissions:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
            maker = list(checkouts)[-1]
            roots = {maker: make(checkouts[maker], Path(name) / maker, options.assignment, size)}
            if options.other:
                adopted = adopt(roots[maker], Path(name) / "this", options.assignment)
                roots = {"this": adopted, **roots}
            for root in roots.values():
                if (root / LEDGER).is_dir():
                    shutil.copytree(root / LEDGER, root / RELEASED)
            for kind in ("unknown", "released", "warm"):
                took: dict[str, list[float]] = {which: [] for which in checkouts}
                for run in range(options.runs + (kind == "warm")):
                    for which, root in roots.items():
                        set_back(root, kind)
                        seconds = first_mark(root, options.assignment, checkouts[which])
                        if run or kind != "warm":  # the first warm run follows one that was stopped
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
