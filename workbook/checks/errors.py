"""What a failed check raises: an assertion whose message is written for the student."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class CheckError(AssertionError):
    """A check that failed; `str()` of it is the whole explanation, at most twelve lines.

    Attributes:
        cause: the key of the most likely mistake (see `workbook.checks.causes`), or "" if none fits.
        heat: how wrong each entry of the gradient or value is, from 0 to 1, or None; a notebook draws it.
    """

    def __init__(self, message: str, *, cause: str = "", heat: NDArray[np.float64] | None = None) -> None:
        super().__init__(message)
        self.cause = cause
        self.heat = heat

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
