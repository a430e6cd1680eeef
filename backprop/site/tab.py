"""JupyterLite around the released notebooks: JupyterLab in a browser tab, with nothing to install."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.course import Course, CourseError
from backprop.site import runtime, wheels
from backprop.start import NAME as START

KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
EXTENSIONS = ("@jupyterlite/pyodide-kernel-extension", "@jupyter-widgets/jupyterlab-manager", "anywidget")
# what the kernel loads when it starts, all at once; under these names it asks whether they are there
LOADED = (
    *("micropip", "piplite", "ssl", "sqlite3", "ipykernel", "comm", "pyodide_kernel", "jedi", "ipython"),
    *("numpy", "matplotlib", "ipywidgets", "workbook"),
)
HAND_IN = "hand-in.txt"


def build(course: Course, sources: Path, pyodide: Path | None, work: Path, output: Path) -> None:
    """Write JupyterLite with the course in it.

    Args:
        course: whose released notebooks it opens.
        sources: docs/site, with the extension of ours and what a student reads who hands in.
        pyodide: a folder or an archive with Pyodide; None to download it.
        work: an empty folder to work in.
        output: the folder that gets it.

    Raises:
        CourseError: if something that it is made of is missing.
    """
    static = work / "static" / "pyodide"
    runtime.gather(pyodide, static)
    made = wheels.pack(course.root, Path(sys.prefix), static)
    lock = runtime.PINS["lock"]
    _write(static / "pyodide-lock.json", {**lock, "packages": {**lock["packages"], **made}})
    released(course, work / "files")
    shutil.copy(sources / "tab" / "overrides.json", work)
    _write(work / "jupyter-lite.json", _settings(course, (sources / HAND_IN).read_text(encoding="utf-8")))
    _write(work / "jupyter_lite_config.json", _how_to_build(sources, work, output))
    _run([sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(work)], work)


def released(course: Course, into: Path) -> None:
    """Copy what students get, but nothing that was done there since: no exports, no standing."""
    folder = course.folder("release")
    (into / "mynn").mkdir(parents=True)
    for name in (START, "mynn/__init__.py"):
        shutil.copy(folder / name, into / name)
    for assignment in course.assignments():
        shutil.copytree(
            folder / assignment, into / assignment, ignore=shutil.ignore_patterns(".*", "__pycache__")
        )


def _settings(course: Course, how_to_hand_in: str) -> dict[str, Any]:
    names = {assignment: course.notebook(assignment).name for assignment in course.assignments()}
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "Backprop Workbook",
            "defaultKernelName": "python3",
            "exposeAppInBrowser": True,
            "workbookAssignments": json.dumps(names),
            "workbookHandIn": " ".join(how_to_hand_in.split()),
            "litePluginSettings": {
                KERNEL: {
                    "disablePyPIFallback": True,
                    "loadPyodideOptions": {
                        "packages": list(LOADED),
                        "lockFileURL": "./static/pyodide/pyodide-lock.json",
                    },
                }
            },
        },
    }


def _how_to_build(sources: Path, work: Path, output: Path) -> dict[str, Any]:
    """Only the extensions that work without a server: nbgrader's and jupytext's don't."""
    installed = Path(sys.prefix, "share", "jupyter", "labextensions")
    return {
        "LiteBuildConfig": {
            "apps": ["lab"],
            "contents": [str(work / "files")],
            "output_dir": str(output.resolve()),
            "ignore_sys_prefix": ["federated_extensions"],
            "federated_extensions": [
                *(str(installed / name) for name in EXTENSIONS),
                str((sources / "tab").resolve()),
            ],
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
        }
    }


def _write(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def _run(command: list[str], where: Path) -> None:
    done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CourseError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
