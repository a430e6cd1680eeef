"""Recognise a known mistake in what a probe found, by what it gets wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from workbook.signature import Mark, Part, parts_of

MANY = 3  # numbers: where as many agree, that is no coincidence
OUTPUT = "output"  # what probes call a part that comes out on the way there: what goes back follows from it


@dataclass(frozen=True)
class Mistake:
    """What is known about a mistake.

    Attributes:
        name: short.
        sentence: what the student should read.
        wrong: marks of the parts that it gets wrong; [] for a part that is then missing.
    """

    name: str
    sentence: str
    wrong: Mapping[str, Mark]


@dataclass(frozen=True)
class Signs:
    """What is known about an exercise's probe.

    Attributes:
        right: for each part the marks of right answers.
        mistakes: the known ones.
    """

    right: Mapping[str, Sequence[Mark]]
    mistakes: Sequence[Mistake]

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Signs:
        """Make it of what `to_plain` returned."""
        return cls(plain["right"], [Mistake(**mistake) for mistake in plain["mistakes"]])

    def to_plain(self) -> dict[str, Any]:
        """Return it as dicts and lists."""
        return asdict(self)

    def recognise(self, results: Sequence[Any], exactly: bool = False) -> Mistake | None:
        """Return the mistake that an answer makes; None for a right one and for one that isn't known.

        It makes the one whose wrong parts are its own, all of them and no others. Where there is none, and
        what agrees is more than a few facts: the one all of whose wrong parts it has, among others; else one
        that has all the answer's wrong parts, as half of its own or more (`+=` forgotten for one of two
        gradients). Two that fit equally well say nothing, and neither does one that leaves a wrong output
        unexplained: a gradient that belongs to that output looks like another mistake's by chance.

        Args:
            results: what the probe returned, for each seed.
            exactly: only the one whose wrong parts are the answer's, all of them and no others.
        """
        parts = parts_of(results)
        wrong = wrong_parts(parts, self.right)
        fits: dict[tuple[int, int], dict[str, Mistake]] = {}
        for mistake in self.mistakes:
            agreed = {
                name for name in wrong & mistake.wrong.keys() if agrees(parts, name, mistake.wrong[name])
            }
            numbers = sum(len(parts[name].numbers) for name in agreed if name in parts)
            if not agreed:
                continue
            if agreed == mistake.wrong.keys() == wrong:
                return mistake
            unexplained = {name for name in wrong - agreed if name.rpartition(".")[2] == OUTPUT}
            if exactly or numbers < MANY or unexplained:
                continue
            if agreed == mistake.wrong.keys():
                fits.setdefault((2, numbers), {})[mistake.sentence] = mistake
            elif agreed == wrong and 2 * numbers >= sum(
                len(mark[0]) for mark in mistake.wrong.values() if mark
            ):
                fits.setdefault((1, numbers), {})[mistake.sentence] = mistake
        best = list(fits[max(fits)].values()) if fits else []
        return best[0] if len(best) == 1 else None


def wrong_parts(parts: Mapping[str, Part], right: Mapping[str, Sequence[Mark]]) -> set[str]:
    """Return the names of the parts that are missing, too many, or unlike those of every right answer."""
    return {
        name
        for name in parts.keys() | right.keys()
        if not (name in parts and any(parts[name].agrees(mark) for mark in right.get(name, ())))
    }


def agrees(parts: Mapping[str, Part], name: str, mark: Mark) -> bool:
    """Say whether a part is the one of that mark; [] is the mark of one that is missing."""
    return parts[name].agrees(mark) if name in parts and mark else name not in parts and not mark
