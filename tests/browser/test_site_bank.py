"""The bank of known mistakes in a browser tab: 32-bit integers, an older NumPy, and each is still named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from site_server import SAVE, Tab

from autograder.course import Course
from backprop.mistakes import bank_of, banks
from backprop.reference import build_mynn, exported

pytestmark = pytest.mark.slow

# What the tab can't tell: digits of rounding are a machine's own; 1 / 0 by an operator is no error there; and
# how deep a program may call itself is the browser's to say.
UNTOLD = {"numerical-jacobian: step-too-small", "logsoftmax: divided-by-probability", "tape: recursive"}
ASK = """
import importlib, importlib.util, json, sys
from pathlib import Path
from workbook import directive, probe
from workbook.recognise import Signs

about = json.loads(Path("bank.json").read_text())
exercises = json.loads(Path("../", about["assignment"], "clues.json").read_text())["exercises"]
modules = sorted({directive.target_of(source) for source in about["cells"].values()})
sys.path.insert(0, "/earlier")
Path("/earlier/mynn").mkdir(parents=True, exist_ok=True)
for old in Path("/earlier/mynn").iterdir():
    old.unlink()
for name, text in about["mynn"].items():
    Path("/earlier/mynn", name).write_text(text)
for name in [name for name in sys.modules if name.split(".")[0] == "mynn"]:
    del sys.modules[name]
importlib.invalidate_caches()


def said(cell, source):
    names = {}
    for module in modules:
        if importlib.util.find_spec(module):
            above = vars(importlib.import_module(module))
            names |= {name: value for name, value in above.items() if not name.startswith("__")}
    names["__name__"] = "answers"
    for name, given in about["cells"].items():
        exec(compile(source if name == cell else given, f"<{name}>", "exec"), names)
    made = {"__name__": "probe"}
    exec(compile(exercises[cell]["probe"], "<probe>", "exec"), made)
    found = Signs.from_plain(exercises[cell]).recognise(probe.run(made["probe"], names) or [])
    return found.sentence if found else ""


print("ASKED", json.dumps([said(*each) for each in about["answers"]]))
"""
RUN = """async code => {
    let said = '';
    const future = jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code });
    future.onIOPub = ({ header, content }) => {
        if (header.msg_type === 'stream') said += content.text;
        if (header.msg_type === 'error') said += content.traceback.join('\\n');
    };
    await future.done;
    return said;
}"""


def answers(assignment: str, cells: dict[str, str]) -> list[tuple[str, str, str, str]]:
    """Return (cell, name, source, what a student should read) of each answer in the bank."""
    bank = bank_of(assignment)
    assert bank is not None
    return [
        (each.cell, variant.name, variant.apply(cells[each.cell]), variant.sentence)
        for each in bank.exercises
        for variant in (*each.wrong, *each.right)
    ]


def test_every_answer_of_the_bank_is_told_apart_in_the_tab(
    visitor: Tab, course: Course, tmp_path: Path
) -> None:
    visitor.open("02-modules/modules.ipynb")
    visitor.run("load")
    taken: list[str] = []
    for assignment in banks():
        cells = exported(course, assignment)
        asked = answers(assignment, cells)
        earlier = build_mynn(course, tmp_path / assignment, before=assignment)
        about: dict[str, Any] = {
            "assignment": assignment,
            "cells": cells,
            "mynn": {path.name: path.read_text() for path in earlier.glob("mynn/*.py")},
            "answers": [(cell, source) for cell, _, source, _ in asked],
        }
        visitor.page.evaluate(SAVE, ["02-modules/bank.json", "file", json.dumps(about)])
        told = visitor.page.evaluate(RUN, ASK)
        assert told.startswith("ASKED "), told
        for (cell, name, _, sentence), got in zip(asked, json.loads(told[6:]), strict=True):
            if got != sentence:
                taken.append(f"{cell}: {name}")
    assert set(taken) - UNTOLD == set()
