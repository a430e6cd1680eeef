"""An environment that has the grader and its libraries, and nothing of this course."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import autograder


@dataclass(frozen=True)
class Elsewhere:
    """Runs Python there."""

    python: Path

    @classmethod
    def make(cls, folder: Path) -> Elsewhere:
        """Make it: `autograder` is copied, the installed libraries are shared."""
        venv.create(folder / "venv", with_pip=False, symlinks=True)
        library = folder / "library"
        here = Path(autograder.__file__).parent
        shutil.copytree(here, library / "autograder", ignore=shutil.ignore_patterns("__pycache__"))
        (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
        (packages / "shared.pth").write_text(f"{library}\n{sysconfig.get_path('purelib')}\n")
        return cls(folder / "venv" / "bin" / "python")

    def run(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a module of Python's with arguments; what it prints is text."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        environment = {**os.environ, "PATH": path, "PYTHONWARNINGS": "ignore", "COLUMNS": "200"}
        return subprocess.run(
            [str(self.python), "-m", *arguments],
            cwd=cwd,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def grade(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run `autograder grade`."""
        return self.run("autograder", "grade", "--jobs", "1", *arguments, cwd=cwd)
