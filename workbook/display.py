"""How a failed cell looks: the student's mistake as sentences, without the frames of our own code."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

from workbook.checks.errors import CheckError

OURS = Path(__file__).parent


def install(shell: Any) -> None:
    """Attach to an IPython shell: mistakes are shown in words. Installing twice is the same as once."""
    shell.set_custom_exc((Exception,), _show)


def _show(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
    tb_offset: int | None = None,
) -> list[str]:
    lines = explain(kind, error, trace, compile_name=_cell_names(shell))
    shell._showtraceback(kind, error, lines)
    return lines


def _cell_names(shell: Any) -> dict[str, str]:
    names: dict[str, str] = getattr(shell.compile, "_filename_map", {})
    return names


def explain(
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
    compile_name: dict[str, str] | None = None,
) -> list[str]:
    """Return the lines that a student should read about an exception."""
    frames = [f for f in traceback.extract_tb(trace) if _is_students(f.filename)]
    if isinstance(error, NotImplementedError):
        return [_not_attempted(error, trace)]
    if isinstance(error, CheckError):
        return str(error).split("\n")
    lines = []
    for frame in frames[-6:]:
        lines.append(
            f"in {frame.name}, line {frame.lineno}:" if frame.name != "<module>" else f"line {frame.lineno}:"
        )
        lines.append(f"    {frame.line}")
    text = str(error)
    lines.append(f"{kind.__name__}: {text}" if text else kind.__name__)
    return lines


def _is_students(filename: str) -> bool:
    path = Path(filename)
    if OURS in path.parents or "site-packages" in path.parts or filename.startswith("<frozen"):
        return False
    return path.parts[-2:-1] != ("numpy",)


def _not_attempted(error: BaseException, trace: TracebackType | None) -> str:
    frame, name = trace, ""
    while frame is not None:
        code = frame.tb_frame.f_code
        if code.co_name != "<module>":
            name = getattr(code, "co_qualname", code.co_name)
        frame = frame.tb_next
    what = f"fill in {name}" if name else "fill in the cell above"
    return f"Not attempted yet: {what}, then run this cell again."
