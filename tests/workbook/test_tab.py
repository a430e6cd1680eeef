"""A result that shows itself leaves no empty output behind, in the kernel of a browser tab."""

from __future__ import annotations

import sys
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
