"""The command, run as an instructor runs it, and what a refusal looks like."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def autograder(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    command = [sys.executable, "-c", "from autograder.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)


def refuses(result: subprocess.CompletedProcess[str], *words: str) -> None:
    """Assert that it ended with exit status 2 and one sentence that holds these words."""
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) <= 3
    for word in words:
        assert word in result.stderr
