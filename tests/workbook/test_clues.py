"""Clues in a notebook: the bank's sentence comes first where a check fails, and nothing else changes."""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from autograder.course import repository
from workbook import clue_file, probe
from workbook.needed import needed_by_checks

COURSE = repository()
RELEASED, NAME = COURSE.folder("release"), "02-modules"
Run = Callable[[str], Any]


def cells(folder: str) -> dict[str, str]:
    notebook = nbformat.read(COURSE.folder(folder) / NAME / "modules.ipynb", as_version=4)
    return {cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in notebook.cells}


CHECKS, ANSWERS = cells("release"), cells("source")
LINEAR = ANSWERS["linear"]
AVERAGED = LINEAR.replace("grad_output.sum(axis=0)", "grad_output.mean(axis=0)")
SENTENCE = "The gradient of the bias is averaged over the batch"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(RELEASED / NAME, tmp_path / NAME)
    shutil.copytree(RELEASED / "mynn", tmp_path / "mynn", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path / NAME)
    monkeypatch.delenv("WORKBOOK_HOME", raising=False)
    return tmp_path


@pytest.fixture
def run(workspace: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a cell as a notebook does; returns what went wrong in it."""
    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))

    def run_cell(text: str) -> Any:
        result = shell.run_cell(text)
        return result.error_before_exec or result.error_in_exec

    for given in ("load", "imports", "tools"):
        assert run_cell(CHECKS[given]) is None
    return run_cell


def test_the_banks_sentence_is_said_first(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run(AVERAGED)
    error = run(CHECKS["linear-backward"])
    assert str(error).startswith(SENTENCE)
    assert 'Linear.grads["bias"], shape (3,)' in str(error)
    assert "What it looks like" not in str(error)
    assert SENTENCE in capsys.readouterr().out


def test_a_check_that_passes_leaves_no_names_behind(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("t, helper = 1, len")
    run(LINEAR.replace("grad_output.T @ self.x", "grad_output.T @ self.x * t"))
    run(AVERAGED)
    assert run(CHECKS["linear-backward"]) is not None
    run(LINEAR.replace("self.x = x", "self.x = layer = x"))
    assert run(CHECKS["linear-forward"]) is None
    assert isinstance(run("layer"), NameError)
    assert run("t, helper, Linear, rng") is None


def test_a_helper_may_have_the_name_of_a_checks_own_variable(run: Run) -> None:
    run(
        LINEAR.replace(
            "class Linear", "def layer(x, W, b):\n    return x @ W.T + b\n\n\nclass Linear"
        ).replace(
            'return x @ self.params["weight"].T + self.params["bias"]',
            'return layer(x, self.params["weight"], self.params["bias"])',
        )
    )
    for _ in range(2):
        assert run(CHECKS["linear-forward"]) is None
        assert run(CHECKS["linear-backward"]) is None
    assert run("assert layer(np.ones((1, 2)), np.ones((1, 2)), 3.0) == 5.0") is None
    assert run("assert not [name for name in globals() if name.endswith('_of_the_cell')]") is None


def test_a_helper_may_have_the_name_of_a_shown_cells_own_variable(
    run: Run, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = "for mine in (1, 2):\n    seen = mine\nkept = seen"
    path = workspace / NAME / clue_file.FILE
    about = json.loads(path.read_text(encoding="utf-8"))
    about["shown"] = {clue_file.fingerprint(shown): ["mine"]}
    path.write_text(json.dumps(about), encoding="utf-8")
    run(
        LINEAR.replace("class Linear", "def mine(x):\n    return x\n\n\nclass Linear").replace(
            "self.x = x", "self.x = mine(x)"
        )
    )
    assert run(shown) is None
    assert run("assert kept == 2 and mine(3) == 3 and '_mine_of_the_cell' not in globals()") is None
    assert run(CHECKS["linear-backward"]) is None
    assert "something else now" not in capsys.readouterr().err
    run(shown + "  # changed: the student's own")
    assert "mine is something else now" in capsys.readouterr().err


def test_what_another_check_reads_stays(run: Run, workspace: Path) -> None:
    path = workspace / NAME / "modules.ipynb"
    notebook = nbformat.read(path, as_version=4)
    later = next(
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "linear-backward"
    )
    later.source = "check_close(layer.grads['bias'], np.zeros(2))"
    nbformat.write(notebook, path)
    run(LINEAR)
    assert run(CHECKS["linear-forward"]) is None
    assert run(later.source) is None


def test_a_check_needs_no_parameter_and_no_function_of_its_own(workspace: Path) -> None:
    path = workspace / NAME / "modules.ipynb"
    cell = nbformat.v4.new_code_cell(
        "def own(given): return [made(g) for g in given]\nimport math\nclass A(Module): size = 1\n"
        "assert own([rng]) and (lambda x, y=later: x + y + math.pi)(1)"
    )
    cell.metadata["nbgrader"] = {"grade": True, "solution": False, "grade_id": "linear-own"}
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    assert needed_by_checks(path.parent) == {"made", "Module", "rng", "later"}


def test_a_check_that_passes_tells_of_names_that_only_the_notebook_has(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    run(
        "#| export mynn.modules\n"
        + LINEAR.split("\n", 1)[1]
        .replace("@ self.x", "@ kept")
        .replace("self.x = x", "global kept; kept = x")
    )
    assert capsys.readouterr().err == ""
    assert run(CHECKS["linear-forward"]) is None
    assert "Linear.backward uses kept (line 22), which only your notebook has." in capsys.readouterr().out


def test_a_check_that_the_student_changed_has_its_clue_too(run: Run) -> None:
    run(AVERAGED)
    assert str(run("check_gradients(Linear(2, 7, rng), rng.normal(size=(6, 2)))")).startswith(SENTENCE)
    assert str(run(CHECKS["linear-backward"].replace(", ", ",\n  "))).startswith(SENTENCE)


def test_a_notebook_that_lies_elsewhere_finds_its_clues(
    run: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(AVERAGED)
    monkeypatch.chdir(workspace)
    assert str(run(CHECKS["linear-backward"])).startswith(SENTENCE)


def test_a_mistake_in_what_an_exercise_uses_is_said_to_be_there(run: Run) -> None:
    for name in ("relu", "duplicate", "add", "max", "tiny"):
        run(ANSWERS[name])
    run(AVERAGED)
    error = run(next(text for name, text in CHECKS.items() if name and name.startswith("tiny-")))
    assert in_one(error).startswith(f"The mistake is in Linear, which this uses. {SENTENCE}")


def in_one(error: BaseException) -> str:
    """A message without the line breaks of its width."""
    return str(error).replace("\n    ", " ")


def test_an_assertion_of_a_check_says_what_it_found_not_how_it_asks(run: Run) -> None:
    run(AVERAGED)
    error = run("check_gradients, x = None, 3\nassert Linear and x == 4, f'x should be 4; it is {x}'")
    assert in_one(error).startswith(SENTENCE)
    assert str(error).endswith("\nx should be 4; it is 3")


def test_a_line_that_stops_a_check_says_first_what_that_means(run: Run) -> None:
    run(ANSWERS["relu"].replace("return np.maximum(x, 0)", "return np.max(0, x)"))
    error = run(CHECKS["relu-forward"])
    assert str(error).startswith("An array stands where one whole number belongs")
    assert "return np.max(0, x)" in str(error)
    assert isinstance(error.__cause__, TypeError)
    run(ANSWERS["relu"].replace("return np.maximum(x, 0)", 'return x * self.params["gate"]'))
    assert str(run(CHECKS["relu-forward"])).startswith("There is no such key in self.params: it has no keys.")
    run(ANSWERS["relu"].replace("return np.maximum(x, 0)", "raise RuntimeError('enough')"))
    assert isinstance(run(CHECKS["relu-forward"]), RuntimeError)


@pytest.mark.parametrize("missing", ["no file", "not JSON", "something else"])
def test_without_clues_the_check_speaks(run: Run, workspace: Path, missing: str) -> None:
    file = workspace / NAME / clue_file.FILE
    file.unlink() if missing == "no file" else file.write_text("{" if missing == "not JSON" else "[]")
    run(AVERAGED)
    assert str(run(CHECKS["linear-backward"])).startswith("Linear: the gradient of bias is wrong.")


def test_what_is_not_a_mistake_of_the_bank_is_left_as_it_is(run: Run) -> None:
    run(CHECKS["linear"])
    assert isinstance(run(CHECKS["linear-backward"]), NotImplementedError)
    run(LINEAR.replace("grad_output.sum(axis=0)", "np.sin(grad_output).sum(axis=0)"))
    assert str(run(CHECKS["linear-backward"])).startswith("Linear: the gradient of bias is wrong.")
    run(AVERAGED)
    assert isinstance(run("1 / 0"), ZeroDivisionError)
    assert isinstance(run("Linear(2, 3, rng).forward(np.ones(5))"), ValueError)
    run(LINEAR)
    assert run(CHECKS["linear-backward"]) is None


def test_probing_changes_nothing_of_the_students(run: Run) -> None:
    run(AVERAGED)
    run("layer = Linear(3, 2, rng); layer.backward(layer(np.ones((4, 3))))")
    run("def state(): return str(rng.bit_generator.state), str(np.random.get_state()), str(layer.grads)")
    check = "check_gradients(Linear(5, 3, np.random.default_rng(0)), np.ones((4, 5)))"
    run("before, names = state(), set(globals())")
    assert str(run(check)).startswith(SENTENCE)
    assert run("assert state() == before") is None
    assert run("assert set(globals()) == names | {'before', 'names'}") is None


def test_a_probe_that_hangs_is_stopped_and_an_alarm_goes_on() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda *_: heard.append(1))
    signal.setitimer(signal.ITIMER_REAL, 60)

    def hang(names: Any, rng: Any) -> Any:
        while True:
            try:
                time.sleep(0.01)
            except Exception:
                raise AssertionError from None

    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(probe, "LIMIT", 0.05)
            assert probe.run_quietly(hang, {}) is None
        left, _ = signal.getitimer(signal.ITIMER_REAL)
        assert 50 < left < 60
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert not heard


def test_generators_and_output_are_put_back(capsys: pytest.CaptureFixture[str]) -> None:
    own = np.random.default_rng(5)
    expected = np.random.default_rng(5).random()
    np.random.seed(7)
    legacy = np.random.random()
    np.random.seed(7)

    def noisy(names: Any, rng: Any) -> Any:
        print("here", names["own"].random(), np.random.random())
        return {"x": rng.random()}

    found = probe.run_quietly(noisy, {"own": own})
    assert found is not None
    assert len(found) == len(probe.SEEDS)
    assert own.random() == expected
    assert np.random.random() == legacy
    assert capsys.readouterr().out == ""
