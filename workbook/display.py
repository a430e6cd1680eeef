"""How a failed cell looks: the student's mistake as sentences, without the frames of our own code."""

from __future__ import annotations

import linecache
import traceback
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any

from workbook import advice, cards, clue_file, clues, elsewhere, endless, known, operands
from workbook.checks import contract, words
from workbook.checks.errors import CheckError

PATIENCE = 3  # failures of one check, after which the hint is offered
FRAMES = 6  # of the student's own that are shown: the innermost


class Failures:
    """Shows what went wrong in the running cell; a known mistake takes the place of the check's error.

    Args:
        workspace: the folder of the notebooks' folders; None where no notebook's mistakes are known.
        withdrawn: names that aren't defined since their cells failed, and how those failed.
    """

    def __init__(self, workspace: Path | None, withdrawn: Mapping[str, str]) -> None:
        self.workspace, self.withdrawn = workspace, withdrawn
        self.cell = ""
        self.known: CheckError | None = None
        self.failures: Counter[str] = Counter()

    def before_cell(self, info: Any) -> None:
        """Note the cell that is about to run (IPython's `pre_run_cell`)."""
        self.cell, self.known = info.raw_cell or "", None

    def after_cell(self, result: Any) -> None:
        """Hand on what is said instead to whoever reads the cell's result (IPython's `post_run_cell`)."""
        if self.known is not None and result.error_in_exec is self.known.__cause__:
            result.error_in_exec = self.known

    def show(
        self,
        shell: Any,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
        tb_offset: int | None = None,
    ) -> list[str]:
        """Show an exception in words (IPython's custom exception handler)."""
        if isinstance(error, KeyboardInterrupt):  # what was stopped can't be asked anything
            lines = explain(kind, error, trace)
            shell._showtraceback(kind, error, lines)
            return lines
        clue = clues.recognise(self.cell, error, shell.user_ns, self.workspace) if self.workspace else None
        if clue is not None:
            error = self.known = known.known_mistake(clue, error, _places(_students_frames(trace)[-1:]))
            kind = type(error)
        lines = self.explain_elsewhere(error, _students_frames(trace))
        lines = lines or explain(kind, error, trace)
        if clue is None and self.workspace and clue_file.check_of(self.cell, self.workspace):
            meant = stopped(error, trace)
            if meant is not None:
                error, kind, self.known = meant, type(meant), meant
        if hasattr(shell, "kernel"):
            self.show_card(shell, error, lines)
        shell._showtraceback(kind, error, lines)
        return lines

    def show_card(self, shell: Any, error: BaseException, lines: list[str]) -> None:
        """Show the card of a check that failed; after three times with the hint that the notebook has."""
        check = clue_file.check_of(self.cell, self.workspace) if self.workspace else None
        if check is None and not isinstance(error, CheckError):
            return
        name = check.cell if check else ""
        self.failures[name] += not isinstance(error, NotImplementedError)
        hint = check.hint if check and self.failures[name] >= PATIENCE else ""
        shell.display_pub.publish(cards.failed(check.heading if check else "", error, lines, hint))

    def explain_elsewhere(self, error: BaseException, frames: list[TracebackType]) -> list[str]:
        """Return what to do in another cell or notebook first; nothing if the mistake is in this one."""
        why = self.withdrawn.get(str(error.name)) if isinstance(error, NameError) else None
        if isinstance(error, NameError) and why:
            return [
                f"{error.name} isn't defined: its cell failed ({why}). Mend and run that cell, then this one."
            ]
        codes = [frame.tb_frame.f_code for frame in frames]
        said = elsewhere.explain(error, codes, self.workspace) if self.workspace else None
        return [said] if said else []


def install(
    shell: Any, workspace: Path | None = None, withdrawn: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Attach to an IPython shell: mistakes are shown in words. Installing twice is the same as once.

    The cell still fails: the kernel reports the exception's name, its text and the lines of `explain`, so
    that nbclient and nbgrader see an error as ever.
    """
    for event in ("pre_run_cell", "post_run_cell"):
        for callback in list(shell.events.callbacks[event]):
            if isinstance(getattr(callback, "__self__", None), Failures):
                shell.events.unregister(event, callback)
    failures = Failures(workspace, withdrawn)
    shell.events.register("pre_run_cell", failures.before_cell)
    shell.events.register("post_run_cell", failures.after_cell)
    shell.set_custom_exc(
        (Exception, KeyboardInterrupt),
        lambda shell, *args, **options: failures.show(shell, *args, **options),
    )


def explain(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> list[str]:
    """Return the lines that a student should read about an exception.

    Args:
        kind: its class.
        error: what was raised.
        trace: where.
    """
    frames = _students_frames(trace)
    if isinstance(error, NotImplementedError):
        return [_not_attempted(frames, str(error))]
    if isinstance(error, CheckError):
        return [*str(error).split("\n"), *_which_check(frames)]
    if isinstance(error, SyntaxError):
        lines = traceback.format_exception_only(error)
        return [line.rstrip() for line in "".join(lines).split("\n")[1:] if line.strip()]
    said = _places(frames)
    if isinstance(error, KeyboardInterrupt):
        return [*said, *filter(None, [endless.advice(frames)]), "KeyboardInterrupt: it was stopped here."]
    text, *meaning = _in_words(error, frames[-1] if frames else None)
    told = f"{kind.__name__}: {text}" if text else kind.__name__
    return [*said, *told.split("\n"), *(words.sentences(meaning).split("\n") if meaning else [])]


def stopped(error: BaseException, trace: TracebackType | None) -> known.StoppedError | None:
    """Return what a check reports that an answer's own line has stopped; None if there is no more to say.

    Args:
        error: what that line raised.
        trace: where.
    """
    frames = _students_frames(trace)
    if isinstance(error, AssertionError | NotImplementedError | SyntaxError) or not frames:
        return None
    text, *meaning = _in_words(error, frames[-1])
    if not meaning and text == str(error).strip():
        return None
    said = " ".join(meaning) or text[0].upper() + text[1:]  # a meaning may begin with a name
    return known.stopped(said, error, _places(frames[-1:]))


def _places(frames: list[TracebackType]) -> list[str]:
    said = []
    for frame in frames[-FRAMES:]:
        code, number = frame.tb_frame.f_code, frame.tb_lineno
        place = f"{code.co_qualname}, line {number}:" if code.co_name != "<module>" else f"line {number}:"
        said += [place, f"    {linecache.getline(code.co_filename, number).strip()}"]
    return said


def _students_frames(trace: TracebackType | None) -> list[TracebackType]:
    frames = []
    while trace is not None:
        if operands.is_students(trace.tb_frame.f_code.co_filename):
            frames.append(trace)
        trace = trace.tb_next
    return frames


def _which_check(frames: list[TracebackType]) -> list[str]:
    """Return which line of the cell failed, where it has more than one."""
    cell = next((frame for frame in frames if frame.tb_frame.f_code.co_name == "<module>"), None)
    if cell is None:
        return []
    lines = linecache.getlines(cell.tb_frame.f_code.co_filename)
    if sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in lines) < 2:
        return []
    return [f"(line {cell.tb_lineno}: {lines[cell.tb_lineno - 1].strip()})"]


def _in_words(error: BaseException, frame: TracebackType | None) -> list[str]:
    """Return an error's text; then the shapes that NumPy couldn't put together, and what it means."""
    text, shapes = str(error).strip(), ""
    if frame is not None and isinstance(error, ValueError | IndexError):
        expression = operands.failed_expression(frame)
        found = operands.shapes(expression, frame)
        shapes = contract.listed(f"{name} is {shape}" for name, shape in found.items()) if found else ""
        if found and operands.factors(expression) == list(found):  # NumPy speaks of core dimensions
            return [f"the shapes don't fit in {expression}: {shapes}.{advice.turned(frame)}"]
    said = [f"Here {shapes}." if shapes else "", advice.advice(error, frame)]
    return [text, *(part for part in said if part)]


def _not_attempted(frames: list[TracebackType], text: str) -> str:
    codes = [frame.tb_frame.f_code for frame in frames]
    names = [code.co_qualname for code in codes if code.co_name != "<module>"]
    what = f"fill in {names[-1]}" if names else "fill in the cell"
    return f"Not attempted yet: {what}, then run this cell again." + (f" ({text})" if text else "")
