"""Which exercise a test is of, and which others it may have failed for."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.marking.follows import Follows, uses_of

GIVEN: dict[str, Any] = {"locked": True}
EXERCISE: dict[str, Any] = {"solution": True}
TEST: dict[str, Any] = {"locked": True, "grade": True, "points": 1}


def cell(name: str, source: str, facts: dict[str, Any]) -> dict[str, Any]:
    about = {"nbgrader": {"grade_id": name, **facts}} if name else {}
    return {"cell_type": "code", "source": source, "metadata": about}


CELLS = [
    cell("imports", "import numpy as np\nx = 3", GIVEN),
    cell("add", "def add(a, b):\n    x = a + b\n    return x", EXERCISE),
    cell("add-values", "x = add(1, 2)\nassert x == 3", TEST),
    cell("number", "class Number:\n    pass", GIVEN),
    cell("", "Number.__add__ = lambda a, b: add(a, b)", {}),
    cell("total", "def total(numbers):\n    return sum(numbers, Number())", EXERCISE),
    cell("total-values", "assert total([1]) == 1", TEST),
    cell("mean", "%time 3\ndef mean(x):\n    return helper(x) / len(x)", EXERCISE),
    cell("mean-values", "assert mean([1]) == 1", TEST),
    cell("mean-more", "assert mean([2]) == 2", TEST),
    cell("", "def helper(x):\n    return total(x)", {}),
    cell("unlike", "assert mean([1]) == 1", TEST),
    cell("add-late", "assert add(2, 2) == 4", TEST),
]
ANSWERS = {
    c["metadata"]["nbgrader"]["grade_id"]: c["source"]
    for c in CELLS
    if "def " in c["source"] and c["metadata"]
}


@pytest.fixture
def follows() -> Follows:
    return Follows(CELLS, {name: ANSWERS[name] for name in ("add", "total", "mean")})


@pytest.mark.parametrize(
    ("test", "exercise"),
    [("add-values", "add"), ("mean-more", "mean"), ("unlike", "mean"), ("add-late", "add"), ("none", "")],
)
def test_a_test_is_of_the_exercise_that_it_is_named_for_or_that_stands_above(
    follows: Follows, test: str, exercise: str
) -> None:
    assert follows.tested_by(test) == exercise


def test_use_goes_through_helpers_and_through_attributes_set_from_outside(follows: Follows) -> None:
    assert follows.used_by("add-values") == set()  # its x is its own, and add's is local
    assert follows.used_by("total-values") == {"add"}
    assert follows.used_by("unlike") == {"add", "total"}


def test_what_stands_below_a_test_is_not_used_by_it(follows: Follows) -> None:
    assert follows.used_by("mean-values") == set()


def test_only_exercises_that_failed_are_suspected(follows: Follows) -> None:
    assert follows.suspects(["unlike", "total-values"]) == {"unlike": ("total",)}
    assert follows.suspects(["unlike"]) == {}


def test_the_cause_is_what_fails_for_reasons_of_its_own(follows: Follows) -> None:
    passed = {"total-values": ("add",), "unlike": ("add", "total")}
    failed = ["add-values", *passed]
    assert follows.causes(passed, failed) == {"total-values": ("add",), "unlike": ("add",)}
    assert follows.causes({"unlike": ("add", "total")}, failed) == {"unlike": ("add", "total")}


def test_what_the_right_answer_uses_counts_where_it_would_stand() -> None:
    """`middle` goes without `low`; the solution that is put in its place doesn't."""
    cells = [
        cell("low", "def low(x):\n    return 0", EXERCISE),
        cell("middle", "def middle(x):\n    return x", EXERCISE),
        cell("middle-values", "assert middle(1) == 2", TEST),
        cell("high", "def high(x):\n    return middle(x)", EXERCISE),
        cell("high-values", "assert high(1) == 2", TEST),
    ]
    answers = {
        "low": "def low(x):\n    return 2 * x",
        "middle": "def middle(x):\n    return low(x)",
        "high": "def high(x):\n    return middle(x)",
    }
    follows = Follows(cells, answers)
    assert follows.used_by("high-values") == {"low", "middle"}
    assert follows.used_by("middle-values") == set()  # its own answer stays where it is


def test_sentences_call_exercises_by_what_they_define() -> None:
    sources = {"functions": "def exp(x): ...\ndef log(x): ...\ndef relu(x): ...", "sick": "not Python"}
    follows = Follows([], sources)
    assert follows.title("functions") == "exp, log and relu"
    assert follows.title("sick") == "sick"
    assert "follows from exp, log and relu: with a right answer there it passes" in follows.sentence(
        ["functions"], True
    )
    assert "follows from exp, log, relu and sick: with a right answer" in follows.sentence(
        ["functions", "sick"], True
    )


def test_what_a_method_sets_of_itself_is_no_name_of_the_cell() -> None:
    source = "class A:\n    def f(self, x):\n        self.x = x\n        setattr(x, 'y', 1)\nA.g = A.f"
    assert uses_of(source).makes == {"A"}


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("x = x + 1\ny = x", {"x"}),
        ("x = 1\ny = x", set()),
        ("total += 1", {"total"}),
        ("for x in range(n):\n    print(x)", {"range", "n", "print"}),
        ("def f(a=default):\n    return later(a) + own\nown = 1", {"default", "later"}),
        ("class A(Base):\n    size = 3\n    double = size * k", {"Base", "k"}),
        ("rows = [f(x) for x in data if x]", {"f", "data"}),
        ("await talk()\nlen", {"talk", "len"}),
        ("def", set()),
        ("(" * 3000 + ")" * 3000, set()),
    ],
)
def test_names_are_read_where_the_cell_has_not_bound_them_before(source: str, reads: set[str]) -> None:
    assert uses_of(source).reads == reads


def test_only_tests_that_leave_something_behind_run_before_others() -> None:
    cells = [
        cell("a-1", "network = make()\nx = 1", TEST),
        cell("b-1", "x = 2\nassert twice(x) == 4", TEST),
        cell("a-2", "network.forward(x)\nnetwork = None", TEST),
        cell("a-3", "for x in range(3):\n    assert twice(x) == 2 * x", TEST),
        cell("", "network = 'own'", {}),
    ]
    follows = Follows(cells, {})
    assert follows.before(["a-2"]) == {"a-1", "b-1"}
    assert follows.before(["a-3"]) == follows.before(["a-1"]) == set()
