"""What is handed in becomes a notebook with the instructor's cells in place, or is refused in words."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from autograder.engine.wire.limits import Limits
from autograder.marking.paper import Cell, Paper
from autograder.marking.sanitise import Unreadable, read, restore

CELLS = (
    Cell("given", "code", "import math", "", True),
    Cell("answer", "code", "pass", "", False, solution=True),
    Cell("test", "code", "assert f(1) == 1", "", True, grade=True, points=2.0),
    Cell("why", "markdown", "Say why.", "", False, grade=True, solution=True, points=1.0),
)
PAPER = Paper("a", "n", CELLS)
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from([*(cell.grade_id for cell in CELLS), "unknown"])
cells = st.fixed_dictionaries(
    {
        "cell_type": st.sampled_from(["code", "markdown", "raw"]),
        "source": st.text(max_size=12) | st.lists(st.text(max_size=4), max_size=3),
        "metadata": st.fixed_dictionaries(
            {}, optional={"nbgrader": st.fixed_dictionaries({"grade_id": names}) | anything, "tags": anything}
        ),
    }
)


def outcome(data: bytes) -> str | dict[str, Any]:
    """The notebook, or why it is none."""
    try:
        return read(data, Limits())
    except Unreadable as error:
        return str(error)


@given(
    anything
    | st.fixed_dictionaries({"nbformat": st.just(4), "cells": st.lists(cells | anything, max_size=5)})
)
def test_anything_is_read_or_refused_in_one_sentence(thing: Any) -> None:
    result = outcome(json.dumps(thing).encode("utf-8", "surrogatepass"))
    if isinstance(result, str):
        assert result.startswith("not a notebook")
    else:
        assert all(isinstance(cell["source"], str) for cell in result["cells"])


@given(st.binary(max_size=40))
def test_bytes_are_no_notebook(noise: bytes) -> None:
    assert "notebook" in outcome(noise)


@given(st.lists(cells, max_size=8))
def test_the_instructors_cells_are_there_once_in_their_order_and_text(handed_in: list[Any]) -> None:
    data = json.dumps({"nbformat": 4, "metadata": {}, "cells": handed_in}).encode("utf-8", "surrogatepass")
    notebook = read(data, Limits())
    restore(notebook, PAPER)
    again = copy.deepcopy(notebook)
    known = {cell.grade_id: cell for cell in CELLS}
    ours = [cell for cell in notebook["cells"] if "nbgrader" in cell["metadata"]]
    found = [cell["metadata"]["nbgrader"]["grade_id"] for cell in ours]
    assert found == [name for name in known if name in found]
    assert {"given", "test", "why"} <= set(found)
    for cell in ours:
        cell_known = known[cell["metadata"]["nbgrader"]["grade_id"]]
        assert cell["cell_type"] == cell_known.cell_type
        assert cell["metadata"]["nbgrader"] == cell_known.metadata()
        assert not cell_known.locked or cell["source"].endswith(cell_known.source)
    assert restore(again, PAPER) == []
