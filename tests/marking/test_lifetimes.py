"""Names that a test leaves behind are let go only where nobody would have missed them."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.marking.lifetimes import of_no_use_later
from autograder.marking.paper import Cell

LINES = (
    "{a} = 1",
    "{a} = {b}",
    "{a} = {b}, {c} = [{c}, 2]",
    "{a} += 1",
    "del {a}",
    "for {a} in [{b}, {b}]: {c} = {a}",
    "for {a} in []: {b} = 3",
    "while {a} is None: {b} = {a} = 4",
    "if {a} == 1: {b} = 5",
    "if {a} == 1:\n    {b} = 6\nelse:\n    {b} = {c}",
    "try:\n    {a} = {b}\nexcept NameError:\n    {a} = 7",
    "with suppress(NameError):\n    {a} = {b} + {c}\n{b} = {a}",
    "{a} = [{b} for {b} in (1, 2) if {c}]",
    "{a} = [{b} for {b} in [{b}]]",
    "{a} = {{{b}: {c} for {b} in (1, 2) for {c} in ({b}, 3)}}",
    "def {a}(): return {b}",
    "def {a}({b}={c}):\n    {c} = {b}\n    return {c}",
    "def {a}():\n    global {b}\n    {b} = {c}",
    "def {a}(): return [{b}() for {c} in (1, 2)]",
    "{a} = lambda {b}=1: ({b}, {c})",
    "{a} = {b}()",
    "class {a}:\n    {b} = 8\n    {c} = {b}\n    def get(self): return {c}",
    "({a} := {b})",
    "import math as {a}",
    "assert {a} is not {b}",
)
names = st.sampled_from("xyzuv")
lines = st.builds(
    lambda line, a, b, c: line.format(a=a, b=b, c=c), st.sampled_from(LINES), names, names, names
)
tests = st.lists(st.lists(lines, min_size=1, max_size=4).map("\n".join), min_size=2, max_size=5)


def cell(number: int, source: str) -> Cell:
    return Cell(f"t{number}", "code", source, "", locked=True, grade=True, points=1)


def outcomes(cells: tuple[Cell, ...], *, forget: bool) -> list[str]:
    """Run cells one after another, and say how each ended and what the names that it bound are then."""
    unread = of_no_use_later(cells) if forget else {}
    space: dict[str, Any] = {"suppress": contextlib.suppress}
    found = []
    for each in cells:
        try:
            exec(each.source, space)
            found.append("passed")
        except Exception as error:
            found.append(f"{type(error).__name__}: {error}")
        for name in unread.get(each.grade_id, ()):
            space.pop(name, None)
    return found


@given(tests)
def test_no_test_ends_otherwise_where_unread_names_are_gone(sources: list[str]) -> None:
    try:
        cells = tuple(cell(k, source) for k, source in enumerate(sources))
        for source in sources:
            compile(source, "<cell>", "exec")
    except SyntaxError:
        return
    assert outcomes(cells, forget=True) == outcomes(cells, forget=False)


def test_what_nobody_reads_is_let_go() -> None:
    cells = (
        cell(1, "kept = 1\nasked = [kept]\ndef helper(): return deep\ndeep = 2"),
        cell(2, "asked = [n for n in range(3)]\nfor n in asked: assert helper() == 2 and kept"),
        cell(3, "asked = 5\nassert asked == 5"),
    )
    assert of_no_use_later(cells) == {
        "t1": {"asked"},
        "t2": {"asked", "n"},
        "t3": {"asked"},
    }


@pytest.mark.parametrize(
    "line", ["globals()['a']", "eval('a')", "import __main__; __main__.a", "get_ipython().user_ns['a']"]
)
def test_where_any_name_may_be_asked_for_all_are_kept(line: str) -> None:
    assert of_no_use_later((cell(1, "a = 1"), cell(2, line))) == {}
