"""Every line that is drawn can be told from its white ground: 3 : 1, as WCAG asks of graphics.

A figure brings its ground with it, so that it is the same on a light and on a dark page.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import numpy as np
import pytest
from matplotlib import colors

from autograder.course import read_notebook, repository
from workbook import widgets

COURSE = repository()
LEAST = 3.0
HEX = re.compile(r"#[0-9A-Fa-f]{6}\b")
LINES = {
    "plot",
    "semilogx",
    "semilogy",
    "loglog",
    "axhline",
    "axvline",
    "stem",
    "errorbar",
    "step",
    "contour",
}
FILLS = {"#F4F4F4"}  # of boxes


def luminance(colour: object) -> float:
    """Return the relative luminance of sRGB (WCAG 2.2)."""
    parts = np.array(colors.to_rgb(colour))  # type: ignore[arg-type]
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(colour: object, alpha: float = 1.0) -> float:
    """Return the contrast of a colour, laid on white, with white."""
    seen = 1 - alpha * (1 - np.array(colors.to_rgb(colour)))  # type: ignore[arg-type]
    return 1.05 / (luminance(seen) + 0.05)


def cells(assignment: str) -> Iterator[str]:
    for cell in read_notebook(COURSE.notebook(assignment)).cells:
        if cell.cell_type == "code" and not cell.source.startswith("%"):
            yield cell.source


def palette(assignment: str) -> set[str]:
    return set(HEX.findall("\n".join(cells(assignment)))) - FILLS


def veiled(source: str) -> Iterator[tuple[str, float]]:
    """Yield (call, alpha) of each call that draws a line that lets the ground through."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LINES:
            for keyword in node.keywords:
                if keyword.arg == "alpha" and isinstance(keyword.value, ast.Constant):
                    yield ast.unparse(node), float(keyword.value.value)


@pytest.mark.parametrize("assignment", COURSE.assignments())
def test_lines_stand_out_from_the_ground_in_each_notebook(assignment: str) -> None:
    pale = [colour for colour in palette(assignment) if contrast(colour) < LEAST]
    assert not pale, f"{pale} on white: less than 3 : 1"
    for source in cells(assignment):
        for call, alpha in veiled(source):
            own = re.search(r"color=['\"](\w+)['\"]", call)
            for colour in [own[1]] if own else palette(assignment):
                assert contrast(colour, alpha) >= LEAST, f"{call}: {colour} is too pale so"


@pytest.mark.parametrize("make", [getattr(widgets, name) for name in widgets.__all__ if "_explorer" in name])
def test_lines_stand_out_from_the_ground_in_each_explorer(make: object) -> None:
    figure = make()._canvas.figure  # type: ignore[operator]
    assert contrast(figure.get_facecolor()[:3]) == 1, "white"
    for ax in figure.axes:
        written = [text for text in ax.texts if text.get_text()]
        for line in [*ax.lines, *([] if ax.images else written)]:  # in a table each colour has its own
            assert contrast(line.get_color(), line.get_alpha() or 1.0) >= LEAST, line
        for patch in ax.patches:
            if patch.get_linewidth() and patch.get_edgecolor()[3] > 0:
                *colour, alpha = patch.get_edgecolor()
                filled = patch.get_fill() and patch.get_facecolor() == patch.get_edgecolor()
                assert filled or contrast(colour, alpha) >= LEAST, patch


def test_a_colour_that_is_too_pale_is_noticed() -> None:
    assert contrast("#E69F00") == pytest.approx(2.25, abs=0.01)
    assert contrast("#0072B2", 0.5) < LEAST < contrast("#0072B2")
    assert contrast("black") == pytest.approx(21)
    assert list(veiled("ax.plot(x, y, alpha=0.5)\nax.fill_between(x, y, alpha=0.1)")) == [
        ("ax.plot(x, y, alpha=0.5)", 0.5)
    ]
