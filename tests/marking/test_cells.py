"""What cells are, and which lines of a test are hidden: nbgrader's own rule."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.preprocessors import ClearHiddenTests

from autograder.marking.cells import Hidden, grade_id, role

MARKED = ["x = 1", "    ### BEGIN HIDDEN TESTS", "# END HIDDEN TESTS # too", "", "assert x"]
LINES = st.lists(st.sampled_from(MARKED))


def cell(kind: str = "code", **facts: Any) -> dict[str, Any]:
    return {"cell_type": kind, "metadata": {"nbgrader": {"grade_id": "one", **facts}}, "source": ""}


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (cell(grade=True, locked=True), "test"),
        (cell(grade=True, locked=False), "test"),
        (cell(solution=True), "exercise"),
        (cell(grade=True, solution=True), "answer"),
        (cell("markdown", grade=True, solution=True), "answer"),
        (cell("markdown", task=True), "answer"),
        (cell(locked=True), "given"),
        (cell(), "student"),
        ({"cell_type": "code", "metadata": {}, "source": ""}, "student"),
        ({"cell_type": "code", "metadata": {"nbgrader": "torn"}, "source": ""}, "student"),
    ],
)
def test_a_cell_has_one_role(what: dict[str, Any], expected: str) -> None:
    assert role(what) == expected


def test_a_cell_without_a_name_has_none() -> None:
    assert grade_id(cell()) == "one"
    assert grade_id({"cell_type": "code", "metadata": {}, "source": ""}) == ""


@given(LINES)
def test_students_get_what_nbgrader_gives_them(lines: list[str]) -> None:
    source = "\n".join(lines)
    theirs = nbformat.v4.new_code_cell(source)  # type: ignore[no-untyped-call]
    hidden = Hidden()
    try:
        ClearHiddenTests()._remove_hidden_test_region(theirs)
    except RuntimeError:  # one part inside another, or without an end: nbgrader refuses to release it
        return
    assert hidden.without(source) == theirs.source
    shown = [line for n, line in enumerate(lines, 1) if n not in hidden.lines(source)]
    assert "\n".join(shown) == theirs.source, "and says of each line whether it is hidden"


def test_a_course_may_have_marks_of_its_own() -> None:
    hidden = Hidden("BEGIN SECRET", "END SECRET")
    assert hidden.without("a\n# BEGIN SECRET\nb\n# END SECRET\nc") == "a\nc"
    assert hidden.lines("### BEGIN HIDDEN TESTS\na") == frozenset()
