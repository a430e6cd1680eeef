"""A notebook's exercises in their order: what each is worth, how it went, and what it waits for."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal

from nbconvert.filters.ansi import strip_ansi

from autograder.desk.pages.facts import Facts, Mark
from autograder.desk.pages.lines import line_of
from autograder.marking.cells import grade_id, role

State = Literal["right", "part", "wrong", "waiting", "unmarked"]
SIGNS = {"right": "✓", "part": "◐", "wrong": "✗", "waiting": "…", "unmarked": "·"}
WORDS = {
    "right": "right",
    "part": "partly right",
    "wrong": "not right yet",
    "waiting": "not graded yet",
    "unmarked": "no points",
}
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
DEFINED = re.compile(r"^(?:class|def)\s+(\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Exercise:
    """One answer and the tests that belong to it.

    Attributes:
        name: grade_id of the answer; of a test that belongs to none, the test's.
        title: what the student would call it.
        section: the heading above it.
        cell: where the answer stands in the notebook.
        tests: grade_ids of its tests.
        marks: what the answer and its tests are worth, where they are graded.
        uses: titles of other exercises that its answer uses.
        follows: those of them that aren't right either.
        excused: says what its failed tests follow from, where they count all the same; or "".
        cause: what is wrong, "" if nothing is known.
        sure: this is a known mistake, or nothing else can be to blame.
        line: the line of the answer that this speaks of, if it is sure.
    """

    name: str
    title: str
    section: str
    cell: int
    tests: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    uses: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    excused: str = ""
    cause: str = ""
    sure: bool = True
    line: int | None = None
    defines: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def score(self) -> float:
        """Points so far."""
        return sum(mark.score or 0.0 for mark in self.marks)

    @property
    def waiting(self) -> float:
        """Points that a person has yet to decide on."""
        return sum(mark.most for mark in self.marks if mark.score is None)

    @property
    def most(self) -> float:
        """Points that are decided on."""
        return sum(mark.most for mark in self.marks if mark.score is not None)

    @property
    def state(self) -> State:
        """How it went."""
        return state_of(self.marks)

    @property
    def sign(self) -> str:
        """The state as a sign."""
        return SIGNS[self.state]

    @property
    def words(self) -> str:
        """The state in words."""
        return WORDS[self.state]


def state_of(marks: Sequence[Mark]) -> State:
    """Say how some marks together stand."""
    decided = [mark for mark in marks if mark.score is not None]
    if not marks:
        return "unmarked"
    if not decided:
        return "waiting"
    if all((mark.score or 0.0) >= mark.most for mark in decided):
        return "right" if len(decided) == len(marks) else "part"
    return "part" if any(mark.score for mark in decided) else "wrong"


def exercises(cells: Sequence[Mapping[str, Any]], facts: Facts) -> tuple[Exercise, ...]:
    """Return a notebook's exercises.

    A test belongs to the answer whose name begins its own ("linear" and "linear-forward"), else to the last
    answer before it.
    """
    found = _with_tests(cells)
    named: dict[str, list[str]] = {}
    for finding in facts.named:
        named.setdefault(finding.exercise, []).append(finding.sentence)
    marked = []
    for each in found:
        names = (each.name, *each.tests) if each.name not in each.tests else each.tests
        marks = tuple(facts.marks[name] for name in names if name in facts.marks)
        marked.append(replace(each, marks=marks, excused=facts.follows.get(each.name, "")))
    bad = {each.title: each for each in marked if each.state in ("wrong", "part") and each.tests}
    done = []
    for each in marked:
        if each.title in bad:
            follows = tuple(title for title in each.uses if title in bad and not each.excused)
            errors = list(_errors(cells, each))
            lines = [line for error in errors for line in _texts(error)]
            cause = " ".join(named.get(each.name, [])) or _cause(errors)
            sure = each.name in named or not follows
            line = line_of(str(cells[each.cell]["source"]), lines) if sure else None
            each = replace(each, follows=follows, cause=cause, sure=sure, line=line)
        done.append(each)
    return tuple(done)


def _with_tests(cells: Sequence[Mapping[str, Any]]) -> list[Exercise]:
    """Return the answers in order, each with the names of its tests and of what it uses."""
    sections = list(_sections(cells))
    answers = [
        _answer(cell, place, sections[place])
        for place, cell in enumerate(cells)
        if role(cell) in ("exercise", "answer")
    ]
    tests: dict[str, list[str]] = {each.name: [] for each in answers}
    alone = []
    for place, cell in enumerate(cells):
        name = grade_id(cell)
        if role(cell) != "test":
            continue
        begun = [each.name for each in answers if name.startswith((f"{each.name}-", f"{each.name}_"))]
        before = [each.name for each in answers if each.cell < place]
        owner = max(begun, key=len) if begun else before[-1] if before else None
        if owner is None:
            alone.append(Exercise(name, name, sections[place], place, (name,)))
        else:
            tests[owner].append(name)
    found = [replace(each, tests=tuple(tests[each.name])) for each in answers]
    titles = Counter(each.title for each in found)
    found = [replace(each, title=each.name) if titles[each.title] > 1 else each for each in found]
    used = {each.name: _names(str(cells[each.cell]["source"])) for each in found}
    found = [
        replace(
            each,
            uses=tuple(
                other.title
                for other in found
                if other.name != each.name and other.defines & used[each.name] - each.defines
            ),
        )
        for each in found
    ]
    return sorted([*found, *alone], key=lambda each: each.cell)


def _answer(cell: Mapping[str, Any], place: int, section: str) -> Exercise:
    source, name = str(cell["source"]), grade_id(cell)
    defines = DEFINED.findall(source) if cell["cell_type"] == "code" else []
    title = ", ".join(defines[:3]) + (", …" if len(defines) > 3 else "") if defines else name
    return Exercise(name, title, section, place, defines=frozenset(defines))


def _sections(cells: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield for each cell the last heading that the notebook has only once, which names its section."""
    headings = [
        HEADING.findall(str(cell["source"])) if cell["cell_type"] == "markdown" else [] for cell in cells
    ]
    count = Counter(heading for each in headings for heading in each)
    current = ""
    for each in headings:
        current = next((heading for heading in reversed(each) if count[heading] == 1), current)
        yield current


@lru_cache(maxsize=1024)
def _names(source: str) -> frozenset[str]:
    """Return the names that a cell reads."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


def _errors(cells: Sequence[Mapping[str, Any]], each: Exercise) -> Iterator[Mapping[str, Any]]:
    """Yield the errors of an exercise's own cell and of its tests."""
    for cell in cells:
        if grade_id(cell) in (each.name, *each.tests):
            yield from (out for out in cell.get("outputs", ()) if out.get("output_type") == "error")


def _texts(error: Mapping[str, Any]) -> list[str]:
    text = "\n".join(str(part) for part in error.get("traceback", ()))
    return str(strip_ansi(text)).split("\n")  # type: ignore[no-untyped-call]


def _cause(errors: Sequence[Mapping[str, Any]]) -> str:
    """Return what the first error says first: the cause, if a check has found one."""
    if not errors:
        return ""
    text = str(errors[0].get("evalue", ""))
    looks = re.search(r"^What it looks like: (.+?)(?=\n\S|\Z)", text, re.MULTILINE | re.DOTALL)
    said = looks[1] if looks else (text.split("\n")[0] or str(errors[0].get("ename", "")))
    said = re.sub(r"<ipython-input-[^>]*>, ", "", said)  # IPython's name for the cell itself
    return re.sub(r"\s+", " ", said)[:400]
