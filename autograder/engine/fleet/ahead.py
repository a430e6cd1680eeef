"""What starts in the process that workers are forked from, before it is known what a run needs.

A sandbox is that process's child and the first worker's to use; what the course's tests import, all workers
have. Premises are remembered from the last run: whether they are this run's is known a second later, when
nbgrader's configuration has been read.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import warnings
from dataclasses import asdict
from typing import Any

from autograder.engine.fleet.server import VARIABLE
from autograder.engine.wall.premises import Premises
from autograder.engine.wall.sandbox import Sandbox
from autograder.engine.wire.limits import Limits

_premises: Premises | None = None
_begun: Sandbox | None = None
_turn = -1  # a pipe with one byte in it: the worker that reads it gets the sandbox


def written(premises: Premises) -> str:
    """Return premises as text."""
    return json.dumps(asdict(premises))


def read(text: str) -> Premises:
    """Return what `written` wrote of a sandbox.

    Raises:
        ValueError: if it is something else, or nothing that isolates.
    """
    try:
        facts: dict[str, Any] = json.loads(text)
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()
        }
        premises = Premises(**values | {"limits": Limits(**facts["limits"])})
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(str(error)) from None
    if not premises.isolated:
        raise ValueError("what isolates nothing isn't begun with")
    return premises


def begin() -> None:
    """Start the sandbox that the environment names; whatever goes wrong, workers start their own."""
    global _premises, _begun, _turn
    text = os.environ.pop(VARIABLE, "")
    # the sandbox is a child of the fork server's that it hasn't forked; it would say so when that ends
    warnings.filterwarnings("ignore", "forkserver: waitpid returned unexpected pid")
    with contextlib.suppress(Exception):
        _premises = read(text) if text else None
        _begun = Sandbox.begin(_premises) if _premises else None
        _turn, write = os.pipe()
        os.set_blocking(_turn, False)
        os.write(write, b".")
        os.close(write)


def preload() -> None:
    """Import what every worker would, here, once; what needs something that can't be imported says so."""
    for name in _premises.preload if _premises else ():
        with contextlib.suppress(Exception):
            importlib.import_module(name)


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
