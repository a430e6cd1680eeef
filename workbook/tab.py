"""In a browser tab: what Pyodide's kernel does otherwise than Jupyter's, made the same for students."""

from __future__ import annotations

import importlib.util
import logging
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbook import overflow

VERSION = re.compile(r"^    __version__ = (\d+)", re.MULTILINE)
LISTED = re.compile(r'("_version": )\d+')


def settle(shell: Any) -> None:
    """See to it that outputs are as in JupyterLab; elsewhere than in a browser nothing is done."""
    if sys.platform != "emscripten":
        return
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # it builds its cache, and says so
    _know_fonts()
    overflow.watch()
    kind = type(shell.displayhook)
    if kind.finish_displayhook is not _finish:
        _finishes[kind] = kind.finish_displayhook
        kind.finish_displayhook = _finish


def _know_fonts() -> None:
    """Make matplotlib take the list of fonts that lies beside it, where it would look at each font: seconds.

    Pyodide's list has the number of another matplotlib than the one it comes with; the fonts are the same.
    """
    found = importlib.util.find_spec("matplotlib")
    if found is None or found.origin is None or "matplotlib.font_manager" in sys.modules:
        return
    folder = Path(found.origin).parent
    code, listed = folder / "font_manager.py", folder / "fontlist.json"
    if code.is_file() and listed.is_file() and (wanted := VERSION.search(code.read_text(encoding="utf-8"))):
        text = listed.read_text(encoding="utf-8")
        listed.write_text(LISTED.sub(rf"\g<1>{wanted[1]}", text, count=1), encoding="utf-8")


_finishes: dict[type, Callable[[Any], None]] = {}


def _finish(hook: Any) -> None:
    """Leave out a result that shows itself, as explorers and reports of checks do: its data are empty."""
    if hook.data:
        _finishes[type(hook)](hook)
