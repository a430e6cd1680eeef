"""A result that shows itself leaves no empty output behind, in the kernel of a browser tab."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from workbook import tab


@pytest.fixture
def hook_and_shown() -> tuple[Any, list[Any]]:
    shown: list[Any] = []

    class Hook:
        data: Any = None

        def finish_displayhook(self) -> None:
            shown.append(self.data)

    return Hook(), shown


def test_only_what_holds_something_is_shown(hook_and_shown: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hook, shown = hook_and_shown
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setattr(tab.overflow, "watch", lambda: None)  # this process goes on with its NumPy
    for _ in range(2):  # loading the extension twice is the same as once
        tab.settle(SimpleNamespace(displayhook=hook))
    for hook.data in ({}, {"text/plain": "3"}):
        hook.finish_displayhook()
    assert shown == [{"text/plain": "3"}]


def test_elsewhere_nothing_is_changed(hook_and_shown: Any) -> None:
    hook, shown = hook_and_shown
    tab.settle(SimpleNamespace(displayhook=hook))
    hook.finish_displayhook()
    assert shown == [None]


def test_a_list_of_fonts_of_another_version_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Pyodide has it: the list says 390, its matplotlib asks for 330, and all else is the same."""
    (tmp_path / "font_manager.py").write_text("class FontManager:\n    __version__ = 330\n")
    (tmp_path / "fontlist.json").write_text('{\n  "_version": 390,\n  "ttflist": [{"name": "390"}]\n}')
    spec = ModuleSpec("matplotlib", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(tab.importlib.util, "find_spec", lambda _: spec)
    monkeypatch.delitem(sys.modules, "matplotlib.font_manager", raising=False)
    tab._know_fonts()
    assert (tmp_path / "fontlist.json").read_text() == (
        '{\n  "_version": 330,\n  "ttflist": [{"name": "390"}]\n}'
    )
