"""A known mistake that was recognised in an answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """A known mistake; (exercise, name) is its identity, the sentence only its wording.

    Attributes:
        exercise: grade_id of the exercise's solution cell.
        name: the mistake's short name.
        sentence: what the student should read.
    """

    exercise: str
    name: str
    sentence: str
