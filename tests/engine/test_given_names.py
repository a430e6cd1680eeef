"""A student's helper may have any name that given cells have for themselves: that costs no marks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from autograder.course import Course, repository
from autograder.desk.demo import hand_in, make_course, release
from autograder.desk.grade import How, grade
from backprop.reference import solution
from backprop.sample import sample_class
from backprop.trial import check_cells
from workbook.apart import bound_by
from workbook.clue_file import FILE, fingerprint

NAME = "02-modules"


def names_of_given_cells(course: Course) -> set[str]:
    """Names that released cells bind, each for itself: no other cell needs them."""
    about = json.loads((course.folder("release") / NAME / FILE).read_text(encoding="utf-8"))
    own: set[str] = set()
    shared: set[str] = set()
    for cell in solution(course, NAME).cells:
        if cell.cell_type == "code" and not cell.source.startswith("%"):
            mine = set(about["shown"].get(fingerprint(cell.source), ()))
            own |= mine
            shared |= bound_by(cell.source) - mine
    return own - shared


def test_helpers_with_the_names_of_given_cells_cost_nothing(tmp_path: Path) -> None:
    course = make_course(tmp_path)
    release(course, NAME)
    right = sample_class(course, NAME)[0]
    taken = sorted(names_of_given_cells(course))
    assert {"cost", "formula", "learner", "nudge", "step"} <= set(taken)
    helpers = "".join(f"def {name}(x):\n    return x\n\n\n" for name in taken)
    directive, _, answer = right.cells["linear"].partition("\n")
    answer = answer.replace("self.x = x", f"self.x = {'('.join(taken)}(x{')' * len(taken)}")
    hand_in(course, NAME, replace(right, cells={**right.cells, "linear": f"{directive}\n{helpers}{answer}"}))
    (row,) = grade(course, how=How(jobs=1))
    assert row.score == sum(points for points, _ in check_cells(solution(repository(), NAME)).values())
