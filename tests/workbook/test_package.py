"""What `workbook` offers is imported when somebody asks for it: who only reads cells needs none of it."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys

import pytest

import workbook

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
