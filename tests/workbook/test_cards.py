"""The card of a check: the cause comes first, nothing is lost, and it can be read on light and on dark."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from workbook import cards, heat
from workbook.checks.errors import CheckError, GradientError
from workbook.clues import Clue
from workbook.known import known_mistake

ERROR = GradientError(
    "Linear: the gradient of bias is wrong.",
    looks="every entry is 1/4 of what it should be.",
    numbers=['Linear.grads["bias"], shape (3,): 3 of 3 entries.', "worst entry [1]: expected 2, got 0.5"],
    heat=np.array([0.75, 0.0, 0.2]),
)


def words(page: str) -> str:
    """The text of a card, without its style and marks."""
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL).split())


def test_a_card_of_a_failure_says_the_cause_first_and_folds_the_numbers() -> None:
    page = cards.failed("Linear.backward · 2 points", ERROR, [], "")["text/html"]
    said = words(page)
    order = ["Linear.backward · 2 points", "Every entry is 1/4", "the gradient of bias", "worst entry [1]"]
    assert [said.index(each) for each in order] == sorted(said.index(each) for each in order)
    folded = page.split("<details>")[1]
    assert "3 of 3 entries" in folded
    assert "worst entry" not in folded
    assert "hint" not in page


def test_a_known_mistake_takes_the_causes_place() -> None:
    clue = Clue("linear", "bias-averaged", "The bias is averaged <b> over the `batch`.")
    page = cards.failed("", known_mistake(clue, ERROR, []), [], "<p>Add up.</p>")["text/html"]
    assert "The bias is averaged &lt;b&gt; over the <code>batch</code>." in page
    assert "1/4" not in page
    assert "Would a hint help?</summary><p>Add up.</p>" in page


def test_what_no_check_raised_is_shown_too() -> None:
    lines = ["Linear.backward, line 3:", "    x @ x", "ValueError: the shapes don't fit."]
    said = words(cards.failed("Linear", ValueError("..."), lines, "")["text/html"])
    assert said.index("the shapes don't fit") < said.index("line 3")


def test_a_card_of_a_pass_has_its_text_and_what_is_to_do() -> None:
    card = cards.passed("ReLU · 1 point", "All 4 values agree.", ["f uses t, which only your notebook has."])
    assert card["text/plain"].split("\n") == [
        "ReLU · 1 point: passed",
        "All 4 values agree.",
        "f uses t, which only your notebook has.",
    ]
    assert words(card["text/html"]).startswith("✓ ReLU · 1 point All 4 values agree. f uses t")


@pytest.mark.parametrize("shape", [(1,), (7,), (3, 4), (2, 3, 4), (90, 120)])
def test_a_heat_map_has_a_cell_an_entry_axes_and_a_legend(shape: tuple[int, ...]) -> None:
    wrong = np.zeros(shape)
    wrong.flat[0] = 0.01
    picture = ET.fromstring(heat.svg(wrong))
    rows, columns = min(40, int(np.prod(shape[:-1]))), min(40, shape[-1])
    cells = picture.findall(".//{*}rect")
    assert len(cells) == rows * columns + 2
    assert sum(cell.get("fill") == heat.WRONG for cell in cells) == 2, (
        "the one that is wrong, and the legend's"
    )
    texts = {text.text for text in picture.findall(".//{*}text")}
    assert {"right", "wrong"} < texts
    assert any(str(shape[-1] - 1) in str(text) for text in texts)
    assert f"1 of {wrong.size} entries" in str(picture.get("aria-label"))
    width, height = float(str(picture.get("width"))), float(str(picture.get("height")))
    assert all(float(str(c.get("x"))) + 10 <= width and float(str(c.get("y"))) + 10 <= height for c in cells)


def test_nothing_has_a_colour_that_only_one_theme_shows() -> None:
    page = cards.failed("Linear", ERROR, [], "")["text/html"] + cards.passed("Linear", "", [])["text/html"]
    assert set(re.findall(r"#[0-9A-Fa-f]{6}\b", page)) == {"#D55E00", "#009E73"}
    assert isinstance(ERROR, CheckError)
