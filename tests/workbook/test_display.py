"""A failed cell, as a notebook shows it and as nbclient sees it."""

from __future__ import annotations

import nbclient
import pytest
from nbformat.v4 import new_code_cell, new_notebook

CELLS = {
    "start": "from workbook import Module, check_close, check_gradients, display\nimport numpy as np\n"
    "display.install(get_ipython())\ndisplay.install(get_ipython())\nx = np.ones((2, 3))\n"
    "import os, tempfile\nos.environ['WORKBOOK_HOME'] = tempfile.mkdtemp()\n%load_ext workbook",
    "stub": "class Stub(Module):\n    def forward(self, x):\n        raise NotImplementedError",
    "not attempted": "check_gradients(Stub(), x)",
    "broken": "class Broken(Module):\n    def forward(self, x):\n        return self.weight @ x",
    "student's exception": "check_gradients(Broken(), x)",
    "wrong": "class Wrong(Module):\n    def forward(self, x):\n        return 2 * x\n"
    "    def backward(self, g):\n        return -2 * g",
    "wrong gradient": "check_gradients(Wrong(), x)",
    "wrong value": "check_close(x.cumsum(), 2 * x.cumsum())",
    "one of two checks": "check_close(x, x)\ncheck_close(2 * x,\n    x)",
    "numpy's exception": "x @ x",
    "shapes": "class Shapes(Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.params['weight'] = np.ones((4, 3))\n"
    "    def forward(self, x):\n        return 1 + x @ self.params['weight']\n"
    "    def backward(self, g):\n        return g * np.add(x.T, self.params['weight'])",
    "shapes of @": "Shapes().forward(x)",
    "shapes of +": "Shapes().backward(x)",
    "shapes of a part": "x @ x[1:]",
    "a student's own ValueError": "raise ValueError('a cycle: ' + str(x.shape))",
    "syntax": "x = (1,\ny y",
    "stopped in while": "def root(a):\n    r = a\n    while abs(r * r - a) > 1e-12:\n"
    "        raise KeyboardInterrupt\nroot(2.0)",
    "stopped in for": "def order(todo):\n    while todo:\n        for node in todo:\n            halt()\n"
    "def halt():\n    raise KeyboardInterrupt\norder([1])",
    "stopped in calls": "def down(n):\n    if n == 50:\n        raise KeyboardInterrupt\n    down(n + 1)\n"
    "down(1)",
    "stopped in a cell's loop": "while x.all():\n    raise KeyboardInterrupt",
    "stopped": "raise KeyboardInterrupt",
    "right": "class Right(Wrong):\n    def backward(self, g):\n        return 2 * g\n"
    "check_gradients(Right(), x)",
}


@pytest.fixture(scope="module")
def outputs():
    notebook = new_notebook(cells=[new_code_cell(source) for source in CELLS.values()])
    nbclient.NotebookClient(notebook, allow_errors=True, kernel_name="python3").execute()
    return dict(zip(CELLS, (cell.outputs for cell in notebook.cells), strict=True))


def error(outputs):
    (found,) = [output for output in outputs if output.output_type == "error"]
    return found


def shown(outputs):
    return "\n".join(error(outputs).traceback)


def test_what_is_not_attempted_says_so(outputs):
    assert error(outputs["not attempted"]).ename == "NotImplementedError"
    assert (
        shown(outputs["not attempted"])
        == "Not attempted yet: fill in Stub.forward, then run this cell again."
    )


def test_an_exception_shows_the_students_lines_only(outputs):
    text = shown(outputs["student's exception"])
    assert "check_gradients(Broken(), x)" in text
    assert "return self.weight @ x" in text
    assert "AttributeError: 'Broken' object has no attribute 'weight'" in text
    assert "subject" not in text
    assert "Nothing has been stored as weight" in text
    assert len(text.split("\n")) == 8


def test_a_wrong_gradient_shows_its_message_and_a_heat_map(outputs):
    found = error(outputs["wrong gradient"])
    assert found.ename == "GradientError"
    assert found.evalue == shown(outputs["wrong gradient"])
    assert "wrong sign" in found.evalue
    (card,) = [output for output in outputs["wrong gradient"] if output.output_type == "display_data"]
    page = card.data["text/html"]
    assert page.index("wrong sign") < page.index("Wrong: the gradient of the input is wrong.")
    assert page.count("<rect") == 6 + 2, "a cell for each entry, and two of the legend"
    assert "6 of 6 entries" in page
    assert card.data["text/plain"] == "", "the error's own text says it all"


def test_a_wrong_value_shows_its_message(outputs):
    assert "1/2 of what it should be" in shown(outputs["wrong value"])


def test_of_several_checks_in_a_cell_the_one_that_failed_is_shown(outputs):
    assert shown(outputs["one of two checks"]).split("\n")[-1] == "(line 2: check_close(2 * x,)"


def test_other_exceptions_are_short(outputs):
    assert shown(outputs["numpy's exception"]) == (
        "line 1:\n    x @ x\nValueError: the shapes don't fit in x @ x: x is (2, 3)."
    )
    assert "SyntaxError: '(' was never closed" in shown(outputs["syntax"])


def test_shapes_that_do_not_fit_are_given_with_their_names(outputs):
    assert shown(outputs["shapes of @"]).split("\n")[-1] == (
        "ValueError: the shapes don't fit in x @ self.params['weight']: "
        "x is (2, 3) and self.params['weight'] is (4, 3). With self.params['weight'] transposed they would."
    )
    assert "Here x.T is (3, 2) and self.params['weight'] is (4, 3)." in shown(outputs["shapes of +"]).split(
        "\n"
    )
    part = shown(outputs["shapes of a part"]).split("\n")
    assert part[-2].startswith("ValueError: matmul")
    assert part[-1] == "Here x is (2, 3)."
    said = shown(outputs["a student's own ValueError"]).split("\n")
    assert said[-1] == "ValueError: a cycle: (2, 3)"


def test_what_was_stopped_is_told_with_the_loop_that_may_have_no_end(outputs):
    assert error(outputs["stopped in while"]).ename == "KeyboardInterrupt"
    assert shown(outputs["stopped in while"]).endswith(
        "root, line 4:\n    raise KeyboardInterrupt\n"
        "The loop in root goes on as long as abs(r * r - a) > 1e-12 holds. "
        "What changes that, each time round?\nKeyboardInterrupt: it was stopped here."
    )
    assert (
        "The loop in order goes through todo, and has no end if something is put in there meanwhile."
    ) in shown(outputs["stopped in for"])
    assert "down was calling itself, 50 calls deep. Which case" in shown(outputs["stopped in calls"])
    assert "This loop goes on as long as x.all() holds" in shown(outputs["stopped in a cell's loop"])
    assert "loop" not in shown(outputs["stopped"])


def test_a_right_module_ends_its_cell_in_words(outputs):
    (card,) = outputs["right"]
    assert card.output_type == "display_data", "as a result nbgrader would take it for points"
    assert card.data["text/plain"].startswith("Right: backward agrees with forward, for the input")


def test_the_cell_still_fails():
    notebook = new_notebook(
        cells=[new_code_cell(CELLS[name]) for name in ("start", "wrong", "wrong gradient")]
    )
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="wrong sign"):
        nbclient.NotebookClient(notebook, kernel_name="python3").execute()
