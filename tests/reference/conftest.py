"""The reference `mynn`, built from the solution notebooks, importable for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest

from autograder.course import repository
from backprop.trial import reference_on_path


@pytest.fixture(scope="session")
def mynn() -> Iterator[Callable[[str], Any]]:
    """Return what a dotted name in `mynn` stands for: mynn("modules.Linear")."""

    def find(name: str) -> Any:
        module, _, attribute = name.partition(".")
        return getattr(import_module(f"mynn.{module}"), attribute)

    with reference_on_path(repository()):
        for module in ("modules", "activations", "losses", "regularisation"):
            import_module(f"mynn.{module}")
        yield find
