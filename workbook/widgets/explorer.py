"""What every explorer is: controls, a figure, a read-out in words, a reset, and a version for paper."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

import ipywidgets as widgets
from IPython.display import display

from workbook.widgets.canvas import DPI, Canvas
from workbook.widgets.range import Range

# The paper version steps aside wherever a live explorer stands in the same output area.
_STYLE = """<style>.jp-OutputArea:has(.workbook-explorer) .workbook-static { display: none; }
.workbook-static img { max-width: 100%; } .workbook-static figcaption { font-size: 0.9em; }</style>"""

# whether explorers are drawn when they are shown, rather than when they are made
WAITS: ContextVar[bool] = ContextVar("WAITS", default=False)


class Explorer:
    """A figure that follows its controls.

    Args:
        title: what is explored, in a few words.
        controls: name -> ipywidgets control; their present values are the default state.
        canvas: the figure.
        update: takes the controls' values by name, changes the figure, returns the read-out: one or two
            sentences that say what the figure shows.
        alt: what kind of figure this is, for readers who don't see it; the read-out follows it.

    Attributes:
        controls: the controls, by name; setting ``controls[name].value`` works as moving the control.
        image: the widget that shows the figure.
        readout: the widget that says it in words (a live region: screen readers announce its changes).
        reset: the button that brings the default state back.
    """

    def __init__(
        self,
        title: str,
        controls: Mapping[str, Any],
        canvas: Canvas,
        update: Callable[..., str],
        alt: str,
    ) -> None:
        self.title, self.controls, self.alt = title, dict(controls), alt
        self._canvas, self._update = canvas, update
        self._defaults = {name: control.value for name, control in self.controls.items()}
        self._resetting = False
        self._width = round(canvas.figure.get_figwidth() * DPI)  # on the page
        layout = widgets.Layout(width=f"{self._width}px", max_width="100%")
        self.image = widgets.Image(format="png", layout=layout)
        self.readout = widgets.HTML()
        self.reset = widgets.Button(
            description="Reset", tooltip=f"Bring back the default state of: {title}", icon="undo"
        )
        self.reset.on_click(lambda _: self.restore())
        for control in self.controls.values():
            control.observe(self._follow, names="value")
        self.words, self._static, self._static_words = "", b"", ""
        if not WAITS.get():
            self.draw()
        head = widgets.HTML(f"<strong>{html.escape(title)}</strong>")
        row = widgets.Layout(flex_flow="row wrap", align_items="center")
        self.box = widgets.VBox(
            [head, widgets.Box([*self.controls.values(), self.reset], layout=row), self.image, self.readout]
        )
        self.box.add_class("workbook-explorer")

    def draw(self) -> None:
        """Draw the default state, for paper too, unless that was done."""
        if not self._static:
            self._static = self.redraw()
            self._static_words = self.words

    def redraw(self) -> bytes:
        """Draw the present state, show it, say it, and return the PNG."""
        values = {name: control.value for name, control in self.controls.items()}
        self.words = self._update(**values)
        png = self._canvas.png()
        self.image.value = png
        self.readout.value = (
            f'<div role="status" aria-live="polite" aria-atomic="true">{html.escape(self.words)}</div>'
        )
        return png

    def restore(self) -> None:
        """Bring every control back to its default, with one redraw."""
        self._resetting = True
        try:
            for name, value in self._defaults.items():
                self.controls[name].value = value
        finally:
            self._resetting = False
        self.redraw()

    def _follow(self, _change: Any) -> None:
        if not self._resetting:
            self.redraw()

    def static(self) -> dict[str, str]:
        """Return the default state for paper and export: HTML with alt text, PNG, plain words."""
        self.draw()
        encoded = base64.b64encode(self._static).decode()
        alt = html.escape(f"{self.alt} {self._static_words}")
        figure = (
            f'<figure class="workbook-static"><img alt="{alt}" width="{self._width}" '
            f'src="data:image/png;base64,{encoded}">'
            f"<figcaption>{html.escape(self._static_words)}</figcaption></figure>"
        )
        return {"text/html": _STYLE + figure, "image/png": encoded, "text/plain": self._static_words}

    def _ipython_display_(self) -> None:
        display(self.box)  # type: ignore[no-untyped-call]
        about = {"image/png": {"alt": self.alt, "width": self._width}}
        display(self.static(), raw=True, metadata=about)  # type: ignore[no-untyped-call]


def slider(
    description: str, value: float, low: float, high: float, step: float, digits: str = ".1f"
) -> Range:
    """Return a slider for a real number; arrow keys move it by `step`."""
    return Range(description, value, _grid(low, high, step), digits)


def whole_slider(description: str, value: int, low: int, high: int) -> Range:
    """Return a slider for a whole number."""
    return Range(description, value, range(low, high + 1), "d")


def log_slider(description: str, value: float, low: float, high: float, step: float, digits: str) -> Range:
    """Return a slider over powers of ten: `low`, `high` and `step` are exponents."""
    return Range(description, value, [10.0**exponent for exponent in _grid(low, high, step)], digits)


def _grid(low: float, high: float, step: float) -> list[float]:
    return [round(low + k * step, 10) for k in range(round((high - low) / step) + 1)]


def choice(description: str, value: str, options: list[str]) -> Any:
    """Return a drop-down list."""
    if value not in options:
        raise ValueError(f"{description} can be {', '.join(options)}; not {value!r}.")
    return widgets.Dropdown(value=value, options=options, description=description, **_ROOM)


_ROOM: dict[str, Any] = {"style": {"description_width": "initial"}}
