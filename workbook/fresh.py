"""Keep `mynn` fresh: what another notebook has exported since is imported anew; who holds the old is told."""

from __future__ import annotations

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

    def note(self) -> None:
        """Remember how the files of newly imported modules look."""
        for name, module in self._loaded():
            self.stamps.setdefault(name, _stamp(module))

    def drop_changed(self, names: Mapping[str, Any]) -> dict[str, list[str]]:
        """Forget `mynn` if one of its files has changed: the next import reads it, and all that build on it.

        Args:
            names: the notebook's names.

        Returns:
            For each changed module the names that still stand for something old.
        """
        loaded = dict(self._loaded())
        changed = [n for n, module in loaded.items() if n in self.stamps and _stamp(module) != self.stamps[n]]
        if changed:
            for name in [name for name in sys.modules if name.split(".")[0] == "mynn"]:
                del sys.modules[name]
            self.stamps.clear()
            importlib.invalidate_caches()
        held = {n: [k for k, v in names.items() if _comes_from(k, v, loaded[n])] for n in changed}
        return {name: sorted(old) for name, old in held.items() if old}

    def _loaded(self) -> Iterator[tuple[str, ModuleType]]:
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if name.startswith("mynn.") and file and Path(file).resolve().parent == self.folder:
                yield name, module


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
