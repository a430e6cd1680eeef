"""Pairs of students whose answers share what few others have.

Fingerprints are those of winnowing (Schleimer, Wilkerson and Aiken 2003), made by copydetect on the signs of
`tokens.py`. What the released text and the solution have is no evidence, and what many of the class have is
little: a fingerprint counts by how rare it is.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from copydetect.utils import get_document_fingerprints

from autograder.desk.similar.tokens import Answer

LENGTH = 8  # signs of a fingerprint
WINDOW = 1  # every fingerprint counts: answers are short
COMMENT = 8.0  # a comment that nobody else has weighs as much as so many fingerprints
LEAST = 60.0  # evidence below which nothing is said, where one exercise has all of it
LEAST_OF_SEVERAL = 35.0  # and where two or more have a part in it: an accident seldom happens twice
PART = 10.0  # evidence that is a part
MUCH = 200.0  # evidence from which on a smaller share will do
ALIKE = (
    0.85  # of what both have beyond the released text: the share that is called alike with little evidence
)
PARTLY = 0.6  # and with much

Item = tuple[str, object]  # the exercise, and a fingerprint or a comment


@dataclass(frozen=True)
class Work:
    """What one student wrote, by exercise."""

    student: str
    answers: Mapping[str, Answer]


@dataclass(frozen=True)
class Pair:
    """Two students whose answers are alike.

    Attributes:
        first: one of them.
        second: the other.
        share: of what both have beyond the released text, the part that they have in common, 0 to 1.
        evidence: how much that is, in fingerprints that nobody else has.
        lines: by exercise, the lines of each that say the same.
    """

    first: Work
    second: Work
    share: float
    evidence: float
    lines: Mapping[str, tuple[frozenset[int], frozenset[int]]] = field(default_factory=dict)


class Signs:
    """Gives each sign a character of its own, since copydetect reads text."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def text(self, answer: Answer) -> str:
        """Return an answer as text, one character a sign."""
        return "".join(self.known.setdefault(sign, self._next()) for sign in answer.tokens)

    def _next(self) -> str:
        """Return a character that no sign has yet, of those without a meaning: many, but not endless."""
        return chr(0xF0000 + len(self.known) % 0x1FFFE)

    def items(self, exercise: str, answer: Answer) -> dict[Item, frozenset[int]]:
        """Return an answer's fingerprints and comments, with the lines that they stand in."""
        found: dict[Item, set[int]] = {}
        text = self.text(answer)
        if len(text) >= LENGTH:
            _, places = get_document_fingerprints(text, LENGTH, WINDOW)
            for print_, starts in places.items():
                lines = {answer.lines[at] for start in starts for at in range(start, start + LENGTH)}
                found.setdefault((exercise, int(print_)), set()).update(lines)
        for words, line in answer.comments:
            found.setdefault((exercise, words), set()).add(line)
        return {item: frozenset(lines) for item, lines in found.items()}


@dataclass
class Class:
    """A class's answers to one assignment.

    Args:
        works: the students'.
        given: answers and other code that everybody has, or that anybody may come to: the released text, the
            solution.
    """

    works: Sequence[Work]
    given: Sequence[Answer]

    @cached_property
    def items(self) -> list[dict[Item, frozenset[int]]]:
        """What each student has beyond what is given."""
        signs = Signs()
        known = {item for answer in self.given for _, item in signs.items("", answer)}
        return [
            {
                item: lines
                for exercise, answer in work.answers.items()
                for item, lines in signs.items(exercise, answer).items()
                if item[1] not in known
            }
            for work in self.works
        ]

    @cached_property
    def weights(self) -> dict[Item, float]:
        """What each item counts: 1 if two have it, or one; nothing if all do."""
        most = math.log((len(self.works) + 1) / 2)
        count = Counter(item for items in self.items for item in items)
        return {
            item: min(1.0, math.log((len(self.works) + 1) / many) / most)
            * (COMMENT if isinstance(item[1], str) else 1.0)
            for item, many in count.items()
        }

    def pairs(self) -> list[Pair]:
        """Return the pairs that are alike, the most alike first."""
        if len(self.works) < 2:
            return []
        found = [pair for a, b in self._candidates() if (pair := self._pair(a, b)) is not None]
        return sorted(found, key=lambda each: (-each.share * each.evidence, each.first.student))

    def _candidates(self) -> Iterable[tuple[int, int]]:
        """Yield the pairs that share enough to be looked at."""
        who: dict[Item, list[int]] = {}
        for number, items in enumerate(self.items):
            for item in items:
                who.setdefault(item, []).append(number)
        shared: Counter[tuple[int, int]] = Counter()
        for item, several in who.items():
            weight = self.weights[item]
            if len(several) >= 2:
                for pair in itertools.combinations(several, 2):
                    shared[pair] += weight  # type: ignore[assignment]  # a Counter adds up any number
        return [pair for pair, evidence in shared.items() if evidence >= LEAST_OF_SEVERAL]

    def _code(self, items: Iterable[Item], exercises: Collection[str]) -> float:
        """Return what fingerprints weigh together; comments are evidence, but nobody has to keep them."""
        return sum(
            self.weights[item] for item in items if item[0] in exercises and not isinstance(item[1], str)
        )

    def _pair(self, a: int, b: int) -> Pair | None:
        first, second = self.items[a], self.items[b]
        common, either = first.keys() & second.keys(), first.keys() | second.keys()
        parts = dict.fromkeys([*self.works[a].answers, *self.works[b].answers], 0.0) | self._parts(common)
        alike = self._alike(common, either, parts)
        exercises = [name for name in parts if parts[name] >= PART]
        if alike is None:  # the whole of it isn't: one exercise may be
            each = ((name, self._alike(common, either, {name: parts[name]})) for name in exercises)
            found = [(name, said) for name, said in each if said is not None]
            if not found:
                return None
            exercises = [name for name, _ in found]
            alike = max(said for _, said in found)
        lines = {}
        for name in exercises:
            these = [item for item in common if item[0] == name]
            here, there = (frozenset().union(*(side[item] for item in these)) for side in (first, second))
            lines[name] = (here, there)
        return Pair(self.works[a], self.works[b], *alike, lines)

    def _parts(self, common: Iterable[Item]) -> dict[str, float]:
        """Return the evidence by exercise."""
        parts: dict[str, float] = {}
        for item in common:
            parts[item[0]] = parts.get(item[0], 0.0) + self.weights[item]
        return parts

    def _alike(
        self, common: Iterable[Item], either: Iterable[Item], parts: Mapping[str, float]
    ) -> tuple[float, float] | None:
        """Return the share and the evidence in some exercises, if they are enough to call two alike.

        Args:
            common: what both have.
            either: what one of them has.
            parts: the exercises, with the evidence in each.
        """
        several = sum(part >= PART for part in parts.values()) > 1
        evidence = sum(parts.values())
        everything, both = self._code(either, parts), self._code(common, parts)
        share = both / everything if everything else 0.0
        if evidence < (LEAST_OF_SEVERAL if several else LEAST) or share < enough(evidence):
            return None
        return share, evidence


def enough(evidence: float) -> float:
    """Return the share from which on two are called alike: a little, wholly the same, or much of it."""
    far = (evidence - LEAST) / (MUCH - LEAST)
    return ALIKE + (PARTLY - ALIKE) * min(1.0, max(0.0, far))
