"""What a sandbox is built from: what a submission sees, what it may use, and the course's part in there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conversation import Conversation

from autograder.engine.wall.premises import SandboxError, premises_for
from autograder.engine.wall.sandbox import Sandbox
from autograder.engine.wire.limits import Limits
from autograder.marking.surroundings import Surroundings

LOOK = """
import importlib.util, os
names = ("workbook", "backprop", "autograder.desk")
found = {name: importlib.util.find_spec(name) is not None for name in names}
engine = sorted(os.listdir("/grader/autograder/engine"))
data = os.path.exists("/grader/data/README.md")
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    around = Surroundings(shown=("workbook", "workbook/../data"), inside="workbook.nowhere:Inside")
    limits = Limits(stream=100, displays=2, message=2**20)
    hooks = "backprop.course:Backprop"
    running = Sandbox(premises_for(around, hooks, hidden=(), isolated=True, limits=limits))
    yield running
    running.close()


def test_a_submission_sees_what_is_shown_and_nothing_of_the_hooks(talk: Conversation) -> None:
    talk.student(LOOK)
    assert talk.passes("assert found == {'workbook': True, 'backprop': False, 'autograder.desk': False}")
    assert talk.passes("assert data")
    assert talk.passes(
        "assert [name for name in engine if not name.startswith('__')] == ['examinee', 'wire']"
    )


def test_its_limits_are_the_courses(talk: Conversation) -> None:
    (printed,) = talk.student("print('x' * 1000)")
    assert "a cell may print 100 characters" in str(printed["text"])
    shown = talk.student("from IPython.display import display\nfor n in range(5): display(n)")
    assert sum(output["output_type"] == "display_data" for output in shown) == 2
    talk.student("import numpy as np\ndef many():\n    return np.zeros(2**18)")
    assert "too much for one message (1 MB)" in talk.fails_with("many()")


def test_the_courses_part_that_fails_costs_its_own_words_only(sandbox: Sandbox, talk: Conversation) -> None:
    assert "ModuleNotFoundError" in sandbox.trouble
    talk.student("def broken():\n    return [][1]")
    verdict = talk.room.test("test", "assert broken() == 1", 1.0)
    (error,) = (output for output in verdict.outputs if output["output_type"] == "error")
    assert "return [][1]" in "\n".join(error["traceback"]), "the student's line, without a course's help"


def test_a_package_that_is_shown_and_not_there_is_named() -> None:
    around = Surroundings(shown=("no_such_package",))
    with pytest.raises(SandboxError, match="no_such_package"):
        Sandbox(premises_for(around, "", hidden=(), isolated=True, limits=Limits()))
