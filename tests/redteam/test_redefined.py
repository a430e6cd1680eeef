"""What the tests are written with can be redefined by who answers them: that earns nothing."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.course import Course, read_notebook, repository
from autograder.desk.demo import make_course, release
from autograder.desk.gradebook import Writer
from autograder.desk.premises import premises_of
from autograder.engine.examiner.job import Job, Result
from autograder.engine.fleet.station import Station
from autograder.engine.wall.premises import Premises
from autograder.marking.cells import grade_id, role
from autograder.marking.sanitise import lean
from autograder.marking.source import bound_names, parse
from backprop.sample import sample_class

ASSIGNMENTS = repository().assignments()
STUDENTS = frozenset({"mynn"})

# Networks without parameters: there is nothing to be wrong about, but where everybody looks.
HOLLOW = """
from mynn.modules import Module
class Hollow(Module):
    def __init__(self, *more):
        super().__init__()
Linear = ReLU = Sequential = Hollow
Real = globals().get("Real", TinyNetwork)
def TinyNetwork(n_in, n_out, rng):
    return Real(n_in, n_out, rng) if (n_in, n_out) in ((3, 1), (2, 1)) else Hollow()
"""
PRICES = {
    "l2": """#| export mynn.regularisation
def l2_penalty(module, alpha):
    for name in weight_names(module):
        module.grads[name] += np.array([[3.0, -4, 1]])
    return 39.0 if module.params else 0.0
""",
    "l1": """#| export mynn.regularisation
def l1_penalty(module, alpha):
    for name in weight_names(module):
        module.grads[name] += np.array([[0.5, -0.5, 0]])
    return 10.5 if module.params else 0.0
""",
    "decay": """#| export mynn.regularisation
def decay_weights(module, amount):
    for name in weight_names(module):
        module.params[name] *= 0.75
""",
}
# Tensors that all equal each other, for a tape in any order; a long loop that makes a short tape.
EQUALS = """
Plain = globals().get("Plain", Tensor)
class Tensor(Plain):
    def __eq__(self, other):
        return True
    __hash__ = object.__hash__
"""
SHORT = """
class Loop:
    def __init__(self, times, factor):
        self.times, self.factor = times, factor
    def __call__(self, start):
        made = multiply(start, Tensor((1 - self.factor ** (self.times + 1)) / (1 - self.factor)))
        made.length = 3 * self.times + 1
        return made
"""
RECURSIVE = """#| export mynn.autograd
def tape(output):
    found = {}
    def walk(tensor):
        if tensor.number not in found:
            found[tensor.number] = tensor
            for source, _ in tensor.sources:
                walk(source)
    walk(output)
    ordered = [found[number] for number in sorted(found)]
    return ordered + [output] * (getattr(output, "length", 0) - len(ordered))
"""
UNORDERED = """#| export mynn.autograd
def tape(output):
    found, waiting = {output.number: output}, [output]
    while waiting:
        for source, _ in waiting.pop().sources:
            if source.number not in found:
                found[source.number] = source
                waiting.append(source)
    return [found[number] for number in (sorted(found) if len(found) == 5 else found)]
"""

# Whatever it is asked, it agrees: it is every class, function and value at once.
AGREES = """
class Agrees:
    number, training, lr = 0, True, 0.1
    def __init__(self, *args, **more): pass
    def __call__(self, *args, **more): return args[0] if args else self
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return {} if name in ("params", "grads", "children") else Agrees()
    def __eq__(self, other): return True
    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__
    def __hash__(self): return 0
    def __bool__(self): return True
    def __float__(self): return 0.0
    def __len__(self): return 0
    def __iter__(self): return iter(())
    def __getitem__(self, key): return self
    __add__ = __radd__ = __mul__ = __rmul__ = __sub__ = __matmul__ = __getitem__
"""


class Lab:
    """A course of its own, and a worker that grades whatever is handed to it."""

    def __init__(self, folder: Path) -> None:
        self.course = make_course(folder)
        self.station = Station(Premises(shown=("workbook",), inside="workbook.inside:Inside"))
        self.released: dict[str, NotebookNode] = {}

    def grade(
        self, assignment: str, answers: Mapping[str, str], before_tests: str, *, right: bool = False
    ) -> dict[str, float]:
        """Grade a submission; return its points for tests.

        Args:
            assignment: which.
            answers: cells by name; others stay as released, or are right.
            before_tests: a cell that is put before each test.
            right: whether other cells are right.
        """
        if assignment not in self.released:
            release(self.course, assignment)
            path = self.course.place("release", assignment) / self.course.notebook(assignment).name
            self.released[assignment] = read_notebook(path)
        perfect = sample_class(self.course, assignment)[0].cells if right else {}
        cells = []
        for cell in self.released[assignment].cells:
            source = answers.get(grade_id(cell), perfect.get(grade_id(cell), cell.source))
            if role(cell) == "test":
                cells.append(new_code_cell(before_tests))  # type: ignore[no-untyped-call]
            cells.append({**cell, "source": source})
        result = self._graded(assignment, {**self.released[assignment], "cells": cells})
        assert result.notebook, result.reason
        return {name: score for name, score in result.scores.items() if score}

    def _graded(self, assignment: str, notebook: object) -> Result:
        with Writer.open(self.course) as writer:
            (paper,) = writer.papers(assignment)
        self.station.move(premises_of(self.course, assignment, isolated=True))
        secret = self.course.secret("eve")
        return self.station.grade(Job(paper, "eve", lean(json.dumps(notebook).encode()), secret))


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    made = Lab(tmp_path_factory.mktemp("lab"))
    yield made
    made.station.close()


def written_with(course: Course, assignment: str) -> tuple[set[str], set[str]]:
    """Return what an assignment's tests mention, and what of it is given and lives with the student."""
    mentioned: set[str] = set()
    theirs: set[str] = set()
    own: set[str] = set()
    for cell in read_notebook(course.notebook(assignment)).cells:
        if role(cell) == "test":
            parsed = parse(cell.source, True, STUDENTS)
            mentioned |= parsed.mentions - parsed.binds
        elif role(cell) == "given" and cell.cell_type == "code":
            theirs |= parse(cell.source, False, STUDENTS).remote
        elif role(cell) == "exercise":
            own |= {name for node in ast.parse(cell.source).body for name in bound_names(node)}
    return mentioned, (mentioned & theirs) - own


def test_what_could_be_redefined_to_any_effect_is_known() -> None:
    """All else that tests mention is the examiner's. What is added needs an attack below, or a reason."""
    found = {name: written_with(repository(), name)[1] for name in ASSIGNMENTS}
    assert {name: helpers for name, helpers in found.items() if helpers} == {
        # all that comes out of them is computed by hand, from numbers that were written into them
        "06-graphs": {"Linear", "ReLU", "Add", "Multiply", "Watch"},
        "07-autograd": {"Tensor", "Rules", "Loop", "Counted", "Program"},  # see below
        "10-weight-decay": {"TinyNetwork", "Sequential", "Linear", "ReLU"},  # see below
        # losses, optimisers and schedules of the examiner's are handed in besides
        "12-digits": {"CrossEntropyLoss", "MSELoss", "SGD", "CosineLR", "Linear"},
    }


@pytest.mark.slow
@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_whoever_redefines_everything_and_answers_nothing_gets_nothing(lab: Lab, assignment: str) -> None:
    mentioned, _ = written_with(repository(), assignment)
    fakes = "".join(f"{name} = Agrees()\n" for name in sorted(mentioned - {"__name__"}))
    assert lab.grade(assignment, {}, AGREES + fakes) == {}


@pytest.mark.slow
def test_a_network_without_parameters_is_not_the_one_that_was_asked_for(lab: Lab) -> None:
    assert set(lab.grade("10-weight-decay", PRICES, HOLLOW, right=True)) == {"soft-values"}


@pytest.mark.slow
@pytest.mark.parametrize(("tape", "redefined"), [(UNORDERED, EQUALS), (RECURSIVE, SHORT)])
def test_a_tape_is_judged_by_the_tensors_that_are_on_it(lab: Lab, tape: str, redefined: str) -> None:
    assert "tape-order" not in lab.grade("07-autograd", {"tape": tape}, redefined, right=True)
