"""What is handed in becomes a notebook with the instructor's cells in place, or is refused in words."""

from __future__ import annotations

import copy
import json
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.engine.wire.limits import Limits
from autograder.marking.paper import Cell, Paper
from autograder.marking.sanitise import Unreadable, lean, read, restore

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


@given(
    st.fixed_dictionaries(
        {"nbformat": st.sampled_from([3, 4, 4.0, "4"]), "cells": st.lists(cells | anything, max_size=4)},
        optional={
            "metadata": anything | st.just({"widgets": {"state": [1]}, "language_info": {"name": "R"}})
        },
    )
    | anything,
    anything,
)
def test_what_needs_not_travel_is_not_missed(thing: Any, outputs: Any) -> None:
    """Whatever is among the outputs, what is read stays the same, or why nothing is."""
    for number, cell in enumerate(thing.get("cells", ()) if isinstance(thing, dict) else ()):
        if isinstance(cell, dict):
            cell |= {"outputs": outputs, "id": f"cell-{number}", "attachments": {"a.png": {"image/png": "A"}}}
    data = json.dumps(thing).encode()
    for whole in (data, b"\xef\xbb\xbf" + data, data[:-1]):
        assert outcome(lean(whole)) == outcome(whole)


def test_pictures_of_outputs_do_not_travel() -> None:
    cell = {"cell_type": "code", "source": "plot()", "metadata": {}, "id": "a"}
    picture = {"output_type": "display_data", "metadata": {}, "data": {"image/png": 300_000 * "A"}}
    notebook = {"nbformat": 4, "metadata": {}, "cells": [cell | {"outputs": [picture]}]}
    assert len(lean(json.dumps(notebook).encode())) < 300


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


@pytest.mark.parametrize("depth", [250, 500, 900, 5000, 100_000])
@pytest.mark.parametrize(
    "place", ['"metadata": {{"a": {0}}}, "cells": []', '"metadata": {{}}, "cells": [{0}]']
)
def test_what_is_nested_too_deeply_is_refused_as_that(depth: int, place: str) -> None:
    data = "{" + '"nbformat": 4, ' + place.format("[" * depth + "]" * depth) + "}"
    assert outcome(data.encode()).startswith("not a notebook: its JSON is nested too deeply")  # type: ignore[union-attr]


ODD = (
    *(None, 3, "text", [], ["a", "a", "b,c", 4, ""], {}, {"name": "n"}, {"name": 3, "display_name": {}}),
    {"application/vnd.jupyter.widget-state+json": {"0a1b": {"model_name": "Slider"}}},
    {"name": "python", "version": 3, "codemirror_mode": 7, "pygments_lexer": ["x"]},
    *({"a.png": {"image/png": "aGk="}}, {"a.png": {"image/png": 3}}, {"a.png": "aGk="}),
)
NAMED = ("kernelspec", "language_info", "title", "widgets", "authors", "tags", "name", "jupyter")
odd = st.dictionaries(
    st.sampled_from(
        ["kernelspec", "language_info", "title", "widgets", "authors", "tags", "name", "jupyter"]
    ),
    st.sampled_from(ODD),
    max_size=4,
)
markdown = st.builds(
    lambda metadata, attached: {
        "cell_type": "markdown",
        "source": "",
        "metadata": metadata,
        "attachments": attached,
    },
    odd,
    st.sampled_from(ODD),
)


@given(odd, st.lists(markdown, max_size=3))
def test_no_metadata_can_break_a_page(metadata: Any, handed_in: list[Any]) -> None:
    """Whatever editors write there, what is read is a notebook to everybody who reads on."""
    data = json.dumps({"nbformat": 4, "metadata": metadata, "cells": handed_in}).encode(
        "utf-8", "surrogatepass"
    )
    notebook = read(data, Limits())
    nbformat.validate(nbformat.from_dict(notebook))  # type: ignore[no-untyped-call]
    assert set(notebook["metadata"]) <= {"kernelspec", "language_info"}
    assert all(isinstance(value, str) for part in notebook["metadata"].values() for value in part.values())


@given(st.lists(st.sampled_from(["pass", "return 1", "return 2"]), min_size=2, max_size=4))
def test_of_several_answers_under_one_name_the_last_that_was_written_counts(texts: list[str]) -> None:
    about = {"nbgrader": {"grade_id": "answer"}}
    cells = [{"cell_type": "code", "source": text, "metadata": about} for text in texts]
    notebook = read(json.dumps({"nbformat": 4, "cells": cells}).encode(), Limits())
    remarks = restore(notebook, PAPER)
    written = [text for text in texts if text != "pass"]
    (counts,) = [
        c["source"]
        for c in notebook["cells"]
        if c["metadata"].get("nbgrader", {}).get("grade_id") == "answer"
    ]
    assert counts == (written or texts)[-1]
    left = [c["source"] for c in notebook["cells"] if "nbgrader" not in c["metadata"]]
    assert "pass" not in left or not written, "a copy as released would undo the answer when it is run"
    assert sum("exists more than once" in remark for remark in remarks) == 1
