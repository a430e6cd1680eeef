"""What a clue costs at the desk: each exercise's probe put to every known mistake, and the marks compared.

Prints the processor time of the slowest mistake of each exercise, how much of it ran in the student's cell,
and what the rest is of 0.3 s: a probe can't be faster than the code that it runs.
"""

from __future__ import annotations

import cProfile
import pstats
import time
from collections.abc import Callable, Mapping
from typing import Any

from autograder.course import repository
from backprop.mistakes import banks
from backprop.reference import exported, namespace
from backprop.signing import Signed, signed
from backprop.trial import reference_on_path
from workbook.probe import run

LIMIT = 0.3  # seconds, for all that isn't the student's own code
CELLS = ("<0", "<1")  # how the names of cells begin: "<07-autograd: tape>"


def asking(each: Signed, names: Mapping[str, Any]) -> Callable[[], object]:
    """Return what asks for a clue."""
    return lambda: each.signs.recognise(run(each.exercise.probe, names) or [])


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of the faster of two runs."""
    taken = []
    for _ in range(2):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def share_of_cells(work: Callable[[], object]) -> float:
    """Return how much of a run's time passes in functions of cells, and in what they call."""
    profile = cProfile.Profile()
    profile.runcall(work)
    stats = pstats.Stats(profile)
    own = 0.0
    for (file, _, _), (_, _, _, _, callers) in stats.stats.items():  # type: ignore[attr-defined]
        if file.startswith(CELLS):
            own += sum(
                row[3] for (caller, _, _), row in callers.items() if not caller.startswith(CELLS)
            )  # cumulative, of calls that come from outside
    return min(1.0, own / max(stats.total_tt, 1e-9))  # type: ignore[attr-defined]


def main() -> None:
    course, rows = repository(), []
    with reference_on_path(course):
        for assignment in banks():
            answers = exported(course, assignment)
            for each in signed(course, assignment):
                cell = each.exercise.cell
                asked = [
                    asking(each, namespace(course, assignment, {cell: variant.apply(answers[cell])}))
                    for variant in each.exercise.wrong
                ]
                taken, slowest = max((seconds(work), place) for place, work in enumerate(asked))
                rows.append((taken, share_of_cells(asked[slowest]), f"{assignment}: {cell}"))
    rows.sort(reverse=True)
    print(f"{'exercise':<40} {'a clue':>10} {'of it in the answer':>20} {'the rest, of 0.3 s':>19}")
    for taken, share, name in rows[:8]:
        print(f"{name:<40} {1e3 * taken:>7.1f} ms {share:>20.0%} {taken * (1 - share) / LIMIT:>19.0%}")
    print(f"median of {len(rows)} exercises: {1e3 * rows[len(rows) // 2][0]:.1f} ms")


if __name__ == "__main__":
    main()
