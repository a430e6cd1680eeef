"""A first visit to the site that `make site` wrote: how long until the first check speaks, what comes.

`python benchmarks/visit.py [FOLDER]`; the second line is the same browser's next visit. Where a machine is
busy with other work, the processors' time says more than the clock: that of all of the browser's processes.
"""

import os
import shutil
import sys
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import sync_playwright

CELLS = ("load", "imports", "tools", "relu")
READY = "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
RUN = """async wanted => {
    const notebook = jupyterapp.shell.currentWidget.content;
    const cells = [...notebook.model.cells];
    const check = cells.find(cell => (cell.getMetadata('nbgrader')?.grade_id || '').startsWith('relu-'));
    for (const name of [...wanted, check.getMetadata('nbgrader').grade_id]) {
        notebook.activeCellIndex = cells.findIndex(cell => cell.getMetadata('nbgrader')?.grade_id === name);
        notebook.deselectAll();
        await jupyterapp.commands.execute('notebook:run-cell');
    }
    return JSON.stringify(check.toJSON().outputs);
}"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


def processor_seconds() -> float:
    """Return what the processes that this one started have used."""
    times = [child.cpu_times() for child in psutil.Process().children(recursive=True)]
    return sum(each.user + each.system for each in times)


def visit(context: Any, address: str) -> tuple[float, float, float]:
    """Open notebook 02 and run its first check; return seconds, seconds of processors, megabytes."""
    sizes: dict[str, int] = {}
    page = context.new_page()
    page.on("response", lambda r: sizes.update({r.url: int(r.headers.get("content-length", 0))}))
    context.on("response", lambda r: sizes.update({r.url: int(r.headers.get("content-length", 0))}))
    start, used = time.perf_counter(), processor_seconds()
    page.goto(f"{address}/lite/lab/index.html?path=02-modules/modules.ipynb")
    page.wait_for_function(READY)
    said = page.evaluate(RUN, list(CELLS))
    seconds, used = time.perf_counter() - start, processor_seconds() - used
    assert "Not attempted yet" in said, said
    page.close()
    return seconds, used, sum(sizes.values()) / 1e6


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "site")
    browser = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server,
        sync_playwright() as playwright,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        context = running.new_context()
        context.set_default_timeout(300_000)
        for which in ("first visit", "next visit"):
            seconds, used, size = visit(context, f"http://127.0.0.1:{server.server_address[1]}")
            line = f"{which:<12} {seconds:>6.1f} s to the first check, {used:>5.1f} s of processors"
            print(f"{line} {size:>7.1f} MB", flush=True)
        running.close()
        server.shutdown()


if __name__ == "__main__":
    main()
