"""Hooks that fail, each in its own way; the workers import this module by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograder.hooks import Failure, Finding, Namer, Surroundings
from backprop.course import Backprop


class NoBank(Backprop):
    """Names nothing, since it can't even begin to."""

    def namer(self, *, assignment: str) -> Namer | None:
        raise KeyError("max")


class Clumsy:
    """Breaks while it names."""

    def name(self, *, student: Mapping[str, Any], failed: Mapping[str, Failure]) -> Sequence[Finding]:
        if "total-values" in failed:
            raise ZeroDivisionError("no such luck")
        return [Finding("twice", "once-only", "f was applied once.")]


class BreaksOnTheWay(Backprop):
    """Names some submissions and breaks over others."""

    def namer(self, *, assignment: str) -> Namer | None:
        return Clumsy()


class Quotes:
    """Quotes a test wherever one failed."""

    def name(self, *, student: Mapping[str, Any], failed: Mapping[str, Failure]) -> Sequence[Finding]:
        return [Finding("total", "said by a test", "NameError: it isn't there", known=False)]


class QuotesTests(Backprop):
    """Says what tests say."""

    def namer(self, *, assignment: str) -> Namer | None:
        return Quotes()


class NoSurroundings(Backprop):
    """Doesn't know what a submission needs."""

    def surroundings(self, *, assignment: str) -> Surroundings:
        raise LookupError("the shed is locked")
