"""Keep `mynn` fresh: what another notebook has exported since is imported anew; who holds the old is told."""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any


class Package:
    """`mynn` as this kernel has imported it.

    Args:
        workspace: the folder that holds `mynn/`.
    """

    def __init__(self, workspace: Path) -> None:
        self.folder = (workspace / "mynn").resolve()
        self.stamps: dict[str, tuple[int, int]] = {}
        self.texts: dict[str, str] = {}  # of the files, as they were imported

    def note(self) -> None:
        """Remember how the files of newly imported modules look."""
        for name, module in self._loaded():
            if name not in self.stamps:
                self.stamps[name], self.texts[name] = _stamp(module), _text(module)

    def drop_changed(self, names: Mapping[str, Any]) -> dict[str, list[str]]:
        """Forget `mynn` if one of its files has changed: the next import reads it, and all that build on it.

        Args:
            names: the notebook's names.

        Returns:
            For each changed module the names that still stand for something old. What is still defined as it
            was, beside other things, isn't old.
        """
        loaded = dict(self._loaded())
        changed = [n for n, module in loaded.items() if n in self.stamps and _stamp(module) != self.stamps[n]]
        if changed:
            for name in [name for name in sys.modules if name.split(".")[0] == "mynn"]:
                del sys.modules[name]
            self.stamps.clear()
            importlib.invalidate_caches()
        same = {n: _unchanged(self.texts.get(n, ""), _text(loaded[n])) for n in changed}
        held = {
            n: [k for k, v in names.items() if k not in same[n] and _comes_from(k, v, loaded[n])]
            for n in changed
        }
        return {name: sorted(old) for name, old in held.items() if old}

    def _loaded(self) -> Iterator[tuple[str, ModuleType]]:
        for name in [name for name in sys.modules if name.startswith("mynn.")]:
            file = getattr(sys.modules[name], "__file__", None)
            if file and Path(file).resolve().parent == self.folder:
                yield name, sys.modules[name]


def _stamp(module: ModuleType) -> tuple[int, int]:
    try:
        about = Path(str(module.__file__)).stat()
    except OSError:
        return 0, 0
    return about.st_mtime_ns, about.st_size


def _comes_from(name: str, value: Any, module: ModuleType) -> bool:
    if value is module:
        return True
    return getattr(value, "__module__", None) == module.__name__ and vars(module).get(name) is value


def _text(module: ModuleType) -> str:
    try:
        return Path(str(module.__file__)).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _unchanged(old: str, new: str) -> set[str]:
    """Return the classes and functions that both texts define alike, and that use nothing they don't."""
    try:
        before, now = (ast.parse(text).body for text in (old, new))
    except SyntaxError:
        return set()
    kinds = ast.FunctionDef | ast.ClassDef
    nodes = {node.name: node for node in before if isinstance(node, kinds)}
    there = {node.name: ast.dump(node) for node in now if isinstance(node, kinds)}
    same = {name for name, node in nodes.items() if ast.dump(node) == there.get(name)}
    used = {
        name: {each.id for each in ast.walk(nodes[name]) if isinstance(each, ast.Name)} & nodes.keys()
        for name in same
    }
    while spoilt := {name for name in same if used[name] - same}:
        same -= spoilt
    return same
