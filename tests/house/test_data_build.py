"""The files in data/ can be made again from the packages that they come from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_build_script_makes_the_committed_arrays() -> None:
    script = Path(__file__).parents[2] / "data" / "build.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
