"""A check's variables make way for a student's helpers, and compute what they did."""

from __future__ import annotations

import ast

import pytest

from workbook.apart import Apart, bound_by, helpers

CELLS = [
    "mine = 3\nout = mine + 1",
    "for mine in range(3):\n    out = mine",
    "mine, *rest = 1, 2, 3\nout = (mine, rest)",
    "with open('/dev/null') as mine:\n    out = mine.name",
    "def mine(a): return a + 1\nout = mine(a=2)",
    "class mine:\n    value = 4\nout = mine.value",
    "mine = 5\nout = (lambda mine: mine + 1)(mine=1) + mine",
    "mine = 5\ndef f(b, *, mine=mine): return mine + b\nout = f(1), f(1, mine=2)",
    "mine = 5\ndef f(): return [mine for _ in range(2)]\nout = f()",
    "mine = 5\ndef f():\n    mine = 6\n    return mine\nout = f(), mine",
    "mine = 5\ndef f():\n    global mine\n    mine += 1\nf()\nout = mine",
    "mine = 5\nclass A:\n    mine = 6\n    def go(self): return self.mine\nout = A().go(), mine",
    "out = [mine for mine in range(3)]\nmine = out[-1]",
    "if (mine := 7) > 3:\n    out = f'{mine} {mine=}'[:1]",
    "try:\n    1 / 0\nexcept ZeroDivisionError as mine:\n    out = str(mine)",
    "mine = [1]\nmine[0] += 1\nmine += [2]\nout = list(mine)\ndel mine",
]


def run(cell: str, taken: set[str]) -> dict[str, object]:
    names: dict[str, object] = {"mine": "the student's"}
    exec(compile(apart(taken).visit(ast.parse(cell)), "<cell>", "exec"), names)
    return names


def apart(taken: set[str]) -> Apart:
    transformer = Apart()
    transformer.taken = taken
    return transformer


@pytest.mark.parametrize("cell", CELLS)
def test_the_students_name_stays_and_the_cell_computes_the_same(cell: str) -> None:
    plain, renamed = run(cell, set()), run(cell, {"mine", "never bound"})
    assert renamed["out"] == plain["out"]
    assert renamed["mine"] == "the student's"
    assert plain.get("mine") != "the student's"


@pytest.mark.parametrize(
    "cell", ["out = mine", "out = [mine for mine in [1]], mine", "import math as mine\nout = 1"]
)
def test_a_name_that_a_cell_only_reads_or_imports_is_left_alone(cell: str) -> None:
    tree = ast.parse(cell)
    assert ast.dump(apart({"mine"}).visit(tree)) == ast.dump(ast.parse(cell))


def test_what_a_cell_binds_is_what_stays_when_it_has_run() -> None:
    assert bound_by("a = 1\nfor b in []: pass\nc = [d for d in []]\ndef e(f): g = 1\nimport h") == {
        "a",
        "b",
        "c",
        "e",
    }


def test_helpers_are_what_exported_functions_read() -> None:
    names: dict[str, object] = {}
    exec("k = 1\ndef helper(x): return x * k\nclass A:\n    def f(self): return helper(1) + other", names)
    assert helpers(["A", "helper", "k", "gone"], names) == {"helper", "k"}
