"""What a failed check raises: an assertion whose message is written for the student."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbook import heat
from workbook.checks.words import sentences


class Found(IntEnum):
    """How much a failed check knows about the mistake, so that whoever knows more can speak first.

    A sentence that was made for one mistake of one exercise says more than a SYMPTOM, and mostly more than
    a CAUSE; a BREACH is certain, whatever else fits.
    """

    NOTHING = 0  # only the numbers: none of the usual mistakes computes them
    SYMPTOM = 1  # where or how it is wrong ("all is right but row 2", "the shape is wrong"), not why
    CAUSE = 2  # a usual mistake that computes exactly these numbers
    BREACH = 3  # what was seen to happen: an argument changed, None returned, two answers, a name missing


class CheckError(AssertionError):
    """A check that failed; `str()` of it is the whole explanation, at most twelve lines.

    It is put together from parts, in this order: the headline, the cause, the numbers. Each part is there on
    its own for whoever shows them in another way.

    Attributes:
        headline: what is wrong, in one sentence or a few ("Linear: the gradient of bias is wrong.").
        looks: the most likely mistake as a sentence, without "What it looks like:"; "" if none fits, and for
            a BREACH, whose headline says it.
        numbers: lines with the evidence: which entries, the worst one, expected and got.
        cause: the key of the most likely mistake (see `workbook.checks.causes`), or "" if none fits.
        found: how much is known about the mistake.
        heat: how wrong each entry of the gradient or value is, from 0 to 1, or None; a notebook draws it.
    """

    def __init__(
        self,
        headline: str,
        *,
        looks: str = "",
        numbers: Sequence[str] = (),
        cause: str = "",
        found: Found | None = None,
        heat: NDArray[np.float64] | None = None,
    ) -> None:
        said = [f"What it looks like: {looks}"] if looks else []
        super().__init__(sentences([*headline.split("\n"), *said, *numbers]))
        self.headline, self.looks, self.numbers = headline, looks, tuple(numbers)
        self.cause, self.heat = cause, heat
        if found is None:
            found = Found.NOTHING if not cause and not looks else Found.CAUSE if looks else Found.BREACH
        self.found = found

    def _repr_html_(self) -> str | None:
        """Draw where it is wrong, for whoever shows the error as a page; None if there is nothing to draw."""
        return heat.svg(self.heat) if self.heat is not None and self.heat.size else None

    def _render_traceback_(self) -> list[str]:
        """Show the message alone in IPython: the frames of the check say nothing about the mistake."""
        return str(self).split("\n")


class GradientError(CheckError):
    """A `backward` that disagrees with its own `forward`, or a module that breaks the contract."""


class ValueMismatch(CheckError):  # noqa: N818  (what happened, as in AssertionError's own voice)
    """A value that differs from the expected one."""


def kind_of(value: Any) -> str:
    """Describe a value's type and shape in a few words, for messages."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and type {value.dtype}"
    if value is None:
        return "None"
    article = "an" if type(value).__name__[0].lower() in "aeio" else "a"
    return f"{article} {type(value).__name__}"
