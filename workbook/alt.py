"""A cell's `#| fig-alt: ...` line becomes its figures' alt text, in JupyterLab and in exports."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

LINE = re.compile(r"#\|\s*fig-alt:\s*(.+)")


def alt_of(cell: str) -> str:
    """Return what a cell's first line says about its figures; empty if it says nothing."""
    match = LINE.match(cell.lstrip("\n"))
    return match[1].strip() if match else ""


class FigureWords:
    """Holds the running cell's words, and gives them to each figure that the cell shows."""

    def __init__(self) -> None:
        self.words = ""

    def before_cell(self, info: Any) -> None:
        """Read the cell that is about to run (IPython's `pre_run_cell`)."""
        self.words = alt_of(info.raw_cell or "")

    def on_display(self, message: dict[str, Any]) -> dict[str, Any]:
        """Add to a shown PNG the same picture as HTML, with alt text (a hook of the display publisher).

        nbconvert takes a PNG's alt text from its metadata; JupyterLab shows a PNG without any, HTML with it.
        """
        content = message.get("content", {})
        data = content.get("data", {})
        if self.words and "image/png" in data and "text/html" not in data:
            about = content.setdefault("metadata", {}).setdefault("image/png", {})
            width = f' width="{about["width"]}"' if "width" in about else ""
            source = f"data:image/png;base64,{data['image/png'].strip()}"
            data["text/html"] = f'<img alt="{html.escape(self.words)}"{width} src="{source}">'
            about["alt"] = self.words
        return message


def install(shell: Any) -> None:
    """Attach to an IPython shell that shows figures, as a notebook's; once is enough."""
    publisher = shell.display_pub
    has_hooks = hasattr(publisher, "register_hook")
    if not has_hooks and not hasattr(shell, "kernel"):  # a terminal shows no figures
        return
    for callback in list(shell.events.callbacks["pre_run_cell"]):
        if isinstance(getattr(callback, "__self__", None), FigureWords):
            return
    words = FigureWords()
    shell.events.register("pre_run_cell", words.before_cell)
    if has_hooks:
        publisher.register_hook(words.on_display)
    else:  # a kernel in a browser tab has none
        publisher.publish = _with_words(publisher.publish, words)


def _with_words(publish: Callable[..., None], words: FigureWords) -> Callable[..., None]:
    def published(data: dict[str, Any], metadata: dict[str, Any] | None = None, **options: Any) -> None:
        message = {"content": {"data": dict(data), "metadata": dict(metadata or {})}}
        content = words.on_display(message)["content"]
        publish(content["data"], content["metadata"], **options)

    return published
