"""What late work costs, by today's facts: due date, extensions, the plug-in, points given by hand since."""

from __future__ import annotations

from types import SimpleNamespace

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.engine import Connection

from autograder.course import Course, CourseError
from autograder.desk.change import Change, Penalty
from autograder.desk.database import Database
from autograder.desk.rows import Form, find_all


class Penalties:
    """nbgrader's plug-in for late submissions (`c.AssignLatePenalties.plugin_class`).

    Args:
        course: whose plug-in.
    """

    def __init__(self, course: Course) -> None:
        self.nbgraders = AssignLatePenalties(config=course.config)
        self.nbgraders.init_plugin()

    def of(self, student: str) -> Penalty:
        """Return how a student's lateness is punished; that raises a `CourseError` if the plug-in fails."""
        plug_in = self.nbgraders.plugin_inst

        def penalty(score: float, late: float) -> float | None:
            try:
                points = plug_in.late_submission_penalty(student, score, late)
                if points is None:
                    return None
                return float(self.nbgraders._check_late_penalty(SimpleNamespace(score=score), points))
            except Exception as error:
                raise CourseError(
                    f"The plug-in for late submissions, {type(plug_in).__name__}, fails at {student} "
                    f"({type(error).__name__}: {error}). Mend it first."
                ) from error

        return penalty

    def renew(self, database: Database, form: Form) -> None:
        """Work out every penalty of an assignment anew, whoever is graded; in one transaction.

        Raises:
            CourseError: if the plug-in fails.
        """

        def work(connection: Connection) -> None:
            for student, kept in find_all(connection, form).items():
                if kept.late > 0 or any(notebook.penalty for notebook in kept.notebooks.values()):
                    change = Change(connection, form, student, kept, comments=False)
                    change.penalise(self.of(student))
                    change.send()

        database.transact(work)


def renew_penalties(course: Course, gradebook: Gradebook, assignment: str) -> None:
    """Work out an assignment's penalties before something is made of them.

    Raises:
        CourseError: if the plug-in for late submissions fails.
    """
    try:
        form = Form.of(gradebook.find_assignment(assignment))
    except MissingEntry:
        return
    gradebook.db.remove()  # its transaction ends here: what follows is another
    Penalties(course).renew(Database(gradebook.engine), form)
