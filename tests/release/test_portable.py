"""Releasing refuses a test cell that can't do its work, and says which, where and what to do."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from small_course import about, source_notebook

from autograder.course import read_notebook, repository
from autograder.release.portable import check_release


def notebook(test: str, given: str = "", answer: str = "def f(x):\n    return x") -> nbformat.NotebookNode:
    def cell(name: str, source: str, **roles: Any) -> Any:
        return new_code_cell(source, metadata=about(name, **roles))

    return new_notebook(
        cells=[
            cell("given", given, locked=True),
            cell("answer", answer, solution=True),
            cell("test", test, grade=True, locked=True, points=1),
        ]
    )


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"test": "assert f(1) ==="}, "'test', line 1: not Python"),
        ({"test": "x = 1\n%timeit f(1)"}, "'test', line 2: a test can't use this magic"),
        ({"test": "!ls"}, "'test', line 1: a test can't use this magic, nor shell commands"),
        ({"test": "import inspect\ninspect.getsource(f)"}, "line 2: getsource() doesn't see"),
        ({"test": "assert sum(f(1)) == 1", "answer": "def sum(x): return x"}, "Python's own sum"),
        ({"test": "f(3)"}, "line 1: the last line's value counts as points, and this one is the student's"),
        ({"test": "x = 3\nf(x).params['weight']"}, "line 2: the last line's value counts as points"),
        ({"test": "[f(1), f(2)]"}, "this is no number"),
        ({"test": "f(1) == 1"}, "'test', line 1: this line compares, and whatever comes out nothing fails"),
        ({"test": "for x in (1, 2):\n    f(x) == x and f(-x) == -x"}, "line 2: this line compares"),
    ],
)
def test_what_can_not_work_is_named_with_its_line(cells: dict[str, str], words: str) -> None:
    assert words in "\n".join(check_release(notebook(**cells)))


def test_a_name_that_only_a_test_defines_is_not_for_answers() -> None:
    cells = notebook("size = 3", answer="def f(x):\n    return x[:size]")
    cells.cells.reverse()
    assert "reads size, which only the test 'test' defines" in "\n".join(check_release(cells))


@pytest.mark.parametrize(
    "test",
    [
        "assert f(1) == 1",
        "assert isinstance(f(1), int) and isinstance(f(1), f)",
        "await f(1)\nassert f(1) == 1",
        "%matplotlib inline\nassert f(1) == 1",
        "import inspect\nassert 'x' in inspect.signature(f).parameters and 'f' in globals()",
        "2 * sum(f(x) == x for x in (1, 2)) / 2",
        "check_close(f(1), 1)",
    ],
)
def test_ordinary_tests_are_not_complained_of(test: str) -> None:
    assert check_release(notebook(test)) == []


def test_the_courses_own_notebooks_can_be_released() -> None:
    course = repository()
    assert check_release(source_notebook()) == []
    for assignment in course.assignments():
        assert check_release(read_notebook(course.notebook(assignment))) == [], assignment
