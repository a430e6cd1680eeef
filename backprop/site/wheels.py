"""What students import, as wheels that Pyodide loads: `workbook` of this tree, and the widgets' packages."""

from __future__ import annotations

import hashlib
import shutil
import tomllib
import zipfile
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from hatchling.builders.wheel import WheelBuilder

from autograder.course import CourseError

KERNEL = Path("share/jupyter/labextensions/@jupyterlite/pyodide-kernel-extension/static/pypi")
FROM_KERNEL = ("piplite", "pyodide_kernel", "ipykernel")
BY_PIP = ("INSTALLER", "REQUESTED", "direct_url.json")  # of this environment, not of the package
# packed again as they are in this environment; where a part is compiled, its Python text is there, too
INSTALLED = ("ipywidgets", "comm", "anywidget", "psygnal", "typing_extensions")
COMPILED = (".so", ".pyd")
DEPENDS = {
    "workbook": ("numpy", "matplotlib", "ipython", "ipywidgets", "anywidget"),
    "anywidget": ("ipywidgets", "psygnal", "typing-extensions"),
    "psygnal": (),
    "ipywidgets": ("comm", "ipython", "traitlets"),
    "comm": ("traitlets",),
}


def pack(root: Path, environment: Path, into: Path) -> dict[str, dict[str, Any]]:
    """Write the wheels into a folder.

    Args:
        root: this repository, whose `workbook` is packed.
        environment: the Python environment in which JupyterLite's kernel is installed (`sys.prefix`).
        into: the folder that gets the wheels.

    Returns:
        An entry of `pyodide-lock.json` for each.

    Raises:
        CourseError: if one of them isn't installed.
    """
    into.mkdir(parents=True, exist_ok=True)
    made = {"workbook": _workbook(root, into)}
    for name in FROM_KERNEL:
        found = sorted((environment / KERNEL).glob(f"{name}-*.whl"))
        if not found:
            raise CourseError(f"JupyterLite's kernel isn't installed (no {name} in {environment / KERNEL}).")
        made[name] = Path(shutil.copy(found[-1], into))
    for name in INSTALLED:
        made[name] = _repack(name, into)
    return {name.replace("_", "-"): _entry(name, path, DEPENDS.get(name, ())) for name, path in made.items()}


def _workbook(root: Path, into: Path) -> Path:
    """Build the wheel of `workbook` alone: what else the distribution holds is the instructor's."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    settings["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] = ["workbook"]
    builder = WheelBuilder(str(root), config=settings)
    return Path(next(builder.build(directory=str(into), versions=["standard"])))


def _repack(name: str, into: Path) -> Path:
    """Write an installed package as a wheel again."""
    try:
        about = distribution(name)
    except PackageNotFoundError:
        raise CourseError(f"{name} isn't installed: run 'make site', which installs what it needs.") from None
    path = into / f"{name}-{about.version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for file in sorted(about.files or ()):
            if ".." not in file.parts and file.suffix not in (".pyc", *COMPILED) and file.name not in BY_PIP:
                # one date for all: the same packages make the same wheel
                wheel.writestr(zipfile.ZipInfo(str(file), (2020, 1, 1, 0, 0, 0)), file.read_binary())
    return path


def _entry(name: str, path: Path, depends: Sequence[str]) -> dict[str, Any]:
    return {
        "name": name,
        "version": path.name.split("-")[1],
        "file_name": path.name,
        "install_dir": "site",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "package_type": "package",
        "imports": [name],
        "depends": list(depends),
        "unvendored_tests": False,
    }
