"""A sandbox that starts beside the imports of the process that workers are forked from.

It is that process's child and the first worker's to use. What it is built from is remembered from the last
run: whether it is what this run needs is known a second later, when nbgrader's configuration has been read.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict
from typing import Any

from autograder.engine.fleet.server import VARIABLE
from autograder.engine.wall.premises import Premises
from autograder.engine.wall.sandbox import Sandbox
from autograder.engine.wire.limits import Limits

_begun: Sandbox | None = None
_turn = -1  # a pipe with one byte in it: the worker that reads it gets the sandbox


def written(premises: Premises) -> str:
    """Return premises as text."""
    return json.dumps(asdict(premises))


def read(text: str) -> Premises:
    """Return what `written` wrote.

    Raises:
        ValueError: if it is something else.
    """
    try:
        facts: dict[str, Any] = json.loads(text)
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()
        }
        return Premises(**values | {"limits": Limits(**facts["limits"])})
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(str(error)) from None


def begin() -> None:
    """Start the sandbox that the environment names; whatever goes wrong, workers start their own."""
    global _begun, _turn
    text = os.environ.pop(VARIABLE, "")
    with contextlib.suppress(Exception):
        _begun = Sandbox.begin(read(text)) if text else None
        _turn, write = os.pipe()
        os.set_blocking(_turn, False)
        os.write(write, b".")
        os.close(write)


def taken(premises: Premises) -> Sandbox | None:
    """Return the sandbox that has been started, if nobody has taken it and it is what is needed."""
    global _begun
    begun, _begun = _begun, None
    if begun is None:
        return None
    first = bool(os.read(_turn, 1))  # nothing is left for the others, and nobody writes any more
    os.close(_turn)
    if not first:
        begun.leave()
        return None
    if begun.premises != premises:
        begun.close()
        return None
    return begun
