"""Tables for spreadsheets: no name in them computes anything, or hides what it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.desk.spreadsheet import no_formula


@pytest.mark.parametrize("name", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "=cmd|' /C calc'!A0", "-x"])
def test_no_name_is_a_formula(name: str) -> None:
    assert str(no_formula(name)).startswith("'")


@pytest.mark.parametrize("cell", ["ada", "-", "", "-1.5", 2.5, None, "a=b", "O'Brien, Zoë", "two\nlines"])
def test_everything_else_is_as_it_was(cell: object) -> None:
    assert no_formula(cell) == cell


@given(st.text())
def test_nothing_moves_the_cursor_or_turns_the_text_round(text: str) -> None:
    shown = str(no_formula(text))
    assert not set(shown) & set("\x1b\u202e\u2066\u200f\x07\x00\x08")
