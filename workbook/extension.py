"""`%load_ext workbook`: export cells after they ran, and show mistakes as sentences."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from IPython.core.error import UsageError

from workbook import alt, display, export


class CellExporter:
    """The `post_run_cell` callback; it holds the workspace that was found when the notebook started."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace

    def __call__(self, result: Any) -> None:
        """Export the cell that has just run, if it ran without error and asks for it."""
        cell = result.info.raw_cell if result.info is not None else None
        if not cell or not result.success:
            return
        try:
            exported = export.export_cell(cell, self.workspace)
        except export.ExportError as error:
            print(f"Not exported. {error}", file=sys.stderr)
            return
        if exported is not None:
            target, names = exported
            print(f"exported to {target}: {', '.join(sorted(names))}")


def load(shell: Any) -> None:
    """Attach to an IPython shell; loading twice is the same as loading once."""
    for callback in list(shell.events.callbacks["post_run_cell"]):
        if isinstance(callback, CellExporter):
            shell.events.unregister("post_run_cell", callback)
    try:
        workspace = export.find_workspace()
    except export.ExportError as error:
        raise UsageError(str(error)) from None
    if str(workspace) not in sys.path:
        sys.path.insert(0, str(workspace))
    shell.events.register("post_run_cell", CellExporter(workspace))
    display.install(shell, workspace)
    alt.install(shell)
