"""Another language's kernel, started inside the sandbox: its cells are run by nbclient, as nbgrader does."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any


class Kernel:
    """One kernel, which ends with the process that started it.

    Args:
        setting: "argv", "env" and "language" of its specification, and "patience", seconds for a cell.

    Raises:
        RuntimeError: if it doesn't start.
    """

    def __init__(self, setting: dict[str, Any]) -> None:
        import nbformat
        from jupyter_client.kernelspec import KernelSpec
        from jupyter_client.manager import AsyncKernelManager
        from nbclient import NotebookClient

        home = os.environ["HOME"]
        os.environ.update(
            JUPYTER_RUNTIME_DIR=str(Path(home, ".jupyter")), IPYTHONDIR=str(Path(home, ".ipython"))
        )
        Path(os.environ["JUPYTER_RUNTIME_DIR"]).mkdir(exist_ok=True)
        environment = {**setting["env"], "PYTHONPATH": os.pathsep.join(sys.path)}
        argv = [sys.executable if part == "{python}" else part for part in setting["argv"]]
        manager: Any = AsyncKernelManager(kernel_name="foreign", transport="ipc")
        manager._kernel_spec = KernelSpec(
            argv=argv, env=environment, language=setting["language"], display_name="foreign"
        )
        notebook: Any = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
        self.client: Any = NotebookClient(
            notebook, km=manager, allow_errors=True, timeout=int(setting["patience"]), startup_timeout=60
        )
        manager.client_class = "jupyter_client.asynchronous.AsyncKernelClient"
        self.client.start_new_kernel()
        self.client.start_new_kernel_client()

    def run(self, source: str, count: int) -> list[dict[str, Any]]:
        """Run one cell and return its outputs, as a notebook would show them."""
        import nbformat

        cell: Any = nbformat.v4.new_code_cell(source)  # type: ignore[no-untyped-call]
        self.client.nb.cells.append(cell)
        self.client.execute_cell(cell, len(self.client.nb.cells) - 1, execution_count=None)
        return [dict(output) for output in cell.outputs]
