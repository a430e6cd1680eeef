"""The known mistakes that a class made: how many, in which words, and an example that names nobody."""

from __future__ import annotations

import contextlib
import io
import re
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.course import Course, CourseError, read_notebook
from autograder.desk.pages.contents import exercises
from autograder.desk.pages.facts import Facts

AROUND = 5  # lines before the one that is wrong, in an example
LONGEST = 24


@dataclass(frozen=True)
class Misconception:
    """A known mistake, and how many students made it.

    Attributes:
        exercise: grade_id of the exercise.
        name: the mistake's short name.
        sentence: what it is, as students read it.
        students: who made it.
        example: lines of one answer, without comments and names of people.
        here: the number of the line in it that is wrong, or None.
    """

    exercise: str
    name: str
    sentence: str
    students: tuple[str, ...]
    example: tuple[str, ...] = ()
    here: int | None = None


def misconceptions(course: Course, assignment: str, facts: Sequence[Facts]) -> tuple[Misconception, ...]:
    """Count the recognised mistakes, by exercise and name, in the course's words of today."""
    made: dict[tuple[str, str], list[Facts]] = {}
    sentences: dict[tuple[str, str], str] = {}
    for each in facts:
        for found in (found for found in each.named if found.known):
            made.setdefault((found.exercise, found.name), []).append(each)
            sentences[found.exercise, found.name] = found.sentence
    with contextlib.suppress(Exception):  # a hook that fails costs its wording, no more
        known = course.hooks.known_mistakes(assignment=assignment)
        sentences |= {(found.exercise, found.name): found.sentence for found in known}
    people = {word for each in facts for word in (each.student, *each.name.split()) if len(word) > 1}
    ranked = sorted(made.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return tuple(
        Misconception(
            *key, sentences[key], tuple(each.student for each in who), *_example(course, key[0], who, people)
        )
        for key, who in ranked
    )


def _example(
    course: Course, exercise: str, who: Sequence[Facts], people: set[str]
) -> tuple[tuple[str, ...], int | None]:
    """Return some lines of the shortest answer with this mistake alone, and which of them is wrong."""
    found: list[tuple[int, list[str], int | None]] = []
    for each in sorted(who, key=lambda facts: len(facts.named))[:5]:
        path = course.place("autograded", each.assignment, each.student) / f"{each.notebook}.ipynb"
        with contextlib.suppress(CourseError):
            cells = read_notebook(path).cells
            for answer in exercises(cells, each):
                if answer.name == exercise:
                    lines = uncommented(str(cells[answer.cell].source)).split("\n")
                    found.append((len(lines), lines, answer.line))
    if not found:
        return (), None
    _, lines, wrong = min(found, key=lambda each: (each[2] is None, each[0]))
    first = max(0, wrong - 1 - AROUND) if wrong else 0
    last = wrong + 2 if wrong else LONGEST
    names = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in sorted(people)) or "$^", re.IGNORECASE)
    shown = tuple(names.sub("…", line) for line in lines[first:last])
    return shown, wrong - first if wrong else None


def uncommented(source: str) -> str:
    """Return code with its comments blanked, which may say whose it is; its lines stay where they are."""
    lines = source.split("\n")
    with contextlib.suppress(tokenize.TokenError, SyntaxError, ValueError):
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                (row, column), _ = token.start, token.end
                lines[row - 1] = lines[row - 1][:column].rstrip()
    return "\n".join(lines)
