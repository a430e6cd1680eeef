"""Our plug-ins for nbgrader's own commands: what they do on this course besides."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from traitlets import Float
from traitlets.config import Config

from autograder.course import Course, CourseError
from autograder.desk.pages.gather import gathered
from autograder.desk.pages.page import FeedbackPage
from autograder.desk.pages.write import job_of
from autograder.desk.papers import hidden_marks
from autograder.marking.surroundings import filled_in
from autograder.release.portable import check_release


def course_of(config: Config) -> Course:
    """Return the course that an nbgrader command works on: its root, or the folder that it was started in."""
    return Course.find(Path(config.CourseDirectory.get("root", ".")))


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Set environment variables for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class ExecuteInWorkspace(Execute):  # type: ignore[misc]
    """Run a submission with what the course's hooks say that it needs, and no other student's work."""

    def preprocess(self, nb: Any, resources: Any) -> Any:
        """Execute the notebook; the course's own variables say where and for whom."""
        about = resources["nbgrader"]
        for cell in nb.cells:
            if "nbgrader" in cell.metadata:  # a student's tag must not keep a test from running
                cell.metadata.pop("tags", None)
        course, student = course_of(self.config), about["student"]
        around = course.surroundings(about["assignment"])
        with tempfile.TemporaryDirectory(prefix="home-") as home:
            for file in around.files:
                path = Path(home, file.path)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(file.content)
            variables = {**around.variables, **around.secrets}
            places = {"home": home, "student": student, "secret": course.secret(student)}
            with environment(**filled_in(variables, **places)):
                return super().preprocess(nb, resources)


def autograde_preprocessors() -> list[Any]:
    """nbgrader's own list, with our way to execute."""
    return [
        ExecuteInWorkspace if preprocessor is Execute else preprocessor
        for preprocessor in Autograde.autograde_preprocessors.default_args[0]
    ]


class StripMetadata(NbGraderPreprocessor):  # type: ignore[misc]
    """Take the text twin's and the editor's notes out of what students get."""

    def preprocess(self, nb: Any, resources: Any) -> Any:
        """Drop notebook metadata that students have no use for."""
        nb.metadata.pop("jupytext", None)
        return nb, resources


class CheckTestCells(NbGraderPreprocessor):  # type: ignore[misc]
    """Refuse to release a test cell that can't work in the examiner, where tests are run."""

    def preprocess(self, nb: Any, resources: Any) -> Any:
        """Look at every test cell, and ask the course's hooks.

        Raises:
            NbGraderException: with a sentence for each thing that can't work.
        """
        course, assignment = course_of(self.config), resources["nbgrader"]["assignment"]
        problems = check_release(nb, course.surroundings(assignment).student_packages)
        problems += course.hooks.release_problems(assignment=assignment, notebook=nb)
        if problems:
            raise NbGraderException("This notebook can't be released. " + " ".join(problems))
        return nb, resources


class SitExam(NbGraderPreprocessor):  # type: ignore[misc]
    """Have the solution's tests run as a submission's will be; what it fails is named, and refuses nothing.

    `--SitExam.enabled=False` releases without; the exam is then sat before the first submission.
    """

    def preprocess(self, nb: Any, resources: Any) -> Any:
        """Run the source notebook, which nbgrader has just recorded in the gradebook, in a sandbox."""
        from autograder.desk.rehearsals import at_release  # every command of nbgrader's reads this file
        from autograder.engine.wall.premises import SandboxError

        course, released = course_of(self.config), resources["nbgrader"]
        self.log.info("The solution of %s sits its exam, in a sandbox", released["notebook"])
        try:
            remarks = at_release(course, released["assignment"], released["notebook"])
            for remark in remarks:
                self.log.warning("%s", remark)
            if not remarks:
                self.log.info("It passes every test")
        except (CourseError, SandboxError) as error:
            self.log.warning("The solution hasn't sat the exam yet; it will before grading. %s", error)
        return nb, resources


def generate_preprocessors() -> list[Any]:
    """nbgrader's own list, and ours."""
    return [CheckTestCells, *GenerateAssignment.preprocessors.default_args[0], StripMetadata, SitExam]


class DailyPenalty(LateSubmissionPlugin):  # type: ignore[misc]
    """Take a share of the score for each day that has begun since the due date, up to a limit."""

    share_a_day = Float(0.1, help="The share of the score that a day costs.").tag(config=True)
    at_most = Float(0.5, help="The largest share of the score that lateness costs.").tag(config=True)

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float:
        """Return the penalty in points."""
        days = math.ceil(total_seconds_late / 86400)
        return score * min(self.share_a_day * days, self.at_most)


class Feedback(FeedbackPage):
    """Makes our pages of feedback for `nbgrader generate_feedback` and formgrader's button.

    In nbgrader_config.py: `c.GenerateFeedback.exporter_class = "autograder.plugins.Feedback"`.
    """

    def from_notebook_node(  # type: ignore[override]
        self, nb: Any, resources: Any = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the page that `autograder feedback` would write."""
        about, course = resources["nbgrader"], course_of(self.config)
        hidden = hidden_marks(course.config)
        with Gradebook(course.db_url, course.course_id) as gradebook:
            of_student = gathered(course, gradebook, about["assignment"], about["student"])
            facts = next(each for each in of_student if each.notebook == about["notebook"])
        job = job_of(course, facts, hidden)
        about |= {"facts": facts, "hidden": hidden, "stamp": job.stamp if job else ""}
        return super().from_notebook_node(nb, resources, **kw)
