"""What `workbook` offers is imported when somebody asks for it: who only reads cells needs none of it."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys

import pytest

import workbook
from autograder.course import repository

LIGHT = ("apart", "clue_file", "directive", "export", "reads")


def test_every_name_is_there() -> None:
    for name in workbook.__all__:
        assert callable(getattr(workbook, name))
        assert name in dir(workbook)
    with pytest.raises(AttributeError, match="'check_grads'"):
        _ = workbook.check_grads


def test_type_checkers_are_told_the_same() -> None:
    tree = ast.parse(inspect.getsource(workbook))
    told = {
        alias.name: str(node.module)
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert told == {name: f"workbook.{home}" for name, home in workbook.HOMES.items()}
    assert told.keys() == {*workbook.__all__} - {"load_ipython_extension"}


def test_who_only_reads_cells_needs_no_numpy() -> None:
    code = f"import sys\nfrom workbook import {', '.join(LIGHT)}\nprint('numpy' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "False"


@pytest.mark.parametrize("side", ["examiner", "sandbox"])
def test_what_every_submission_needs_is_there_before_processes_are_forked(side: str) -> None:
    """Otherwise each submission of a class would import it for itself."""
    ready = {
        "examiner": "for name in hooks.surroundings(assignment='02-modules').preload: import_module(name)",
        "sandbox": "Inside().set_up(shell=Mock())",
    }
    code = (
        "import sys; from importlib import import_module; from pathlib import Path\n"
        "from unittest.mock import Mock\n"
        "from backprop.course import Backprop; from workbook.inside import Inside; import workbook\n"
        f"hooks = Backprop(Path({str(repository().root)!r}))\n{ready[side]}\n"
        "print([home for home in workbook.HOMES.values() if f'workbook.{home}' not in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
