"""Where the instructor's cells run: names that no instructor's cell defined are handles on the student's."""

from __future__ import annotations

import ast
import contextlib
import math
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.engine.examiner.examiner import Examiner
from autograder.engine.examiner.handles import Gone, Handle, StudentError, TooSlow
from autograder.engine.examiner.names import Names
from autograder.engine.wire.outputs import Outputs, Stream
from autograder.engine.wire.values import NotPlain
from autograder.marking.cells import Hidden
from autograder.marking.source import Parsed, parse

DATA = (np.ndarray, np.generic, complex, list, tuple, dict, set, frozenset, bytes, Handle)


@dataclass
class Verdict:
    """What the examiner saw of one test cell.

    Attributes:
        outputs: what the cell put out, the student's code included.
        failed: it raised.
        mark: partial credit, if its last line was a number.
        complained: something was written to stderr, which nbgrader counts as a failure.
    """

    outputs: list[dict[str, Any]] = field(default_factory=list)
    failed: bool = False
    mark: float | None = None
    complained: bool = False

    def score(self, points: float) -> float:
        """Return the cell's points, by nbgrader's rules."""
        if self.failed or self.complained:
            return 0.0
        return points if self.mark is None else self.mark


class Room:
    """Runs the instructor's cells of one submission, in the examiner's process.

    Args:
        examiner: asks the student's process.
        imports: what the source notebook imports, as `imported_names` returns it.
        packages: the students' packages, whose imports stay there.
        hidden: which lines of a test students don't get.
    """

    def __init__(
        self,
        examiner: Examiner,
        imports: Mapping[str, str] | None = None,
        packages: frozenset[str] = frozenset(),
        hidden: Hidden | None = None,
    ) -> None:
        self.examiner = examiner
        self.packages = packages
        self.hidden = hidden or Hidden()
        self.handles: dict[str, Handle] = {}
        self.names = Names(self._look_up, imports)

    def _look_up(self, name: str) -> Any:
        if name not in self.handles:
            found = self.examiner.ask("name", name)
            if not isinstance(found, Handle):
                return found
            self.handles[name] = found
        return self.handles[name]

    def set_up(self, source: str) -> None:
        """Run a read-only cell; where it fails, names that it would have bound stay undefined."""
        parsed = parse(source, False, self.packages)
        collected = Outputs(self.examiner.link.channel.limits)
        with contextlib.suppress(Exception), self._collecting(collected):
            self._run(parsed, "<set-up>")
        self.examiner.link.mirror.restore()
        self.names.claimed |= parsed.binds - parsed.remote

    def test(self, grade_id: str, source: str, points: float) -> Verdict:
        """Run a test cell.

        If the student's code changed an array of the examiner's in place and the test passed, the test is
        run again with the examiner's arrays protected, and has to pass again: nobody gains by changing a
        question.
        """
        mirror = self.examiner.link.mirror
        mirror.touched = mirror.protect = False
        try:
            verdict = self._test(grade_id, source, points)
            mirror.restore()
            if mirror.touched and verdict.score(points) > 0:
                mirror.protect = True
                again = self._test(grade_id, source, points)
                if again.score(points) < verdict.score(points):
                    return again
            return verdict
        finally:
            mirror.protect = False
            mirror.restore()

    def _test(self, grade_id: str, source: str, points: float) -> Verdict:
        self.handles.clear()
        self.examiner.secret = source
        collected = Outputs(self.examiner.link.channel.limits)
        verdict = Verdict()
        name = f"<{grade_id}>"
        with self._collecting(collected):
            try:
                parsed = parse(source, True, self.packages)
                self.names.claimed |= parsed.binds
                result = self._run(parsed, name)
                verdict.mark = _mark(result, points)
                if result is not None and not source.rstrip().endswith(";"):
                    collected.add(_result(result))
            except Exception as error:
                verdict.failed = True
                collected.add(self._explain(error, source, name))
        verdict.outputs = collected.take()
        verdict.complained = any(
            output["output_type"] == "stream" and output["name"] == "stderr" for output in verdict.outputs
        )
        return verdict

    def _run(self, parsed: Parsed, name: str) -> Any:
        """Run statements; return the value of the last one if it is an expression."""
        body = list(parsed.tree.body)
        last: Any = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), name, "exec"), self.names)
        if last is None:
            return None
        return eval(compile(ast.Expression(last.value), name, "eval"), self.names)

    @contextlib.contextmanager
    def _collecting(self, outputs: Outputs) -> Iterator[None]:
        """Collect what is printed here and what the student's code puts out, in order."""
        before = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = Stream("stdout", outputs), Stream("stderr", outputs)
        self.examiner.sink = outputs.take_over
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before

    def _explain(self, error: Exception, source: str, name: str) -> dict[str, Any]:
        """Return an error as an output: the message, the student's lines, and no line of a hidden test."""
        kind, message = type(error).__name__, str(error)
        lines = message.split("\n") if isinstance(error, AssertionError) else [f"{kind}: {message}"]
        if isinstance(error, StudentError):
            kind = error.name
            lines = self._student_lines(error) or [f"{kind}: {message}"]
        elif isinstance(error, NotPlain):
            lines = [f"This test can't be graded: {message}"]
        return {
            "output_type": "error",
            "ename": kind,
            "evalue": message or lines[-1],
            "traceback": [*lines, *self._where(error, source, name)],
        }

    def _student_lines(self, error: StudentError) -> list[str]:
        """Ask how the student's code came to raise the error."""
        if isinstance(error, Gone | TooSlow):
            return []
        try:
            lines = self.examiner.ask("traceback")
        except StudentError:
            return []
        if not isinstance(lines, tuple):
            return []
        return [line for line in lines[:200] if isinstance(line, str)]

    def _where(self, error: Exception, source: str, name: str) -> list[str]:
        """Say which line of a test failed, if it is one that students get."""
        numbers = [step.lineno for step in traceback.extract_tb(error.__traceback__) if step.filename == name]
        number = numbers[-1] if numbers and numbers[-1] else 0
        if not number:
            return []
        if number in self.hidden.lines(source):
            return ["(in a hidden test)"]
        return [f"(in line {number} of this test: {source.split(chr(10))[number - 1].strip()})"]


def _mark(result: Any, points: float) -> float | None:
    """Return partial credit, if a cell's last value is a number; None if it is a report, a text or nothing.

    Raises:
        ValueError: if it is a number, or data of another kind, that can't be credit.
    """
    if isinstance(result, DATA) and not isinstance(result, np.bool_ | np.integer | np.floating):
        raise ValueError(f"this test gave a {type(result).__name__} where a number of points was expected")
    if isinstance(result, bool | np.bool_) or not isinstance(result, int | float | np.integer | np.floating):
        return None
    mark = float(result)
    if not math.isfinite(mark) or not 0 <= mark <= points:
        raise ValueError(f"this test gave {mark:g} points, where 0 to {points:g} are possible")
    return mark


def _result(result: Any) -> dict[str, Any]:
    text = repr(result) if not isinstance(result, np.floating) else repr(float(result))
    return {
        "output_type": "execute_result",
        "data": {"text/plain": text[:20_000]},
        "metadata": {},
        "execution_count": 0,
    }
