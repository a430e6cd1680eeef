"""What the solutions' own exams say to the instructor: one line for each thing to know of an assignment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from autograder.marking.paper import Paper
from autograder.marking.standing import Standing

NAMED = 5  # tests that one line names


def remarks_on(paper: Paper, standing: Standing) -> Iterator[str]:
    """Yield what an instructor should know of a notebook's tests; nothing if all is well."""
    tests = sum(cell.tests for cell in paper.cells)
    if standing.inside:
        yield (
            f"{paper.notebook}: {standing.out_of_reach(tests)}. The solution passes the others in its own "
            f"process only, so they are asked there, as nbgrader does: {_listed(standing.inside)}"
        )
    if standing.failing:
        yield (
            f"{paper.notebook}: the solution itself fails {len(standing.failing)} of {tests} tests. Nobody "
            f"gets a zero for these; they wait for a person: {_listed(standing.failing)}"
        )
    for trouble in standing.troubles:
        yield f"{paper.notebook}: {trouble}"


def refused(paper: Paper, standing: Standing) -> str:
    """Return why `--strict` grades nothing of an assignment, or ""."""
    reachable = {**standing.inside, **standing.failing}
    if not reachable:
        return ""
    return (
        f"skipped: --strict, and {paper.notebook} has tests that can't be asked from outside the student's "
        f"process: {_listed(reachable)}"
    )


def _listed(tests: Mapping[str, str]) -> str:
    shown = [f"{name} ({why})" if why else name for name, why in list(tests.items())[:NAMED]]
    return ", ".join(shown) + (f", and {len(tests) - NAMED} more" if len(tests) > NAMED else "")
