"""What a notebook imports: gradient checks, export into `mynn`, drawings, widgets, data."""

from typing import Any

from workbook.ask import ask_each, read_each
from workbook.checks import GradientError, ValueMismatch, check_close, check_gradients
from workbook.draw import draw_graph
from workbook.module import Container, Module
from workbook.secret_questions import questions
from workbook.seeds import examiner_rng
from workbook.standing import Progress, progress

__all__ = [
    "Container",
    "GradientError",
    "Module",
    "Progress",
    "ValueMismatch",
    "ask_each",
    "check_close",
    "check_gradients",
    "draw_graph",
    "examiner_rng",
    "load_ipython_extension",
    "progress",
    "questions",
    "read_each",
]


def load_ipython_extension(shell: Any) -> None:
    """Run by `%load_ext workbook`."""
    from workbook import extension

    extension.load(shell)
