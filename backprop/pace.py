"""How long each cell of a notebook runs, and for how long it shows nothing: students see a long run move.

`python -m backprop.pictures` keeps what it measured beside the pictures, in pace.json. It counts seconds of
the kernel's processor, which are the same on a busy machine, and checks ask the file, never a clock.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

FILE = "pictures/pace.json"
OF = "of"  # the state of the code that was timed
WORTH_NOTING = 1.0  # seconds; shorter cells aren't written down
SHOWN = {"stream", "display_data", "update_display_data", "execute_result"}


class Timed(NotebookClient):
    """Runs a notebook, and notes of each cell its seconds and its longest silence.

    Attributes:
        paces: cell id -> (seconds, longest silence), of the cells that have run.
    """

    def __init__(self, notebook: nbformat.NotebookNode, **options: Any) -> None:
        super().__init__(notebook, **options, on_cell_execute=self._begin, on_cell_executed=self._end)
        self.paces: dict[str, tuple[float, float]] = {}
        self._began = self._shown = self._silent = 0.0

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        """Note when something was shown (nbclient's hook for each message)."""
        if msg["msg_type"] in SHOWN:
            self._news()
        return super().process_message(msg, cell, cell_index)

    def _begin(self, cell: Any, cell_index: int) -> None:
        self._began = self._shown = self._processor()
        self._silent = 0.0

    def _end(self, cell: Any, cell_index: int, execute_reply: Any) -> None:
        self._news()
        self.paces[cell.id] = (self._shown - self._began, self._silent)

    def _news(self) -> None:
        now = self._processor()
        self._silent = max(self._silent, now - self._shown)
        self._shown = now

    def _processor(self) -> float:
        import psutil

        provisioner: Any = self.km and self.km.provisioner
        times = psutil.Process(provisioner.pid).cpu_times()
        return float(times.user + times.system)


def write(paces: dict[str, tuple[float, float]], state: str, folder: Path) -> None:
    """Keep what was measured.

    Args:
        paces: of each cell that has run, as `Timed` has them.
        state: what the notebook's code is like (`backprop.pictures.state`).
        folder: the solution's.
    """
    kept: dict[str, Any] = {OF: state, "seconds": round(sum(seconds for seconds, _ in paces.values()), 1)}
    kept["cells"] = {
        cell: {"seconds": round(seconds, 1), "silent": round(silent, 1)}
        for cell, (seconds, silent) in paces.items()
        if seconds > WORTH_NOTING
    }
    (folder / FILE).write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def read(folder: Path) -> dict[str, Any] | None:
    """Return what was kept of a solution in this folder, or None."""
    if not (folder / FILE).is_file():
        return None
    kept: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
    return kept
