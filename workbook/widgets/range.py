"""A slider that everybody can use: the browser's own range input, with a name and its value in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import anywidget
import traitlets

_SCRIPT = """
function render({ model, el }) {
  const label = document.createElement("label");
  const input = document.createElement("input");
  const output = document.createElement("output");
  label.append(model.get("description"), input);
  input.type = "range";
  input.min = 0;
  input.max = model.get("texts").length - 1;
  output.setAttribute("aria-live", "off");
  function show() {
    input.value = model.get("position");
    output.textContent = model.get("text");
    input.setAttribute("aria-valuetext", model.get("text"));
  }
  input.addEventListener("input", () => {
    const position = Number(input.value);
    model.set("position", position);
    model.set("text", model.get("texts")[position]);
    model.save_changes();
    show();
  });
  model.on("change:position", show);
  model.on("change:text", show);
  el.classList.add("workbook-range");
  input.dataset.lmSuppressShortcuts = "true"; // arrow keys are shortcuts of JupyterLab's, too
  el.append(label, output);
  show();
}
export default { render };
"""
_STYLE = """
.workbook-range { display: inline-flex; align-items: center; gap: 8px; margin: 2px 12px 2px 2px;
  font-family: var(--jp-ui-font-family, sans-serif); font-size: var(--jp-ui-font-size1, 13px);
  color: var(--jp-ui-font-color1, inherit); }
.workbook-range label { display: inline-flex; align-items: center; gap: 8px; }
.workbook-range input { width: 170px; accent-color: var(--jp-brand-color1, #0072B2); }
.workbook-range output { min-width: 4em; font-variant-numeric: tabular-nums; }
"""


class Range(anywidget.AnyWidget):
    """A native range input over given values; arrow keys, Home, End and Page keys move it.

    Args:
        description: what is set, in a few words: the input's label.
        value: where it stands; any number, the handle goes to the nearest of `values`.
        values: what the positions stand for, in ascending order.
        digits: how a value is written, as for `format`: beside the input, and read out by a screen reader.

    Attributes:
        value: what it is set to; observe it, or set it.
    """

    _esm = _SCRIPT
    _css = _STYLE
    description = traitlets.Unicode().tag(sync=True)
    position = traitlets.Int().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    texts = traitlets.List(traitlets.Unicode()).tag(sync=True)
    value: Any = traitlets.Any()

    def __init__(self, description: str, value: float, values: Sequence[float], digits: str) -> None:
        self._values, self._digits = list(values), digits
        texts = [format(each, digits) for each in self._values]
        super().__init__(description=description, texts=texts, value=value)

    @traitlets.observe("value")
    def _place(self, change: Any) -> None:
        self.text = format(change.new, self._digits)
        self.position = self._nearest()

    @traitlets.observe("position")
    def _moved(self, change: Any) -> None:
        if change.new != self._nearest():  # by hand; `value` moves the handle itself
            self.value = self._values[change.new]

    def _nearest(self) -> int:
        return min(range(len(self._values)), key=lambda k: abs(self._values[k] - self.value))
