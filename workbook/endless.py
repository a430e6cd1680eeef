"""What is said of code that was stopped while it ran: which loop, and what would end it."""

from __future__ import annotations

import ast
import linecache
from collections import Counter
from collections.abc import Sequence
from types import TracebackType

Loop = ast.While | ast.For
AGAIN = 5  # calls of one function within each other, from which on it may be they that don't end


def advice(frames: Sequence[TracebackType]) -> str:
    """Return a sentence about what may not come to an end.

    Args:
        frames: of the student's own code, the innermost last.
    """
    calls = Counter(frame.tb_frame.f_code for frame in frames)
    deep, times = calls.most_common(1)[0] if calls else (None, 0)
    if deep is not None and times >= AGAIN and not isinstance(_loop_around(frames[-1]), ast.While):
        return (
            f"{deep.co_qualname} was calling itself, {times} calls deep. Which case needs no further call, "
            "and is it always reached? Or is the same worked out again and again?"
        )
    for frame in reversed(frames):
        loop = _loop_around(frame)
        where = "This loop" if frame.tb_frame.f_code.co_name == "<module>" else f"The loop in {_name(frame)}"
        if isinstance(loop, ast.While) and isinstance(loop.test, ast.Constant):
            return f"{where} ends only at a break or a return: is one ever reached?"
        if isinstance(loop, ast.While):
            return (
                f"{where} goes on as long as {ast.unparse(loop.test)} holds. What "
                "changes that, each time round?"
            )
        if loop is not None:
            return (
                f"{where} goes through {ast.unparse(loop.iter)}, and has no end if "
                "something is put in there meanwhile."
            )
    return ""


def _name(frame: TracebackType) -> str:
    return frame.tb_frame.f_code.co_qualname


def _loop_around(frame: TracebackType) -> Loop | None:
    """Return the innermost loop of this frame's own function in which it was stopped."""
    code = frame.tb_frame.f_code
    try:
        tree = ast.parse("".join(linecache.getlines(code.co_filename)))
    except SyntaxError:
        return None
    found: Loop | None = None
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt | ast.Lambda):
            continue
        if not node.lineno <= frame.tb_lineno <= (node.end_lineno or node.lineno):
            continue
        if isinstance(node, Loop):
            found = node
        elif isinstance(node, ast.FunctionDef | ast.Lambda) and node.lineno >= code.co_firstlineno:
            found = None  # what stands around a function doesn't run when it is called
    return found
