"""What is found in an answer: a test that failed, a mistake that was recognised."""

from __future__ import annotations

import re
from dataclasses import dataclass

EMPHASIS = re.compile(r"(?<![\w*])\*(\w+)\*(?![\w*])")  # of one word: `2 * h` and `2 * n * h` are code


@dataclass(frozen=True)
class Failure:
    """A test that failed.

    Attributes:
        error: what it raised; one of the student's own is an instance of the built-in class as well.
        lines: what the student reads about it.
    """

    error: Exception | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """What is wrong with an answer. (exercise, name) is a known mistake's identity, the sentence its wording.

    Attributes:
        exercise: grade_id of the exercise's solution cell.
        name: the mistake's short name.
        sentence: what the student should read.
        known: a mistake that others make, too; else it is said of this answer only, and nobody counts it.
    """

    exercise: str
    name: str
    sentence: str
    known: bool = True


def unstressed(sentence: str) -> str:
    """Return a sentence without Markdown's marks of emphasis, for where they would be read as they are."""
    return EMPHASIS.sub(r"\1", sentence)
