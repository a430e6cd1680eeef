"""`%load_ext workbook`: export cells after they ran, keep `mynn` fresh, and show mistakes as sentences."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence, Set
from pathlib import Path
from typing import Any

from IPython.core.error import UsageError

from workbook import (
    alt,
    apart,
    blocks,
    cards,
    clue_file,
    clues,
    directive,
    display,
    export,
    fresh,
    reads,
    standing,
    stray,
    tab,
)
from workbook.checks.gradients import GradientReport
from workbook.checks.values import CloseReport
from workbook.needed import needed_by_checks

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
        self.check: clue_file.Check | None = None  # the one that is running
        self.before: set[str] = set()  # the names that there were before it
        self.left: set[str] = set()  # what checks that failed have left behind, to be looked at
        self.apart = apart.Apart()
        self.helpers: dict[str, Any] = {}  # what answers call by its name, as it was before the cell

    def before_cell(self, info: Any) -> None:
        """See to it that the cell imports `mynn` as it is now (IPython's `pre_run_cell`)."""
        cell = info.raw_cell or ""
        self.check = clue_file.check_of(cell, self.workspace)
        self.before = set(self.shell.user_ns)
        names = self.shell.user_ns
        self.helpers = {name: names[name] for name in apart.helpers(self.exported, names)}
        self.apart.taken = self.own_names(cell) & self.helpers.keys()
        held = self.package.drop_changed(self.shell.user_ns)
        if held and "import" not in cell:
            for module, names in held.items():
                old = ", ".join(names)
                print(f"{module} has changed since this notebook imported {old}: run its imports again.")

    def after_cell(self, result: Any) -> None:
        """Export the cell that has run, or withdraw what it would have replaced (`post_run_cell`)."""
        self.package.note()
        cell = result.info.raw_cell if result.info is not None else None
        if not cell:
            return
        for name in self.apart.renamed.values():
            self.shell.user_ns.pop(name, None)
        self.apart.renamed = {}
        if self.check is not None:
            standing.remember(self.check, bool(result.success), self.workspace)
        try:
            if not result.success:
                self.left |= self.new_names() if self.check else set()
                self.withdraw(cell, result.error_before_exec or result.error_in_exec)
            elif (exported := export.export_cell(cell, self.workspace, self.shell.user_ns)) is not None:
                self.announce(exported)
            elif self.check is not None:
                self.pass_check(self.check, cell, result.result)
        except directive.ExportError as error:
            say(f"Not exported. {error}")
        if directive.read(cell) is None:
            self.tell_replaced()

    def own_names(self, cell: str) -> Set[str]:
        """Return which of the answers' helpers a given cell may have for itself, under another name."""
        if not any(name in cell for name in self.helpers):
            return frozenset()
        if self.check is None:
            return clue_file.own_names(cell, self.workspace)
        handed_on = needed_by_checks(self.workspace / self.check.assignment)  # from one check to another
        return self.helpers.keys() - (handed_on or set())

    def tell_replaced(self) -> None:
        """Say which functions of the student's own a cell has put something else in the place of."""
        names = self.shell.user_ns
        for name, before in self.helpers.items():
            if callable(before) and names.get(name) is not before:
                readers = [n for n in self.exported if n in names and name in reads.names_read(names[n])]
                say(
                    f"{name} is something else now: this cell has given the name to a thing of its own, and "
                    f"{' and '.join(readers)} would call that. Rename yours, and run its cell again."
                )

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
            done = sorted(block.names - {stub.split(".")[0] for stub in block.unfilled})
            print(f"not filled in yet: {', '.join(block.unfilled)} (in {target} as it is)")
            if done:
                print(f"exported to {target}: {', '.join(done)}")
            return
        print(f"exported to {target}: {', '.join(sorted(block.names))}")
        if exported.kept:
            print(f"(still there, from an earlier cell: {', '.join(sorted(exported.kept))})")
        for name, readers in exported.taken_over.items():
            say(
                f"{name} stands in two cells, and the last one counts: {' and '.join(readers)}, of the other "
                "cell, would use this one, too. Give one of the two another name."
            )
        self.exported |= dict.fromkeys(block.names, exported)
        for sentence in self.stray(block.names):
            say(sentence)

    def stray(self, exported: Iterable[str]) -> list[str]:
        """Return sentences about the names that answers read and `mynn` won't have."""
        names = self.shell.user_ns
        found = {name: names[name] for name in exported if name in names}
        return [
            s for n, v in found.items() for s in stray.stray_names({n: v}, self.exported[n].provided, names)
        ]

    def pass_check(self, check: clue_file.Check, cell: str, report: Any) -> None:
        """Show the card of a check that passed, and take away the names that it leaves behind.

        An answer that reads one of those would seem to work.
        """
        used = clues.names_in(cell)
        said = repr(report) if isinstance(report, REPORTS) else ""
        notes = self.stray(sorted(used & self.exported.keys()))
        self.shell.display_pub.publish(cards.passed(check.heading, said, notes))
        needed = needed_by_checks(self.workspace / check.assignment)
        for name in (self.new_names() | (self.left & used)) - needed if needed is not None else ():
            self.shell.user_ns.pop(name, None)
        self.left -= used

    def new_names(self) -> set[str]:
        """Return the names that the check which has just run was the first to bind."""
        now = {name for name in self.shell.user_ns if not name.startswith("_")}
        return now - self.before

    def show_report(self, report: Any) -> None:
        """Show what a check says that it has passed, unless the whole cell's card will (IPython's hook)."""
        if self.check is None:
            self.shell.display_pub.publish(cards.passed("", repr(report), []))


REPORTS = (GradientReport, CloseReport)


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
    others = [each for each in shell.ast_transformers if not isinstance(each, apart.Apart)]
    shell.ast_transformers = [*others, keeper.apart]
    shell.events.register("pre_run_cell", keeper.before_cell)
    shell.events.register("post_run_cell", keeper.after_cell)
    if hasattr(shell, "kernel"):  # figures as sharp as the text beside them; who grades looks at marks
        shell.config.InlineBackend.setdefault("figure_formats", {"retina"})
    for kind in REPORTS:
        shell.display_formatter.ipython_display_formatter.for_type(kind, keeper.show_report)
    display.install(shell, workspace, keeper.withdrawn)
    alt.install(shell)
    tab.settle(shell)
