"""The names of the instructor's cells: their own, what the source notebook imports, else the student's."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from autograder.marking.source import STAR


class Names(dict[str, Any]):
    """The examiner's global names; what is missing is looked up at the student's.

    A name that the source notebook imports, in whichever cell, is never the student's: a test that says
    `np.testing.assert_allclose(f(3), [1, 2])` would otherwise run in the student's process, with all that it
    expects. It is there only if the student has such a name too, as it would be in one process.

    Args:
        look_up: returns the student's object of that name, or raises NameError.
        imports: what the source notebook imports, as `imported_names` returns it.
    """

    def __init__(self, look_up: Callable[[str], Any], imports: Mapping[str, str] | None = None) -> None:
        super().__init__(__name__="__main__", __doc__=None)
        self.look_up = look_up
        self.imports = dict(imports or {})
        self.claimed: set[str] = set()
        self._modules: dict[str, Any] = {}
        self._starred: dict[str, Any] | None = None

    def __missing__(self, name: str) -> Any:
        if name in self.claimed or (name.startswith("__") and name.endswith("__")):
            if hasattr(builtins, name):
                return getattr(builtins, name)
            raise NameError(f"name '{name}' is not defined")
        if self._is_imported(name):
            self.look_up(name)
            return self._modules[name]
        return getattr(builtins, name) if hasattr(builtins, name) else self.look_up(name)

    def __contains__(self, name: object) -> bool:
        """Say whether a name is bound, here or at the student's: `"x" in globals()`."""
        if dict.__contains__(self, name) or type(name) is not str:
            return dict.__contains__(self, name)
        try:
            self[name]
        except NameError:
            return False
        return not hasattr(builtins, name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return what a name is bound to, here or at the student's."""
        return self[name] if name in self else default  # noqa: SIM401 - this is what `get` does here

    def free(self, names: Iterable[str], failed: bool) -> None:
        """After a test, leave those of its names that are the student's to the student again.

        Args:
            names: what the test would have bound and student's cells bind too.
            failed: it may have ended anywhere: then what it did bind goes too.
        """
        for name in names:
            if failed:
                self.pop(name, None)
            if not dict.__contains__(self, name):
                self.claimed.discard(name)

    def forget(self, names: Iterable[str]) -> None:
        """Let go what nobody reads any more; a name that was claimed stays the examiner's."""
        for name in names:
            self.pop(name, None)

    def _is_imported(self, name: str) -> bool:
        """Say whether the source notebook imports this name from something that is at hand here."""
        if name not in self._modules:
            found = _bound_by(self.imports[name]) if name in self.imports else self._stars()
            if name not in found:
                return False
            self._modules[name] = found[name]
        return True

    def _stars(self) -> dict[str, Any]:
        if self._starred is None:
            self._starred = _bound_by(self.imports.get(STAR, ""))
        return self._starred


class Main:
    """What `__main__` is to a test: its own names and the student's. What is set here is set there too."""

    def __init__(self, names: Names, rebind: Callable[[str, Any], None]) -> None:
        object.__setattr__(self, "_names", names)
        object.__setattr__(self, "_rebind", rebind)

    def __getattribute__(self, name: str) -> Any:
        names: Names = object.__getattribute__(self, "_names")
        if name == "__dict__":
            return names
        if name in ("__class__", "__name__", "__file__", "__spec__", "__loader__", "__path__"):
            return {"__class__": Main, "__name__": "__main__"}.get(name)
        try:
            return names[name]
        except NameError as error:
            raise AttributeError(str(error)) from None

    def __setattr__(self, name: str, value: Any) -> None:
        names: Names = object.__getattribute__(self, "_names")
        if dict.__contains__(names, name):
            names[name] = value
        object.__getattribute__(self, "_rebind")(name, value)

    def __dir__(self) -> list[str]:
        return list(object.__getattribute__(self, "_names"))


def _bound_by(statements: str) -> dict[str, Any]:
    """Import, and return what that binds: nothing if the module isn't at hand (a file of the student's)."""
    bound: dict[str, Any] = {}
    for statement in statements.splitlines():
        try:
            exec(statement, bound)
        except Exception:
            continue
    bound.pop("__builtins__", None)
    return bound
