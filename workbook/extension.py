"""`%load_ext workbook`: export cells after they ran, keep `mynn` fresh, and show mistakes as sentences."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from IPython.core.error import UsageError

from workbook import alt, blocks, clues, directive, display, export, fresh, stray

DEFINED = re.compile(r"^(?:class|def) +(\w+)", re.MULTILINE)


class Keeper:
    """Keeps `mynn` and the notebook together: its methods are callbacks around each cell.

    Args:
        shell: IPython's.
        workspace: the folder that holds `mynn/`, found when the notebook started.
    """

    def __init__(self, shell: Any, workspace: Path) -> None:
        self.shell, self.workspace = shell, workspace
        self.package = fresh.Package(workspace)
        self.withdrawn: dict[str, str] = {}  # names of cells that failed, and why
        self.exported: dict[str, export.Exported] = {}
        self.before: set[str] | None = None  # the names that there were before a check
        self.left: set[str] = set()  # what checks that failed have left behind, to be looked at

    def before_cell(self, info: Any) -> None:
        """See to it that the cell imports `mynn` as it is now (IPython's `pre_run_cell`)."""
        cell = info.raw_cell or ""
        self.before = set(self.shell.user_ns) if clues.is_check(cell, self.workspace) else None
        held = self.package.drop_changed(self.shell.user_ns)
        if held and "import" not in cell:
            for module, names in held.items():
                old = ", ".join(names)
                say(f"{module} has changed since this notebook imported {old}: run its imports again.")

    def after_cell(self, result: Any) -> None:
        """Export the cell that has run, or withdraw what it would have replaced (`post_run_cell`)."""
        self.package.note()
        cell = result.info.raw_cell if result.info is not None else None
        if not cell:
            return
        try:
            if not result.success:
                self.left |= self.new_names()
                self.withdraw(cell, result.error_before_exec or result.error_in_exec)
            elif (exported := export.export_cell(cell, self.workspace)) is not None:
                self.announce(exported)
            elif self.before is not None:
                self.tidy(cell)
        except directive.ExportError as error:
            say(f"Not exported. {error}")

    def withdraw(self, cell: str, error: BaseException) -> None:
        """Take away what an export cell defined when it last ran: a check must not judge that."""
        found = directive.read(cell)
        if found is None:
            return
        try:
            names: Sequence[str] = sorted(blocks.Block.parse(found[1]).names)
        except SyntaxError:
            names = DEFINED.findall(found[1])
        line = f" in line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        for name in names:
            if getattr(self.shell.user_ns.get(name), "__module__", None) == "__main__":
                del self.shell.user_ns[name]
            self.withdrawn[name] = f"{type(error).__name__}{line}"

    def announce(self, exported: export.Exported) -> None:
        """Say what was exported, what stays beside it, what is still to do and what will be missing."""
        block, target = exported.block, exported.target
        for name in block.names:
            self.withdrawn.pop(name, None)
        if block.unfilled:
            print(f"not filled in yet: {', '.join(block.unfilled)} (in {target} as it is)")
            return
        print(f"exported to {target}: {', '.join(sorted(block.names))}")
        if exported.kept:
            print(f"(still there, from an earlier cell: {', '.join(sorted(exported.kept))})")
        self.exported |= dict.fromkeys(block.names, exported)
        self.warn(block.names)

    def warn(self, exported: Iterable[str]) -> None:
        """Say which names an answer reads that `mynn` won't have."""
        names = self.shell.user_ns
        for name in exported:
            if name in names:
                for sentence in stray.stray_names({name: names[name]}, self.exported[name].provided, names):
                    say(sentence)

    def tidy(self, cell: str) -> None:
        """Take away what a check that passed has left behind: an answer that reads it would seem to work."""
        used = clues.names_in(cell)
        self.warn(sorted(used & self.exported.keys()))
        for name in self.new_names() | (self.left & used):
            self.shell.user_ns.pop(name, None)
        self.left -= used

    def new_names(self) -> set[str]:
        """Return the names that the check which has just run was the first to bind."""
        now = {name for name in self.shell.user_ns if not name.startswith("_")}
        return now - self.before if self.before is not None else set()


def say(sentence: str) -> None:
    """Tell the student something to do."""
    print(sentence, file=sys.stderr)


def load(shell: Any) -> None:
    """Attach to an IPython shell; loading twice is the same as loading once."""
    for event in ("pre_run_cell", "post_run_cell"):
        for callback in list(shell.events.callbacks[event]):
            if isinstance(getattr(callback, "__self__", None), Keeper):
                shell.events.unregister(event, callback)
    try:
        workspace = export.find_workspace()
    except directive.ExportError as error:
        raise UsageError(str(error)) from None
    if str(workspace) not in sys.path:
        sys.path.insert(0, str(workspace))
    keeper = Keeper(shell, workspace)
    shell.events.register("pre_run_cell", keeper.before_cell)
    shell.events.register("post_run_cell", keeper.after_cell)
    if hasattr(shell, "kernel"):  # figures as sharp as the text beside them; who grades looks at marks
        shell.config.InlineBackend.setdefault("figure_formats", {"retina"})
    display.install(shell, workspace, keeper.withdrawn)
    alt.install(shell)
