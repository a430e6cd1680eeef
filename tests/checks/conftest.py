"""Source text that tracebacks can show, as a notebook's cell has it."""

from __future__ import annotations

import linecache
from itertools import count

import pytest


@pytest.fixture
def shown():
    """A function that makes a text known under a file name, and returns the name."""
    names, numbers = [], count()

    def show(text):
        name = f"<cell {next(numbers)}>"
        linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name
        names.append(name)
        return name

    yield show
    for name in names:
        linecache.cache.pop(name, None)
