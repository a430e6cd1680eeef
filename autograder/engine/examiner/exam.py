"""One submission in one sandbox: every cell in its place, and what was seen of the tests."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import time
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from autograder.engine.examiner.examiner import Examiner
from autograder.engine.examiner.handles import Gone, StudentError, TooSlow
from autograder.engine.examiner.inside import judged
from autograder.engine.examiner.job import Job
from autograder.engine.examiner.kernels import foreign, setting_for
from autograder.engine.examiner.patience import Patience
from autograder.engine.examiner.room import Room, Verdict
from autograder.engine.wall.sandbox import End, Sandbox
from autograder.engine.wire.frames import Channel
from autograder.engine.wire.outputs import Outputs, Page, cleaned, kept_once
from autograder.hooks import Namer
from autograder.marking.finding import Failure, Finding
from autograder.marking.lifetimes import of_no_use_later
from autograder.marking.paper import Cell
from autograder.marking.source import runs_with_examiner
from autograder.marking.surroundings import filled_in

SIGNALS = {
    signal.SIGSEGV: "it crashed (segmentation fault)",
    signal.SIGABRT: "it crashed (abort)",
    signal.SIGXCPU: "it used more processor time than allowed",
    signal.SIGXFSZ: "it wrote a file larger than allowed",
    signal.SIGSYS: "it made a system call that isn't allowed",
}


class Exam:
    """One submission in one sandbox.

    Args:
        job: the submission.
        sandbox: where its code runs.
        patience: the submission's, for all of its processes.
        inside: its tests too are run there, as nbgrader does; so are all of another language.
        drawn: pictures that need not be drawn again, by the hashes of their figures, besides the job's.

    Raises:
        NoKernel: if it is of a language that isn't installed here.
    """

    def __init__(
        self,
        job: Job,
        sandbox: Sandbox,
        patience: Patience,
        inside: bool = False,
        drawn: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.job = job
        self.kernel = setting_for(job.paper) if foreign(job.paper) else None
        self.inside = inside or self.kernel is not None
        self.paper = job.paper
        self.sandbox = sandbox
        self.limits = sandbox.premises.limits
        self.end: End | None = None
        self.reason = ""
        self.page = Page()
        self.keeping = not self.inside and (job.rehearsal or bool(job.standing.inside))  # for the next run
        self.pictures: dict[str, str] = {}
        self.size = 0
        self.unread: Mapping[str, Collection[str]] = {}
        self.known = {cell.grade_id: cell for cell in self.paper.cells}
        self.examiner = Examiner(
            Channel(sandbox.connect(draws=job.rehearsal), self.limits),
            sandbox.interrupt,
            patience,
            {**job.figures, **drawn},
        )
        self.room = Room(
            self.examiner,
            self.paper.imports,
            frozenset(self.paper.students),
            self.paper.surroundings.student_packages,
            self.paper.hidden,
        )

    def furnish(self) -> None:
        """Hand over the files and the environment: nothing of the course but what the student may see."""
        home, around = self.sandbox.home, self.paper.surroundings
        environment = filled_in(around.variables, home=home, student=self.job.student)
        environment["NBGRADER_EXECUTION"] = "autograde"
        if self.paper.kernelspec.get("name"):
            environment["JPY_SESSION_NAME"] = f"{home}/{self.paper.folder}/{self.paper.notebook}.ipynb"
        files = [(file.path, file.content) for file in around.files]
        for file in (*self.job.files, *self.paper.files):  # the instructor's version of a file is the last
            files.append((f"{self.paper.folder}/{file.path}", file.content))
        pictures = {
            "ask": bool(self.examiner.pictures),
            "keep": self.keeping,
            "beside": self.keeping and self.job.rehearsal,  # its own copy shows them to nobody
        }
        setting = {
            "home": home,
            "folder": self.paper.folder,
            "files": files,
            "environment": environment,
            "pictures": [name for name, wanted in pictures.items() if wanted],
            "hung": self.examiner.patience.hung,
        }
        self.examiner.ask("begin", setting)
        if self.kernel is not None:
            self.examiner.ask("kernel", self.kernel)

    def run(self, notebook: dict[str, Any]) -> dict[str, Verdict]:
        """Run every code cell in its place; return what was seen of the tests."""
        verdicts: dict[str, Verdict] = {}
        packages = self.paper.surroundings.student_packages
        self.unread = of_no_use_later(self.paper.cells, packages)
        ours = runs_with_examiner(self.paper.cells, packages) if not self.inside else ()
        count = 0
        for cell in notebook["cells"]:
            if cell["cell_type"] != "code" or not cell["source"].strip():
                continue
            name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
            tags = cell["metadata"].get("tags")
            if not name and isinstance(tags, list) and self.paper.skip in tags:
                continue
            count += 1
            known = self.known.get(name)
            if known is not None and known.tests:
                verdict = verdicts[name] = (
                    self._ask_inside(known, count) if self.inside else self._test(known)
                )
                items = verdict.outputs
            else:
                items = self._run(cell["source"], count)
                if name in ours:
                    with self._deadline(1.5 * self.paper.patience):
                        self.room.set_up(cell["source"], name)
            cell["execution_count"] = count
            self.size += sum(len(json.dumps(item)) for item in items)
            if self.size > self.limits.outputs:
                items = [_error("OutputError", "this notebook has put out more than the grader keeps")]
            kept_once(items)
            cell["outputs"] = cleaned(self.page.render(items, count))
        if self.keeping and self.examiner.gone is None:
            with contextlib.suppress(StudentError):
                self.pictures = _pictures(self.examiner.ask("pictures", self.paper.patience / 2))
        return verdicts

    def _run(self, source: str, count: int) -> list[dict[str, Any]]:
        """Run one cell in the student's process and return its outputs."""
        collected = Outputs(self.limits)
        already_gone = self.examiner.gone is not None
        try:
            with self.examiner.collecting(collected.take_over):
                self.examiner.run_cell(source, count)
        except (TooSlow, Gone) as error:
            self._explain_end()
            if not already_gone:
                text = self.reason if isinstance(error, Gone) else str(error)
                collected.add(_error(error.name, text))
        except StudentError as error:
            collected.add(_error(error.name, str(error)))
        return _in_one(collected.take())

    def _ask_inside(self, known: Cell, count: int) -> Verdict:
        """Run a test in the student's process."""
        hidden = bool(self.paper.hidden.lines(known.source))
        return judged(self._run(known.source, count), known.points, self.paper.ignore, hidden)

    def _test(self, known: Cell) -> Verdict:
        report = self.job.rehearsal or known.grade_id in self.job.standing.reports
        with self._deadline(1.5 * self.paper.patience):
            verdict = self.room.test(
                known.grade_id,
                known.source,
                known.points,
                report,
                self.unread.get(known.grade_id, ()),
            )
            if self.paper.ignore and verdict.complained:
                verdict.complained = any(
                    item.get("name") == "stderr" and not re.search(self.paper.ignore, item["text"])
                    for item in verdict.outputs
                )
            self._explain_end()
            return verdict
        self._explain_end()
        return Verdict([_error("CellTimeoutError", "the test took too long")], failed=True)

    @contextlib.contextmanager
    def _deadline(self, seconds: float) -> Iterator[None]:
        """Stop the instructor's cells too: a student's huge number can keep them busy."""

        def ring(number: int, frame: Any) -> None:
            stopped = "a test was stopped while it waited for the student's code"
            self.examiner.give_up(self.examiner.gone or stopped)
            raise _RingsError

        seconds = min(seconds, max(1.0, self.examiner.patience.until - time.monotonic()))
        before = signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        except _RingsError:
            pass
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def _explain_end(self) -> None:
        """Once the student's process has gone, find out why."""
        if self.examiner.gone is not None and self.end is None:
            self.end = self.sandbox.end()
            self.reason = how_it_ended(self.end, self.examiner.gone)
            self.examiner.give_up(self.reason)

    def name_mistakes(self, verdicts: dict[str, Verdict], namer: Namer | None) -> list[Finding]:
        """Compare what the student's objects compute with what known mistakes compute, within a deadline.

        Raises:
            Exception: whatever the course's namer raises; it costs names, and no marks.
        """
        failed = {
            name: Failure(verdict.error, verdict.lines())
            for name, verdict in verdicts.items()
            if verdict.failed
        }
        if namer is None or not failed or self.examiner.gone is not None or self.job.rehearsal:
            return []
        self.room.handles.clear()
        found: list[Finding] = []
        seconds = self.limits.naming_seconds
        with self._deadline(seconds), self.examiner.within(seconds), contextlib.suppress(StudentError):
            found = list(namer.name(student=Names(self.room), failed=failed))
        return found

    def close(self) -> End:
        """End the student's processes."""
        self.examiner.close()
        if self.end is None:
            self.end = self.sandbox.end()
        return self.end


def _pictures(said: Any) -> dict[str, str]:
    """Return pictures by name; whatever else a student's process says is left out."""
    pairs = [pair for pair in said if type(pair) is tuple and len(pair) == 2] if type(said) is tuple else []
    return {name: picture for name, picture in pairs if type(name) is str and type(picture) is str}


class Names(Mapping[str, Any]):
    """The student's global names, each behind a handle; looking one up asks the student's process."""

    def __init__(self, room: Room) -> None:
        self.room = room

    def __getitem__(self, name: str) -> Any:
        try:
            return self.room.names.look_up(name)
        except NameError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class _RingsError(BaseException):
    """The deadline of one of the instructor's cells: not to be caught by `except Exception` in it."""


def how_it_ended(end: End, otherwise: str) -> str:
    """Return one sentence about how a student's process ended."""
    if end.reason:
        return f"the student's process was ended: {end.reason}"
    if end.status is not None and end.status < 0 and -end.status in SIGNALS:
        return f"the student's process has ended: {SIGNALS[signal.Signals(-end.status)]}"
    if end.status is not None and end.status >= 0:
        return f"the student's process ended itself (exit code {end.status})"
    return otherwise


def _in_one(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Make one error of what an interrupt left, which has the place, and of the reason for it."""
    if [item.get("ename") for item in items[-2:]] != ["KeyboardInterrupt", "CellTimeoutError"]:
        return items
    *rest, place, reason = items
    return [*rest, reason | {"traceback": [*place["traceback"][:-1], *reason["traceback"]]}]


def _error(name: str, message: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": message, "traceback": [f"{name}: {message}"]}
