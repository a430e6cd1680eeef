"""The course's site as `make site` writes it, served as its page says, and a tab in which it is open."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

READY = "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
SAVE = """async ([path, type, content]) => {
    const format = type === 'notebook' ? 'json' : 'text';
    await jupyterapp.serviceManager.contents.save(path, { type, format, content });
}"""
CELLS = "[...jupyterapp.shell.currentWidget.content.model.cells]"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: requests are looked at in the browser."""


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback, and give its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@dataclass
class Tab:
    """A browser's page with the course in it, and what went wrong there."""

    page: Any
    site: str

    def open(self, path: str) -> None:
        """Open a file of the course in JupyterLab, and wait until its kernel waits."""
        self.page.goto(f"{self.site}/lite/lab/index.html?path={path}")
        self.wait()

    def wait(self) -> None:
        """Wait until the kernel of the notebook in front waits."""
        self.page.wait_for_function(READY)

    def index(self, name: str) -> int:
        """Return which cell has this grade_id; if none has, which code cell holds this text."""
        found = self.page.evaluate(
            f"""name => {{
                const cells = {CELLS};
                const own = cells.findIndex(cell => cell.getMetadata('nbgrader')?.grade_id === name);
                return own >= 0 ? own : cells.findIndex(
                    cell => cell.type === 'code' && cell.sharedModel.source.includes(name));
            }}""",
            name,
        )
        assert found >= 0, name
        return int(found)

    def run(self, name: str) -> str:
        """Run one cell as Shift+Enter does, and return the text below it."""
        index = self.index(name)
        self.page.evaluate(
            """async index => {
                const notebook = jupyterapp.shell.currentWidget.content;
                notebook.activeCellIndex = index;
                notebook.deselectAll();
                await jupyterapp.commands.execute('notebook:run-cell');
            }""",
            index,
        )
        return str(self.cell(index).locator(".jp-OutputArea").inner_text())

    def cell(self, index: int) -> Any:
        return self.page.locator(".jp-Notebook .jp-Notebook-cell").nth(index)

    def write(self, name: str, source: str) -> None:
        """Type an answer into a cell, in the place of what is there."""
        cell = self.cell(self.index(name))
        cell.scroll_into_view_if_needed()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.insert_text(source)

    def errors(self) -> list[str]:
        """Return each error that the notebook in front shows."""
        said: list[str] = self.page.evaluate(
            f"""() => {CELLS}.flatMap((cell, index) => cell.type === 'code'
                ? cell.toJSON().outputs.filter(o => o.output_type === 'error')
                    .map(o => `cell ${{index}}: ${{o.ename}}: ${{o.traceback.join(' | ')}}`)
                : [])"""
        )
        return said
