"""Test cells and written answers over the class: how hard they were, and whether they tell who understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

FEW = 8  # students below which a correlation says nothing


@dataclass(frozen=True)
class Item:
    """One test cell or manually graded answer, over the class.

    Attributes:
        name: its grade_id.
        max_score: points.
        difficulty: the mean share of the points that students got (classical test theory's p; 1 is easy),
            or None while an answer waits for a person.
        discrimination: correlation of this item with the rest of the assignment, or None where one of
            them doesn't vary (the item-rest correlation).
        students: how many.
    """

    name: str
    max_score: float
    difficulty: float | None
    discrimination: float | None
    students: int = 0

    @property
    def how_hard(self) -> str:
        """The difficulty in words."""
        if self.difficulty is None:
            return "waits for manual grading"
        words = ((0.9, "nearly everybody has it"), (0.7, "most have it"), (0.4, "about half have it"))
        few = "few have it" if self.difficulty >= 0.15 else "hardly anybody has it"
        return next((said for least, said in words if self.difficulty >= least), few)

    @property
    def how_telling(self) -> str:
        """The discrimination in words."""
        if self.difficulty is None:
            return ""
        if self.discrimination is None:
            return "all alike: it tells nobody apart"
        if self.students < FEW:
            return "too few students to say"
        if self.discrimination < -0.1:
            return "who is good elsewhere fails here: look at the test"
        words = ((0.4, "tells clearly who understood"), (0.2, "tells who understood"))
        hardly = "hardly tells who understood"
        return next((said for least, said in words if self.discrimination >= least), hardly)


def item(name: str, max_score: float, matrix: Mapping[str, Mapping[str, float]]) -> Item:
    """Work out one item over the class, if everybody's answer to it is graded.

    Args:
        name: which.
        max_score: its points.
        matrix: each student's points, for each item that is graded.
    """
    rows = list(matrix.values()) if all(name in row for row in matrix.values()) else []
    got = np.array([row[name] for row in rows])
    rest = np.array([sum(row.values()) for row in rows]) - got
    varies = len(rows) > 1 and got.std() > 0 and rest.std() > 0
    return Item(
        name,
        max_score,
        float(got.mean() / max_score) if rows and max_score else None,
        float(np.corrcoef(got, rest)[0, 1]) if varies else None,
        len(rows),
    )
