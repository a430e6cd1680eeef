"""The command as an instructor types it, and what a refusal looks like."""

from __future__ import annotations

import contextlib
import io
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from autograder.__main__ import main


@dataclass(frozen=True)
class Ended:
    """How the command ended."""

    returncode: int
    stdout: str
    stderr: str


def autograder(*arguments: str | Path, cwd: Path | None = None) -> Ended:
    """Run the command here: to import everything once more takes longer than most commands."""
    out, err = io.StringIO(), io.StringIO()
    command = ["autograder", *map(str, arguments)]
    code: object = 0
    with (
        mock.patch.object(sys, "argv", command),
        contextlib.chdir(cwd or Path.cwd()),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        try:
            main()
        except SystemExit as end:
            code = end.code
    return Ended(code if isinstance(code, int) else int(code is not None), out.getvalue(), err.getvalue())


def refuses(result: Ended, *words: str) -> None:
    """Assert that it ended with exit status 2 and one sentence that holds these words."""
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) <= 3
    for word in words:
        assert word in result.stderr
