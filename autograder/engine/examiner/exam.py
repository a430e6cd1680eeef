"""One submission from file to marks: read it, run it, examine it, and write down what was seen."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import json
import os
import re
import signal
import time
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from autograder.engine.examinee.confine import HUNG_UP
from autograder.engine.examiner.examiner import Examiner
from autograder.engine.examiner.handles import Gone, StudentError, TooSlow
from autograder.engine.examiner.inside import judged
from autograder.engine.examiner.kernels import NoKernel, foreign, setting_for
from autograder.engine.examiner.room import Room, Verdict
from autograder.engine.sandbox import End, Sandbox, SandboxLost
from autograder.engine.wire.figures import ASIDE, pictures, put_in
from autograder.engine.wire.frames import Channel
from autograder.engine.wire.outputs import Outputs, Page, cleaned
from autograder.hooks import Namer
from autograder.marking.cells import grade_id
from autograder.marking.finding import Finding
from autograder.marking.paper import Cell, Paper
from autograder.marking.sanitise import Unreadable, read, restore
from autograder.marking.source import runs_with_examiner
from autograder.marking.standing import Standing
from autograder.marking.surroundings import File, filled_in

SIGNALS = {
    signal.SIGSEGV: "it crashed (segmentation fault)",
    signal.SIGABRT: "it crashed (abort)",
    signal.SIGXCPU: "it used more processor time than allowed",
    signal.SIGXFSZ: "it wrote a file larger than allowed",
    signal.SIGSYS: "it made a system call that isn't allowed",
}


@dataclass(frozen=True)
class Job:
    """One submission to grade: all that is needed, as bytes.

    Attributes:
        paper: the assignment.
        student: whose submission it is.
        secret: what hidden tests draw this student's questions from.
        notebook: the submitted notebook.
        files: what was handed in beside it.
        figures: pictures that need not be drawn again, by the hashes of their figures.
        standing: what the solution's own exam said of the tests.
        rehearsal: this is the instructor's own solution: its pictures are wanted, and how its tests end.
    """

    paper: Paper
    student: str
    notebook: bytes
    secret: str = ""
    files: tuple[File, ...] = ()
    figures: dict[str, str] = field(default_factory=dict)
    standing: Standing = field(default_factory=Standing)
    rehearsal: bool = False


@dataclass(frozen=True)
class Result:
    """What is written down about a submission.

    Attributes:
        notebook: the autograded notebook's JSON, or "" if there is none.
        scores: grade_id -> points, or None where a person has to grade.
        unanswered: grade_ids of the solution cells that were left as released.
        named: the known mistakes that were recognised.
        unnamed: why known mistakes could not be looked for, with its traceback; "" if they could.
        remarks: what was put right in the notebook.
        reason: why it could not be graded, or only in part; "" if all went well.
        trace: for the log, the traceback of a failure of the examiner's.
        figures: the pictures of a rehearsal.
        standing: what a rehearsal says of the tests.
        tests: how many tests there are.
        inside: of these, the ones that were asked in the student's process.
        seconds: how long it took.
        peak: the most memory that the student's processes used, in bytes.
    """

    notebook: str = ""
    scores: dict[str, float | None] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)
    named: list[Finding] = field(default_factory=list)
    unnamed: str = ""
    remarks: list[str] = field(default_factory=list)
    reason: str = ""
    trace: str = ""
    figures: dict[str, str] = field(default_factory=dict)
    standing: Standing = field(default_factory=Standing)
    tests: int = 0
    inside: list[str] = field(default_factory=list)
    seconds: float = 0.0
    peak: int = 0

    def to_json(self) -> bytes:
        """Return this as bytes for a pipe."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Result:
        """Return what `to_json` wrote."""
        fields = json.loads(data)
        fields["named"] = [Finding(**each) for each in fields["named"]]
        fields["standing"] = Standing.from_json(fields["standing"])
        return cls(**fields)


class Exam:
    """One submission in one sandbox.

    Args:
        job: the submission.
        sandbox: where its code runs.
        inside: its tests too are run there, as nbgrader does; so are all of another language.

    Raises:
        NoKernel: if it is of a language that isn't installed here.
    """

    def __init__(self, job: Job, sandbox: Sandbox, inside: bool = False) -> None:
        self.job = job
        self.kernel = setting_for(job.paper) if foreign(job.paper) else None
        self.inside = inside or self.kernel is not None
        self.paper = job.paper
        self.sandbox = sandbox
        self.limits = sandbox.premises.limits
        self.end: End | None = None
        self.reason = ""
        self.page = Page()
        self.pictures: dict[str, str] = {}
        self.size = 0
        self.known = {cell.grade_id: cell for cell in self.paper.cells}
        self.examiner = Examiner(
            Channel(sandbox.connect(), self.limits),
            sandbox.interrupt,
            self.paper.patience,
            time.monotonic() + self.paper.budget,
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
        setting = {
            "home": home,
            "folder": self.paper.folder,
            "files": files,
            "environment": environment,
            "pictures": pictures(self.job.figures, self.job.rehearsal),
        }
        self.examiner.ask("begin", setting)
        if self.kernel is not None:
            self.examiner.ask("kernel", self.kernel)

    def run(self, notebook: dict[str, Any]) -> dict[str, Verdict]:
        """Run every code cell in its place; return what was seen of the tests."""
        verdicts: dict[str, Verdict] = {}
        packages = self.paper.surroundings.student_packages
        ours = runs_with_examiner(self.paper.cells, packages) if not self.inside else set()
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
                    with self._deadline(2 * self.paper.patience):
                        self.room.set_up(cell["source"], name)
            cell["execution_count"] = count
            self.size += sum(len(json.dumps(item)) for item in items)
            if self.size > self.limits.outputs:
                items = [_error("OutputError", "this notebook has put out more than the grader keeps")]
            put_in(items, self.job.figures, self.pictures)
            cell["outputs"] = cleaned(self.page.render(items, count))
        if self.job.rehearsal and not self.inside and self.examiner.gone is None:
            self.pictures |= {ASIDE + key: drawn for key, drawn in self.examiner.ask("aside")}
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
        return collected.take()

    def _ask_inside(self, known: Cell, count: int) -> Verdict:
        """Run a test in the student's process."""
        hidden = bool(self.paper.hidden.lines(known.source))
        return judged(self._run(known.source, count), known.points, self.paper.ignore, hidden)

    def _test(self, known: Cell) -> Verdict:
        report = self.job.rehearsal or known.grade_id in self.job.standing.reports
        with self._deadline(2 * self.paper.patience):
            verdict = self.room.test(known.grade_id, known.source, known.points, report)
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
            if self.end.status == HUNG_UP:
                raise SandboxLost("examiner and examinee no longer understood each other")
            self.reason = how_it_ended(self.end, self.examiner.gone)
            self.examiner.give_up(self.reason)

    def name_mistakes(self, verdicts: dict[str, Verdict], namer: Namer | None) -> list[Finding]:
        """Compare what the student's objects compute with what known mistakes compute, within a deadline.

        Raises:
            Exception: whatever the course's namer raises; it costs names, and no marks.
        """
        failed = [name for name, verdict in verdicts.items() if verdict.failed]
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


def sit(job: Job, sandbox: Sandbox, namer: Namer | None = None) -> Result:
    """Grade one submission.

    Raises:
        SandboxError: if the sandbox can't take it; the submission is not to blame.
        SandboxLost: if it took it, and failed.
    """
    start = time.monotonic()
    try:
        notebook = read(job.notebook, sandbox.premises.limits)
        remarks = restore(notebook, job.paper)
    except Unreadable as error:
        return Result(reason=str(error))
    secrets = filled_in(job.paper.surroundings.secrets, student=job.student, secret=job.secret)
    os.environ.update(secrets)
    twin = copy.deepcopy(notebook)
    try:
        exam = Exam(job, sandbox)
    except NoKernel as error:
        return Result(reason=str(error))
    try:
        exam.furnish()
        verdicts = exam.run(notebook)
        named, unnamed = [], ""
        try:
            named = exam.name_mistakes(verdicts, namer)
        except Exception:
            unnamed = traceback.format_exc()
    except Gone as error:
        return Result(reason=str(error))
    except StudentError as error:
        return Result(reason=f"the notebook's kernel can't be started in the sandbox: {error}")
    finally:
        end = exam.close()
    standing, reason = job.standing, exam.reason
    failing = [name for name, verdict in verdicts.items() if verdict.failed or verdict.complained]
    wanted = failing if job.rehearsal else [name for name in verdicts if name in standing.inside]
    if exam.kernel is not None:
        standing = Standing(
            dict.fromkeys(verdicts, "it isn't in Python"),
            {name: verdicts[name].said() for name in failing} if job.rehearsal else standing.failing,
        )
    elif wanted:
        asked, reason = _ask_inside(job, sandbox, twin, reason)
        if job.rehearsal:
            standing = _standing(exam.room, verdicts, asked)
        verdicts |= {name: asked[name] for name in wanted if name in asked}
        _take_over(notebook, twin, wanted)
    elif job.rehearsal:
        standing = _standing(exam.room, verdicts, {})
    _shorten(notebook, job.paper)
    scores, unanswered = _scores(notebook, job.paper, verdicts, standing)
    tests = sum(cell.tests for cell in job.paper.cells)
    notebook["metadata"]["autograder"] = {"tests": standing.out_of_reach(tests), "inside": [*standing.inside]}
    return Result(
        notebook=json.dumps(notebook, indent=1, ensure_ascii=False) + "\n",
        scores=scores,
        unanswered=unanswered,
        named=named,
        unnamed=unnamed,
        remarks=remarks,
        reason=reason,
        figures=exam.pictures if job.rehearsal else {},
        standing=standing if job.rehearsal else Standing(),
        tests=tests,
        inside=[*standing.inside],
        seconds=time.monotonic() - start,
        peak=end.peak,
    )


def _ask_inside(
    job: Job, sandbox: Sandbox, notebook: dict[str, Any], reason: str
) -> tuple[dict[str, Verdict], str]:
    """Run a notebook and its tests in a fresh process of the student's; add to the reason how that ended.

    The first process never sees a test: what was asked from outside stays out of reach.
    """
    exam = Exam(job, sandbox, inside=True)
    try:
        exam.furnish()
        verdicts = exam.run(notebook)
    except Gone as error:
        return {}, reason or str(error)
    finally:
        exam.close()
    return verdicts, reason or exam.reason


def _standing(room: Room, seen: Mapping[str, Verdict], inside: Mapping[str, Verdict]) -> Standing:
    """Say where the solution passes each test."""
    passed = {name for name, verdict in inside.items() if not verdict.failed and not verdict.complained}
    failed = {name: verdict for name, verdict in seen.items() if verdict.failed or verdict.complained}
    return Standing(
        {name: verdict.said() for name, verdict in failed.items() if name in passed},
        {name: inside.get(name, verdict).said() for name, verdict in failed.items() if name not in passed},
        tuple(name for name, verdict in seen.items() if not verdict.failed and verdict.mark is None),
        tuple(room.troubles),
    )


def _take_over(notebook: dict[str, Any], other: dict[str, Any], names: list[str]) -> None:
    """Show the outputs of some tests as they were in another run."""
    outputs = {
        cell["metadata"].get("nbgrader", {}).get("grade_id"): cell.get("outputs") for cell in other["cells"]
    }
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in names and outputs.get(name) is not None:
            cell["outputs"] = outputs[name]


def how_it_ended(end: End, otherwise: str) -> str:
    """Return one sentence about how a student's process ended."""
    if end.reason:
        return f"the student's process was ended: {end.reason}"
    if end.status is not None and end.status < 0 and -end.status in SIGNALS:
        return f"the student's process has ended: {SIGNALS[signal.Signals(-end.status)]}"
    if end.status is not None and end.status >= 0:
        return f"the student's process ended itself (exit code {end.status})"
    return otherwise


def checksum(cell: dict[str, Any], known: Cell) -> str:
    """Return nbgrader's checksum of a cell: its text and what the gradebook says about it."""
    parts = [cell["source"], cell["cell_type"], str(known.grade), str(known.solution)]
    parts += [str(known.locked and not known.solution), known.grade_id]
    if known.grade:
        parts.append(str(float(known.points)))
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()


def _scores(
    notebook: dict[str, Any], paper: Paper, verdicts: dict[str, Verdict], standing: Standing
) -> tuple[dict[str, float | None], list[str]]:
    """Return points by grade_id, and the answers that were left as released.

    A zero for a test that the solution fails as well is left to a person.
    """
    known = {cell.grade_id: cell for cell in paper.cells}
    scores: dict[str, float | None] = {}
    unanswered = []
    for cell in notebook["cells"]:
        about = known.get(grade_id(cell))
        if about is None:
            continue
        untouched = checksum(cell, about) == about.checksum
        if about.solution and untouched:
            unanswered.append(about.grade_id)
        if about.tests:
            score = verdicts.get(about.grade_id, Verdict()).score(about.points)
            unfair = about.grade_id in standing.failing and about.points > 0  # of no points, zero is all
            scores[about.grade_id] = None if unfair and not score else score
        elif about.grade:
            scores[about.grade_id] = 0.0 if about.solution and untouched else None
    return scores, unanswered


def _error(name: str, message: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": message, "traceback": [f"{name}: {message}"]}


def _shorten(notebook: dict[str, Any], paper: Paper) -> None:
    """Keep as many lines of output as nbgrader's LimitOutput does."""
    for cell in notebook["cells"]:
        left = paper.max_lines
        kept = []
        for output in cell.get("outputs", []):
            if output["output_type"] == "stream" and paper.max_lines != -1:
                lines = output["text"].split("\n")
                if left <= 0:
                    continue
                if len(lines) > left:
                    lines = [*lines[: left - 1], "... Output truncated ..."]
                left -= len(lines)
                output["text"] = "\n".join(lines)
            if output["output_type"] == "error" and len(output["traceback"]) > paper.max_traceback > 0:
                half = paper.max_traceback // 2
                middle = ["... Traceback truncated ..."]
                output["traceback"] = output["traceback"][:half] + middle + output["traceback"][-half:]
            kept.append(output)
        if "outputs" in cell:
            cell["outputs"] = kept
