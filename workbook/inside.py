"""This course's part inside the grader's sandbox: its messages, and pictures that need not be drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from workbook import display, operands, widgets
from workbook.widgets.canvas import Canvas
from workbook.widgets.ready import made_ahead


class Inside:
    """What the sandbox makes before the first submission; the grader calls it by these names."""

    def set_up(self, *, shell: Any) -> None:
        """Import what every notebook uses; an explorer isn't drawn until it is moved.

        Args:
            shell: runs the student's cells; it has the grader's `recogniser` of pictures.
        """
        import workbook.extension

        for name in workbook.offered():
            import_module(name)
        png = shell.recogniser.put_aside(Canvas.png, lambda canvas: None if canvas.drawn else canvas.figure)
        Canvas.png = png  # type: ignore[method-assign]

    def imported(self, *, names: Mapping[str, Any]) -> None:
        """Make the explorers of a notebook: they are the same for everybody, and take long to lay out.

        Args:
            names: what the notebook imports.
        """
        for name in names.keys() & set(widgets.__all__):
            if name.endswith("_explorer") and names[name] is getattr(widgets, name):
                setattr(widgets, name, made_ahead(names[name]))

    def explain(self, *, error: BaseException) -> Sequence[str]:
        """Return the lines that a student reads: the mistake as sentences."""
        return display.explain(type(error), error, error.__traceback__)

    def detail(self, *, error: BaseException) -> Any:
        """Return where the student's code stopped, and with which arrays, for a check of the grader's."""
        return operands.stop(error).to_plain()
