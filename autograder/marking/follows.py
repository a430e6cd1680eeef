"""Which failed tests may only follow from another exercise's mistake: no mistake is to cost points twice."""

from __future__ import annotations

import ast
import dis
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import CodeType
from typing import Any

from autograder.marking.cells import grade_id, role
from autograder.marking.source import bound_names, transformed


@dataclass(frozen=True)
class Uses:
    """What one cell makes of names: which it leaves behind or adds attributes to, and which it reads."""

    makes: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()


@cache
def uses_of(source: str) -> Uses:
    """Read a cell's text, once; it uses nothing, if it isn't Python."""
    try:
        text = transformed(source)
        tree = ast.parse(text)
        code = compile(tree, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Uses()
    bound = {name for node in tree.body for name in bound_names(node)}
    reads = _read_first(code) | (_read_later(code) - bound)
    return Uses(frozenset(bound | set(_changed(tree))), frozenset(reads))


def _names(code: CodeType, *operations: str) -> Iterator[tuple[str, str]]:
    """Yield the names that code reads or stores outside of functions' own variables, in order."""
    for step in dis.get_instructions(code):
        if step.opname in operations:
            yield step.opname, str(step.argval)


def _read_first(code: CodeType) -> set[str]:
    """Return the names that a cell's own lines read before they bind them."""
    bound, reads = set[str](), set[str]()
    for operation, name in _names(code, "LOAD_NAME", "LOAD_GLOBAL", "STORE_NAME", "STORE_GLOBAL"):
        if operation.startswith("STORE"):
            bound.add(name)
        elif name not in bound:
            reads.add(name)
    return reads


def _read_later(code: CodeType) -> set[str]:
    """Return the global names that a cell's functions, classes and comprehensions read."""
    reads = set[str]()
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            own = {name for _, name in _names(inner, "STORE_NAME")} | {"__name__"}
            reads |= {name for _, name in _names(inner, "LOAD_NAME", "LOAD_GLOBAL")} - own
            reads |= _read_later(inner)
    return reads


def _changed(tree: ast.Module) -> Iterator[str]:
    """Yield the names whose attributes a cell sets: `Tensor.__add__ = add`, `setattr(Tensor, name, add)`."""
    for node in _outside_functions(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name):
                yield node.value.id
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr":
            yield from (first.id for first in node.args[:1] if isinstance(first, ast.Name))


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a cell that run with it: in a method, `self` is nobody's name."""
    for part in ast.iter_child_nodes(node):
        if not isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield part
            yield from _outside_functions(part)


@dataclass
class Follows:
    """The exercises of one submission, and which of them use which.

    Args:
        cells: the submitted notebook's, in order.
        answers: the solution's text of each exercise, by grade_id.
    """

    cells: Sequence[Mapping[str, Any]]
    answers: Mapping[str, str]
    _makers: dict[str, list[int]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Find out who makes which name."""
        code = [cell if cell["cell_type"] == "code" else {**cell, "source": ""} for cell in self.cells]
        self._uses = [uses_of(cell["source"]) for cell in code]
        self._right = {name: uses_of(answer) for name, answer in self.answers.items()}
        self._names = [grade_id(cell) if role(cell) == "exercise" else "" for cell in self.cells]
        for place, (cell, uses) in enumerate(zip(self.cells, self._uses, strict=True)):
            known = self._right.get(self._names[place], Uses())
            for name in uses.makes | known.makes if role(cell) != "test" else ():
                self._makers.setdefault(name, []).append(place)

    def tested_by(self, test: str) -> str:
        """Return the exercise that a test is of: its name starts with it, or it is the last above."""
        fit = [name for name in self._names if name and f"{test}-".startswith(f"{name}-")]
        place = next((k for k, cell in enumerate(self.cells) if grade_id(cell) == test), 0)
        above = [name for name in self._names[:place] if name]
        return max(fit, key=len, default=above[-1] if above else "")

    def used_by(self, test: str) -> set[str]:
        """Return the other exercises that the tested one makes use of, by way of others too, or the test.

        Where another stands, its right answer may be put: what that one uses counts as well.
        """
        exercise = self.tested_by(test)
        waiting = [k for k, cell in enumerate(self.cells) if exercise and grade_id(cell) in (test, exercise)]
        last = max(waiting, default=0)
        seen: set[int] = set()
        while waiting:
            place = waiting.pop()
            if place not in seen and place <= last:
                seen.add(place)
                own = self._names[place] == exercise
                put = Uses() if own else self._right.get(self._names[place], Uses())
                reads = self._uses[place].reads | put.reads
                waiting += [k for name in reads for k in self._makers.get(name, ())]
        return {self._names[k] for k in seen} - {"", exercise}

    def before(self, tests: Collection[str]) -> set[str]:
        """Return the tests that have to run before some others: they leave behind what those read."""
        places = [k for k, cell in enumerate(self.cells) if role(cell) == "test"]
        makers: dict[str, list[int]] = {}
        for place in places:
            for name in self._uses[place].makes:
                makers.setdefault(name, []).append(place)
        waiting = [k for k in places if grade_id(self.cells[k]) in tests]
        seen: set[int] = set()
        while waiting:
            place = waiting.pop()
            seen.add(place)
            read = (k for name in self._uses[place].reads for k in makers.get(name, ()))
            waiting += [k for k in read if k < place and k not in seen]
        return {grade_id(self.cells[k]) for k in seen} - {*tests}

    def suspects(self, failed: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Return the failed tests that other failed exercises may be the cause of, with these."""
        wrong = {self.tested_by(test) for test in failed} & self.answers.keys()
        found = {test: tuple(sorted(self.used_by(test) & wrong)) for test in failed}
        return {test: exercises for test, exercises in found.items() if exercises}

    def causes(
        self, passed: Mapping[str, Collection[str]], failed: Collection[str]
    ) -> dict[str, tuple[str, ...]]:
        """Return where the tests that pass after all go wrong: not in what itself only follows from another.

        Args:
            passed: tests that passed with the reference in the place of some exercises, with these.
            failed: all that failed at first.
        """
        left = {self.tested_by(test) for test in failed if test not in passed}
        return {test: tuple(sorted(set(exercises) & left or exercises)) for test, exercises in passed.items()}

    def title(self, *exercises: str) -> str:
        """Return what people call some exercises: the names that their solutions leave behind."""
        names = [
            name
            for exercise in exercises
            for name in sorted(self._right.get(exercise, Uses()).makes) or [exercise]
        ]
        return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

    def sentence(self, causes: Collection[str], passes: bool) -> str:
        """Say why a test failed that does better with others' answers in the place of a student's."""
        titles = self.title(*causes)
        better = "it passes" if passes else "it gets more points"
        return f"What fails here follows from {titles}: with a right answer there {better}, and that counts."
