"""A student's cells run as in a notebook."""

from __future__ import annotations

import base64
import hashlib
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from conversation import Conversation

from autograder.engine.examinee.recogniser import BLANK
from autograder.engine.wall.premises import Premises
from autograder.engine.wall.sandbox import Sandbox
from autograder.engine.wire.limits import Limits
from autograder.engine.wire.outputs import kept_once


def kinds(outputs: list[dict[str, Any]]) -> list[str]:
    return [output["output_type"] for output in outputs]


def picture(outputs: list[dict[str, Any]]) -> str:
    return next(output["data"]["image/png"] for output in outputs if "image/png" in output["data"])


def test_streams_results_and_order(talk: Conversation) -> None:
    outputs = talk.student("import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c')\n7")
    assert kinds(outputs) == ["stream", "stream", "stream", "execute_result"]
    assert outputs[-1]["data"] == {"text/plain": "7"}


def test_figures_are_shown_once(talk: Conversation) -> None:
    outputs = talk.student("%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert kinds(outputs) == ["display_data"]
    assert str(outputs[0]["data"]["image/png"]).startswith("iVBOR")
    assert kinds(talk.student("1 + 1")) == ["execute_result"]


def test_a_figure_has_the_words_that_a_notebooks_hook_gives_it(talk: Conversation) -> None:
    talk.student(
        "def hook(message):\n    message['content']['data']['text/html'] = '<img alt=\"A line.\">'\n"
        "    return message\nget_ipython().display_pub.register_hook(hook)"
    )
    outputs = talk.student("%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert kinds(outputs) == ["display_data"]
    assert outputs[0]["data"]["text/html"] == '<img alt="A line.">'


def test_a_picture_that_stands_in_its_words_is_kept_once() -> None:
    words = '<img alt="A line." src="data:image/png;base64,CCCC">'
    outputs = [
        {"output_type": "display_data", "data": {"image/png": "CCCC\n", "text/html": words}},
        {"output_type": "display_data", "data": {"image/png": "CCCC", "text/html": "<b>another</b>"}},
    ]
    kept_once(outputs)
    assert [sorted(output["data"]) for output in outputs] == [["text/html"], ["image/png", "text/html"]]


def test_an_error_that_draws_itself_is_drawn_above_its_words(talk: Conversation) -> None:
    talk.student("def twice(x):\n    return 3 * x")
    test = (
        "class Wrong(AssertionError):\n    def _repr_html_(self):\n        return '<svg></svg>'\n"
        "if twice(2) != 4: raise Wrong('not twice')"
    )
    verdict = talk.room.test("test", test, 1.0)
    assert verdict.failed
    assert kinds(verdict.outputs) == ["display_data", "error"]
    assert verdict.outputs[0]["data"]["text/html"] == "<svg></svg>"
    assert verdict.outputs[1]["evalue"] == "not twice"


def test_rich_display_and_updates(talk: Conversation) -> None:
    outputs = talk.student(
        "from IPython.display import HTML, display\nhandle = display(HTML('<b>x</b>'), display_id='d')\n"
        "handle.update(HTML('<b>y</b>'));"
    )
    assert kinds(outputs) == ["display_data", "update_display_data"]
    assert outputs[0]["data"]["text/html"] == "<b>x</b>"


def test_magics_shell_and_await(talk: Conversation) -> None:
    assert "CPU times" in str(talk.student("%%time\nsum(range(9))"))
    assert "hello" in str(talk.student("!echo hello"))
    assert "from C" in str(talk.student("import os\nos.system('echo from C');"))
    assert talk.student("import asyncio\nawait asyncio.sleep(0)\n5")[0]["data"] == {"text/plain": "5"}


def test_widgets_are_made_without_a_front_end(talk: Conversation) -> None:
    outputs = talk.student("import ipywidgets\nipywidgets.IntSlider(3)")
    assert "IntSlider(value=3)" in outputs[0]["data"]["text/plain"]
    assert "error" not in kinds(
        talk.student("@ipywidgets.interact(n=(0, 3))\ndef show(n=1):\n    print('n is', n)")
    )


def test_input_is_refused_in_words(talk: Conversation) -> None:
    outputs = talk.student("name = input('Your name? ')")
    assert kinds(outputs) == ["error"]
    assert "can't be answered while your notebook is graded" in outputs[0]["evalue"]


def test_errors_are_shown_and_the_next_cell_runs(talk: Conversation) -> None:
    outputs = talk.student("print('before')\n1 / 0")
    assert kinds(outputs) == ["stream", "error"]
    assert outputs[1]["ename"] == "ZeroDivisionError"
    assert talk.student("2")[0]["data"] == {"text/plain": "2"}
    assert kinds(talk.student("def broken(:")) == ["error"]


def test_output_is_bounded(talk: Conversation) -> None:
    outputs = talk.student("for _ in range(100): print('x' * 100_000)")
    assert sum(len(output["text"]) for output in outputs) < 1_200_000
    assert "truncated" in outputs[-1]["text"]


STAMP = base64.b64encode(b"from the rehearsal").decode()


@pytest.mark.parametrize(
    "cell",
    [
        "from workbook.widgets import saturation_explorer\nlive = saturation_explorer()\nlive",
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2, 4]);",
    ],
)
def test_a_figure_that_the_grader_knows_is_not_drawn_again(sandbox: Sandbox, cell: str) -> None:
    """The page shows the picture that came from the rehearsal; a figure that is changed draws itself."""
    first = Conversation(sandbox, keeping=True)
    drawn = picture(first.student(cell))
    kept = dict(first.examiner.ask("pictures", 2.0))
    assert drawn in kept.values()
    first.examiner.close()
    sandbox.end()
    second = Conversation(sandbox, known=dict.fromkeys(kept, STAMP), keeping=True)
    assert picture(second.student(cell)) == STAMP
    if "live" in cell:
        second.student("live.controls['layers'].value = 3")
        assert second.student("bytes(live.image.value[1:4])")[0]["data"] == {"text/plain": "b'PNG'"}
    else:
        other = picture(second.student(cell.replace("4", "5")))
        assert other.startswith("iVBOR")
        assert list(dict(second.examiner.ask("pictures", 2.0)).values()) == [other], "for the next run"
    second.examiner.close()
    sandbox.end()


CURVES = """
%matplotlib inline
import matplotlib.pyplot as plt
for power in range(4):
    figure, axes = plt.subplots(layout="constrained")
    axes.plot([0, 1, 2], [0, 1, 2**power], label=f"$x^{power}$")
    axes.legend()
    plt.show()
"""


def rehearsed(sandbox: Sandbox, *cells: str, beside: bool) -> tuple[list[str], dict[str, str]]:
    """Run cells as a solution's; return the pictures that its copy has, and those that the grader keeps."""
    talk = Conversation(sandbox, patience=60, keeping=True, beside=beside)
    shown = [
        output["data"]["image/png"] for cell in cells for output in talk.student(cell) if "data" in output
    ]
    kept = dict(talk.examiner.ask("pictures", 2.0))
    talk.examiner.close()
    sandbox.end()
    return shown, kept


@pytest.mark.parametrize("cells", [(CURVES,), (CURVES, CURVES)], ids=["once", "twice"])
def test_what_a_rehearsal_draws_beside_its_notebook_is_what_it_would_draw_in_it(
    sandbox: Sandbox, cells: Sequence[str]
) -> None:
    drawn, kept = rehearsed(sandbox, *cells, beside=False)
    shown, others = rehearsed(sandbox, *cells, beside=True)
    assert len(set(drawn)) == 4
    assert others == kept
    assert len(shown) == len(drawn), "each has its place, though a blank one"
    assert (BLANK in shown) == (sys.platform == "linux")


def test_beside_a_thread_a_rehearsal_draws_in_its_own_process(sandbox: Sandbox) -> None:
    """What another thread holds at the moment would be held for good in a process that is forked."""
    thread = "import threading, time\nthreading.Thread(target=time.sleep, args=[60], daemon=True).start()"
    shown, kept = rehearsed(sandbox, thread, CURVES, beside=True)
    assert set(shown) == set(kept.values())
    assert len(kept) == 4


def test_where_nothing_may_be_forked_a_rehearsal_draws_in_its_own_process() -> None:
    narrow = Sandbox(Premises(limits=Limits(processes=1)))
    try:
        shown, kept = rehearsed(narrow, CURVES, beside=True)
    finally:
        narrow.close()
    assert set(shown) == set(kept.values())
    assert len(kept) == 4


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is drawn beside a notebook")
@pytest.mark.parametrize("ended", [True, False], ids=["ended", "hanging"])
def test_a_figure_whose_drawing_comes_to_no_end_is_left_to_submissions(sandbox: Sandbox, ended: bool) -> None:
    hanging = """
import time
from matplotlib.figure import Figure
usual = Figure.draw
def draw(figure, *args):
    if figure.axes[0].lines[0].get_label() == "$x^0$":
        time.sleep(600)
    return usual(figure, *args)
Figure.draw = draw
"""
    end = (
        "import os\nfirst, *_ = get_ipython().recogniser.beside.drawings.values()\nos.kill(first.process, 9)"
    )
    _, kept = rehearsed(sandbox, hanging, CURVES, *[end] * ended, beside=True)
    assert len(kept) == 3


def test_an_explorer_that_was_made_for_the_class_is_each_submissions_own() -> None:
    """It has its picture in the rehearsal's name, and what one submission does to it no other one sees."""
    warmed = Sandbox(Premises(shown=("workbook",), inside="workbook.inside:Inside"))
    warmed.warm(["from workbook.widgets import saturation_explorer"])
    cell = "from workbook.widgets import saturation_explorer\nlive = saturation_explorer()\nlive"
    rehearsal = Conversation(warmed, keeping=True)
    drawn = picture(rehearsal.student(cell))
    kept = dict(rehearsal.examiner.ask("pictures", 2.0))
    assert list(kept.values()) == [drawn]
    assert rehearsal.student("saturation_explorer() is live")[0]["data"] == {"text/plain": "False"}
    rehearsal.student("live.controls['layers'].value = 3")
    rehearsal.examiner.close()
    warmed.end()
    submission = Conversation(warmed, known=dict.fromkeys(kept, STAMP))
    assert picture(submission.student(cell)) == STAMP
    assert submission.student("live.controls['layers'].value")[0]["data"] == {"text/plain": "10"}
    submission.examiner.close()
    warmed.end()
    warmed.close()


def test_known_pictures_are_not_where_a_students_code_could_find_them(sandbox: Sandbox) -> None:
    """Neither pictures nor hashes, from which a picture could be had that one's code hasn't drawn."""
    key = hashlib.sha256(b"a figure").hexdigest()
    talk = Conversation(sandbox, known={key: STAMP})
    secret = [hashlib.sha256(text.encode()).hexdigest() for text in (key, STAMP)]
    talk.student(f"""
import gc, hashlib
gc.unfreeze()
texts, seen = set(), set()
def look(thing, depth=0):
    if isinstance(thing, str):
        texts.add(thing)
    elif isinstance(thing, (dict, list, tuple, set, frozenset)) and depth < 3 and id(thing) not in seen:
        seen.add(id(thing))
        for part in [*thing, *(thing.values() if isinstance(thing, dict) else ())]:
            look(part, depth + 1)
for thing in gc.get_objects():
    look(thing)
found = [t for t in texts if hashlib.sha256(t.encode("utf-8", "replace")).hexdigest() in {secret}]
count = len(texts)
""")
    assert talk.examiner.ask("name", "found") == []
    assert talk.passes("assert count > 10_000")
    shown = talk.student(
        f"from IPython.display import display\ndisplay({{'image/png': 'figure:{key}'}}, raw=True)"
    )
    assert picture(shown) != STAMP
    talk.examiner.close()
    sandbox.end()
