"""What a student is told on arrival: what visible tests say, the mistakes that they show, and no marks."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment, PackageLoader, Template, select_autoescape
from nbformat import NotebookNode

from autograder.course import Course
from autograder.desk.check import checked
from autograder.desk.files import tidy, write_atomically
from autograder.desk.grade import Run
from autograder.desk.intake import HandedIn
from autograder.desk.pages.safe import worded
from autograder.desk.submitted import Submission
from autograder.engine.examiner.job import Job, Result
from autograder.engine.fleet.fleet import FleetLost
from autograder.engine.wall.premises import SandboxError
from autograder.marking.finding import Finding
from autograder.marking.paper import Paper

log = logging.getLogger("autograder")
NAME = "arrived"  # .html and .json, beside the pages of `autograder feedback`


@dataclass
class Letter:
    """A submission whose letter is being written.

    Attributes:
        submission: whose.
        version: of what was handed in.
        left: attempts that are left today, None where they aren't counted.
        papers: the notebooks, with visible tests only.
        results: what will come of them.
    """

    submission: Submission
    version: str
    left: int | None
    papers: dict[str, Paper] = field(default_factory=dict)
    results: dict[str, Future[Result]] = field(default_factory=dict)


class Letters:
    """Has visible tests run beside all tests, and writes down what they say.

    Args:
        course: whose students get them.
    """

    def __init__(self, course: Course) -> None:
        self.course = course
        self.begun: list[Letter] = []

    def begin(
        self, run: Run, submission: Submission, handed_in: HandedIn, version: str, left: int | None
    ) -> None:
        """Have the visible tests of a submission run, if its letter isn't there already."""
        if self.written(submission) == version or submission.assignment not in run.papers:
            return
        secret = self.course.secret(submission.student)
        letter = Letter(submission, version, left)
        for paper in run.papers[submission.assignment]:
            notebook, known = handed_in.notebooks.get(paper.notebook), run.rehearsals.of(paper)
            if notebook is not None:
                asked = letter.papers[paper.notebook] = visible(paper)
                own = handed_in.own_files
                job = Job(asked, submission.student, notebook, secret, own, known.figures, known.standing)
                letter.results[paper.notebook] = run.hand_out(job)
        if letter.results:
            self.begun.append(letter)

    def finish(self, *, patiently: bool = False) -> None:
        """Write the letters whose tests have all been asked.

        Args:
            patiently: wait for all others, too.
        """
        done = [
            each for each in self.begun if patiently or all(result.done() for result in each.results.values())
        ]
        self.begun = [each for each in self.begun if each not in done]
        for letter in done:
            try:
                results = {name: result.result() for name, result in letter.results.items()}
            except (SandboxError, FleetLost):
                raise
            except Exception:  # the marks are what counts: this student gets no letter
                log.exception("The visible tests of %s", letter.submission)
                continue
            parts = [_part(letter.papers[name], result) for name, result in results.items()]
            said = {"version": letter.version, "left": letter.left, "notebooks": parts}
            self._write(letter.submission, said)

    def say(self, submission: Submission, version: str, why: str) -> None:
        """Tell a student why nothing was run."""
        if self.written(submission) != f"{version}: {why}":
            said: dict[str, Any] = {
                "version": f"{version}: {why}",
                "left": None,
                "reason": why,
                "notebooks": [],
            }
            self._write(submission, said)

    def written(self, submission: Submission) -> str:
        """Return of which version the letter that is there speaks, "" if there is none."""
        return str(self.read(submission).get("version", ""))

    def read(self, submission: Submission) -> dict[str, Any]:
        """Return the letter that is there, {} if there is none."""
        with contextlib.suppress(OSError, ValueError):
            found = json.loads(self._place(submission, ".json").read_text(encoding="utf-8"))
            return dict(found) if isinstance(found, dict) else {}
        return {}

    def _place(self, submission: Submission, suffix: str) -> Path:
        folder = self.course.place("feedback", submission.assignment, submission.student)
        return folder / f"{NAME}{suffix}"

    def _write(self, submission: Submission, said: Mapping[str, Any]) -> None:
        """The page first: a letter whose JSON is there is whole."""
        when = f"{datetime.now():%Y-%m-%d %H:%M}"
        page = _template().render(assignment=submission.assignment, when=when, said=said)
        tidy(self._place(submission, ".html").parent)
        write_atomically(self._place(submission, ".html"), page)
        write_atomically(self._place(submission, ".json"), json.dumps({**said, "when": when}, indent=1))


def visible(paper: Paper) -> Paper:
    """Return a paper whose tests are what students get of them."""
    cells = tuple(
        replace(cell, source=paper.hidden.without(cell.source), checksum="") if cell.tests else cell
        for cell in paper.cells
    )
    return replace(paper, cells=cells)


def _part(paper: Paper, result: Result) -> dict[str, Any]:
    """Return what a notebook's visible tests say; a test of which nothing is visible says nothing."""
    if not result.notebook:
        return {"file": f"{paper.notebook}.ipynb", "reason": result.reason, "tests": [], "named": []}
    silent = {cell.grade_id for cell in paper.cells if cell.tests and not cell.source.strip()}
    notebook: NotebookNode = nbformat.from_dict(json.loads(result.notebook))  # type: ignore[no-untyped-call]
    found = checked(notebook, f"{paper.notebook}.ipynb")
    tests = [
        {"name": test.name, "passed": test.passed, "message": test.message}
        for test in found.tests
        if test.name not in silent
    ]
    return {"file": found.file, "reason": result.reason, "tests": tests, "named": [*map(_said, result.named)]}


def _said(finding: Finding) -> dict[str, str]:
    return {"exercise": finding.exercise, "sentence": finding.sentence}


@cache
def _template() -> Template:
    loader = PackageLoader("autograder.desk")
    environment = Environment(loader=loader, autoescape=select_autoescape())
    environment.filters["worded"] = worded
    return environment.get_template("arrived.html")
