"""Explorers that are made before they are asked for, for many notebooks at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from workbook.widgets.explorer import WAITS, Explorer


def made_ahead(make: Callable[..., Explorer]) -> Callable[..., Explorer]:
    """Return a function that hands out what `make` made now, once, and then makes others as ever.

    Args:
        make: makes an explorer; what it makes without arguments is there already, and drawn when it is shown.
    """
    waits = WAITS.set(True)
    try:
        ready = [make()]
    finally:
        WAITS.reset(waits)

    @wraps(make)
    def explorer(*args: Any, **options: Any) -> Explorer:
        return ready.pop() if ready and not (args or options) else make(*args, **options)

    return explorer
