"""In a browser tab: what Pyodide's kernel does otherwise than Jupyter's, made the same for students."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

from workbook import overflow


def settle(shell: Any) -> None:
    """See to it that outputs are as in JupyterLab; elsewhere than in a browser nothing is done."""
    if sys.platform != "emscripten":
        return
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # it builds its cache, and says so
    overflow.watch()
    kind = type(shell.displayhook)
    if kind.finish_displayhook is not _finish:
        _finishes[kind] = kind.finish_displayhook
        kind.finish_displayhook = _finish


_finishes: dict[type, Callable[[Any], None]] = {}


def _finish(hook: Any) -> None:
    """Leave out a result that shows itself, as explorers and reports of checks do: its data are empty."""
    if hook.data:
        _finishes[type(hook)](hook)
