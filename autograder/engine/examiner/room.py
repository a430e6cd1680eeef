"""Where the instructor's cells run: names that no instructor's cell defined are handles on the student's."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import math
import sys
import traceback
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import CodeType, ModuleType
from typing import Any, cast

import numpy as np
from IPython.utils.capture import capture_output

from autograder.engine.examiner.compiled import SET_UP, compiled, named
from autograder.engine.examiner.examiner import Examiner
from autograder.engine.examiner.handles import Gone, Handle, StudentError, TooSlow
from autograder.engine.examiner.names import Main, Names
from autograder.engine.wire.outputs import Outputs, Stream
from autograder.engine.wire.values import NotPlain
from autograder.marking.cells import Hidden
from autograder.marking.source import CAPTURE, Parsed, parse

DATA = (np.ndarray, np.generic, complex, list, tuple, dict, set, frozenset, bytes, Handle)


@dataclass
class Verdict:
    """What the examiner saw of one test cell.

    Attributes:
        outputs: what the cell put out, the student's code included.
        failed: it raised.
        mark: partial credit, if its last line was a number.
        complained: something was written to stderr, which nbgrader counts as a failure.
        error: what it raised.
    """

    outputs: list[dict[str, Any]] = field(default_factory=list)
    failed: bool = False
    mark: float | None = None
    complained: bool = False
    error: Exception | None = None

    def lines(self) -> tuple[str, ...]:
        """Return what a student reads about what it raised."""
        errors = [output["traceback"] for output in self.outputs if output["output_type"] == "error"]
        return tuple(errors[-1]) if errors else ()

    def said(self) -> str:
        """Return in one line why a test failed."""
        for output in self.outputs:
            if output["output_type"] == "error":
                return f"{output['ename']}: {output['evalue']}".split("\n")[0][:120].rstrip(": ")
        return "it wrote to stderr, which counts as a failure" if self.complained else ""

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
        students: names that cells of the student's bind in the source notebook.
        packages: the students' packages, whose imports stay there.
        hidden: which lines of a test students don't get.

    Attributes:
        troubles: what went wrong in read-only cells, one line each.
    """

    def __init__(
        self,
        examiner: Examiner,
        imports: Mapping[str, str] | None = None,
        students: frozenset[str] = frozenset(),
        packages: frozenset[str] = frozenset(),
        hidden: Hidden | None = None,
    ) -> None:
        self.examiner = examiner
        self.students = students
        self.packages = packages
        self.hidden = hidden or Hidden()
        self.troubles: list[str] = []
        self.handles: dict[str, Handle] = {}
        self.names = Names(self._look_up, imports)
        self.names[CAPTURE] = capture_output
        self.main = Main(self.names, self._rebind)

    def _look_up(self, name: str) -> Any:
        if name not in self.handles:
            found = self.examiner.ask("name", name)
            if not isinstance(found, Handle):
                return found
            self.handles[name] = found
        return self.handles[name]

    def _rebind(self, name: str, value: Any) -> None:
        """Bind a name in the student's process, for a test that does so by way of `__main__`."""
        self.handles.pop(name, None)
        self.examiner.ask("bind", name, [value])

    def set_up(self, source: str, name: str = "") -> None:
        """Run a read-only cell; where it fails, names that it would have bound stay undefined."""
        parsed = parse(source, False, self.packages)
        try:
            with self._collecting(Outputs(self.examiner.link.channel.limits)):
                self._run(*compiled(source, False, self.packages, SET_UP))
        except Exception as error:
            self.troubles.append(f"cell '{name}' fails outside: {type(error).__name__}: {_message(error)}")
        self.examiner.link.mirror.restore()
        self.names.claimed |= parsed.binds - parsed.remote

    def test(
        self,
        grade_id: str,
        source: str,
        points: float,
        report: bool = False,
        unread: Collection[str] = (),
    ) -> Verdict:
        """Run a test cell.

        Args:
            grade_id: its name.
            source: its text.
            points: what it is worth.
            report: the solution's last line has a value that is no number: then it isn't meant as points.
            unread: names of its own that no cell reads afterwards; what both sides hold costs time.

        If the student's code changed an array of the examiner's in place and the test passed, the test is
        run again with the examiner's arrays protected, and has to pass again: nobody gains by changing a
        question.
        """
        mirror = self.examiner.link.mirror
        with mirror.watched(), self.examiner.separated(source):
            verdict = self._test(grade_id, source, points, report)
            mirror.restore()
            if mirror.touched and verdict.score(points) > 0:
                with mirror.protected():
                    again = self._test(grade_id, source, points, report)
                if again.score(points) < verdict.score(points):
                    verdict = again
        self.names.forget(unread)
        return verdict

    def _test(self, grade_id: str, source: str, points: float, report: bool) -> Verdict:
        self.handles.clear()
        collected = Outputs(self.examiner.link.channel.limits)
        verdict = Verdict()
        name = named(grade_id)
        parsed: Parsed | None = None
        with self._collecting(collected):
            try:
                parsed = parse(source, True, self.packages)
                self.names.claimed |= parsed.binds
                result = self._run(*compiled(source, True, self.packages, name))
                verdict.mark = _mark(result, points, report)
                if result is not None and not source.rstrip().endswith(";"):
                    collected.add(_result(result))
            except Exception as error:
                verdict.failed, verdict.error = True, error
                drawing = _drawing(error)
                if drawing:
                    collected.add(drawing)
                collected.add(self._explain(error, source, name))
            self.names.free(parsed.binds & self.students if parsed else (), verdict.failed)
        verdict.outputs = collected.take()
        verdict.complained = any(
            output["output_type"] == "stream" and output["name"] == "stderr" for output in verdict.outputs
        )
        return verdict

    def _run(self, statements: CodeType, last: CodeType | None) -> Any:
        """Run statements; return the value of the last one if it is an expression."""
        self._execute(statements)
        return None if last is None else self._execute(last)

    def _execute(self, code: CodeType) -> Any:
        """Run code in the examiner's names; what it awaits runs in a loop that ends with it."""
        value = eval(code, self.names)
        if not code.co_flags & inspect.CO_COROUTINE:
            return value

        async def whole() -> Any:
            return await value

        return asyncio.run(whole())

    @contextlib.contextmanager
    def _collecting(self, outputs: Outputs) -> Iterator[None]:
        """Collect what is printed here and what the student's code puts out, in order.

        What the student's code prints goes where the test's own does, which may be a buffer of the test's.
        """

        def take(items: list[dict[str, Any]]) -> None:
            for item in items:
                if item["output_type"] == "stream":
                    getattr(sys, item["name"]).write(item["text"])
                else:
                    outputs.add(item)

        before = sys.stdout, sys.stderr, sys.modules["__main__"]
        sys.stdout, sys.stderr = Stream("stdout", outputs), Stream("stderr", outputs)
        sys.modules["__main__"] = cast(ModuleType, self.main)
        try:
            with self.examiner.collecting(take):
                yield
        finally:
            sys.stdout, sys.stderr, sys.modules["__main__"] = before

    def _explain(self, error: Exception, source: str, name: str) -> dict[str, Any]:
        """Return an error as an output: the message, the student's lines, and no line of a hidden test."""
        kind, message = type(error).__name__, _message(error)
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
        if isinstance(error, Gone):
            return []
        try:
            lines = self.examiner.ask("traceback")
        except StudentError:
            return []
        if not isinstance(lines, tuple):
            return []
        told = [line for line in lines[:200] if isinstance(line, str)]
        if not isinstance(error, TooSlow):
            return told
        if not told or not told[-1].startswith("KeyboardInterrupt"):
            return []  # of an older error: nothing was stopped
        return [*told[:-1], f"{error.name}: {error}"]

    def _where(self, error: Exception, source: str, name: str) -> list[str]:
        """Say which line of a test failed, if it is one that students get."""
        numbers = [step.lineno for step in traceback.extract_tb(error.__traceback__) if step.filename == name]
        number = numbers[-1] if numbers and numbers[-1] else 0
        if not number:
            return []
        if number in self.hidden.lines(source):
            return ["(in a hidden test)"]
        return [f"(in line {number} of this test: {source.split(chr(10))[number - 1].strip()})"]


def _drawing(error: Exception) -> dict[str, Any] | None:
    """Return what an error of the instructor's shows besides its text, as IPython's displays do."""
    draw = getattr(type(error), "_repr_html_", None)
    html = None
    with contextlib.suppress(Exception):
        html = draw(error) if draw is not None else None
    if not isinstance(html, str):
        return None
    return {"output_type": "display_data", "data": {"text/html": html, "text/plain": ""}, "metadata": {}}


def _message(error: Exception) -> str:
    try:
        return str(error)
    except Exception as another:  # its text asks a student's object for its own
        return f"{type(another).__name__} in the text of the error"


def _mark(result: Any, points: float, report: bool) -> float | None:
    """Return partial credit, if a cell's last value is a number; None if it is a report, a text or nothing.

    Data that are no number are no credit where the solution's value is one: an array of the student's choice
    would be neither points nor a failure.

    Raises:
        ValueError: if it is a number, or data of another kind, that can't be credit.
    """
    if (
        not report
        and isinstance(result, DATA)
        and not isinstance(result, np.bool_ | np.integer | np.floating)
    ):
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
