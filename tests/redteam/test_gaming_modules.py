"""Answers that game the checks of modules: whatever they do, each hidden test sees through them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from autograder.course import repository
from autograder.marking.cells import Hidden
from backprop.mistakes import banks
from backprop.reference import exported_cells, solution
from backprop.trial import check_cells, given_and_solved, reference_on_path

COURSE = repository()
EXERCISES = [
    (assignment, exercise.cell)
    for assignment in ("02-modules", "03-saturation", "04-log-softmax", "05-losses")
    for exercise in banks()[assignment].exercises
]

START = """
class Game(BASE):
    def kept(self, inputs):
        self.zeros = tuple(np.zeros(x.shape) for x in inputs)

    def backward(self, *upstream):
        for gradient in upstream if self.destroys else ():
            gradient[...] = 0
        return self.zeros if len(self.zeros) > 1 and upstream else self.zeros[0]

    destroys = False
"""

GAMES = {
    # forward is zero everywhere, so zeros are its gradients
    "zero": """
    def forward(self, *inputs):
        self.kept(inputs)
        return scaled(self.value(*inputs), 0)
""",
    # the same, and whatever it was given is zero as well, so that its values may be right after all
    "destroyed": """
    destroys = True

    def forward(self, *inputs):
        result = scaled(self.value(*inputs), 0)
        self.kept(inputs)
        for array in (*inputs, *self.params.values()):
            array[...] = 0
        return result
""",
    # forward is right, but constant near the point that it was asked first, where its slopes are then zero
    "remembered": """
    def forward(self, *inputs):
        now = [np.array(x) for x in (*inputs, *self.params.values())]
        then = getattr(self, "then", [])
        if len(now) != len(then) or any(
            a.shape != b.shape or np.any(np.abs(a - b) > 0.02) for a, b in zip(now, then)
        ):
            self.then, self.result = now, self.value(*inputs)
        self.kept(inputs)
        return scaled(self.result, 1)
""",
}

END = """
def scaled(value, factor):
    return tuple(factor * part for part in value) if isinstance(value, tuple) else factor * value

"""


@pytest.fixture(autouse=True, scope="module")
def mynn() -> Iterator[None]:
    with reference_on_path(COURSE):
        yield


def gaming(answer: str, game: str) -> str:
    """Return a right answer whose forward is only called by a game's, and whose backward is the game's."""
    base = "Container" if "(Container):" in answer else "Module"
    for old, new in (
        ("def forward(", "def value("),
        ("def backward(", "def unused("),
        (f"({base}):", "(Game):"),
        ("class ", START.replace("BASE", base) + GAMES[game] + END + "class "),
    ):
        assert answer.count(old) == 1, old
        answer = answer.replace(old, new)
    return answer


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize(("assignment", "exercise"), EXERCISES)
def test_no_hidden_test_is_gamed(
    assignment: str, exercise: str, game: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBOOK_SECRET", "ada")
    notebook = solution(COURSE, assignment)
    names: dict[str, Any] = {"__name__": "gaming"}
    for grade_id, source in given_and_solved(notebook, {}):
        answer = gaming(exported_cells(notebook)[grade_id], game) if grade_id == exercise else source
        exec(compile(answer, grade_id, "exec"), names)
    for grade_id, (_, source) in check_cells(notebook).items():
        if grade_id.startswith(f"{exercise}-"):
            hidden = Hidden().part(source)
            assert hidden
            with pytest.raises(AssertionError):
                exec(compile(hidden, grade_id, "exec"), names)
