"""The pages of `autograder answers`: a server on this machine, for whoever has the link with its token."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from typing import Any

from jinja2 import Environment, PackageLoader
from nbgrader.api import Gradebook
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler

from autograder.course import Course, CourseError
from autograder.desk.answers.keep import Refused, keep
from autograder.desk.answers.questions import Question, answers, offered, questions
from autograder.desk.pages.page import in_order, points
from autograder.desk.trouble import in_words
from autograder.marking.outcome import printable

COOKIE = "autograder-answers"
HERE = "127.0.0.1"


class Desk:
    """What the pages are made from.

    Args:
        course: the course.
        assignment: whose answers are graded.
        blind: whether names are hidden at first.
    """

    def __init__(self, course: Course, assignment: str, blind: bool) -> None:
        self.course, self.assignment, self.blind = course, assignment, blind
        self.token = secrets.token_urlsafe(24)
        environment = Environment(
            loader=PackageLoader("autograder.desk"), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        environment.filters |= {"points": points, "clean": printable}
        assert environment.loader is not None
        self.environment = environment
        self.script = environment.loader.get_source(environment, "answers/answers.js")[0]
        digest = base64.b64encode(hashlib.sha256(self.script.encode()).digest()).decode()
        self.policy = (
            "default-src 'none'; img-src data:; style-src 'unsafe-inline'; connect-src 'self'; "
            f"script-src 'sha256-{digest}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
        )

    def questions(self, gradebook: Gradebook) -> list[Question]:
        """Return what is graded by hand."""
        return questions(self.course, gradebook, self.assignment)

    def page(self, template: str, **values: Any) -> str:
        """Return one page."""
        shared = {"assignment": self.assignment, "script": self.script, "token": self.token}
        return in_order(self.environment.get_template(f"answers/{template}").render(**shared, **values))


class Page(RequestHandler):
    """A page that only those see who came with the token."""

    desk: Desk

    def initialize(self, desk: Desk) -> None:
        """Take what pages are made from."""
        self.desk = desk

    def set_default_headers(self) -> None:
        """Say nothing of the server, and let nobody keep or frame the pages."""
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("X-Content-Type-Options", "nosniff")

    def prepare(self) -> None:
        """Let in who has the token; in a link it becomes a cookie, and leaves the address.

        Raises:
            HTTPError: 403 for everybody else.
        """
        self.set_header("Content-Security-Policy", self.desk.policy)
        given = self.get_query_argument("token", "")
        if given and hmac.compare_digest(given.encode(), self.desk.token.encode()):
            self.set_cookie(COOKIE, given, httponly=True, samesite="Strict")
            self.redirect(self.request.path)
            return
        kept = self.get_cookie(COOKIE) or ""
        if not hmac.compare_digest(kept.encode(), self.desk.token.encode()):
            raise HTTPError(403, reason="Open the link that the command printed: it has a token")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say what is wrong in a sentence."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        said = str(error) if isinstance(error, CourseError) else self._reason
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{said}\n")


class Overview(Page):
    """The questions, and how many answers wait."""

    def get(self) -> None:
        """Show them."""
        course = self.desk.course
        with in_words(course), Gradebook(course.db_url, course.course_id) as gradebook:
            found = self.desk.questions(gradebook)
        self.finish(self.desk.page("overview.html.j2", questions=found))


class OneQuestion(Page):
    """All answers to one question."""

    def get(self, notebook: str, cell: str) -> None:
        """Show them.

        Raises:
            HTTPError: 404 if there is no such question.
        """
        course = self.desk.course
        blind = self.get_query_argument("blind", "1" if self.desk.blind else "0") == "1"
        with in_words(course), Gradebook(course.db_url, course.course_id) as gradebook:
            every = self.desk.questions(gradebook)
            question = next((q for q in every if (q.notebook, q.cell) == (notebook, cell)), None)
            if question is None:
                raise HTTPError(404, reason="There is no such question")
            found = answers(course, gradebook, question, blind=blind)
        values = {"question": question, "answers": found, "offered": offered(found), "blind": blind}
        self.finish(self.desk.page("question.html.j2", questions=every, **values))


class Keep(Page):
    """Keeps what was typed."""

    def post(self) -> None:
        """Write down points and comment of one answer; what can't be kept is said with status 422.

        Raises:
            HTTPError: 403 without the page's own token, 400 for what is no such message.
        """
        if not hmac.compare_digest(
            self.request.headers.get("X-Token", "").encode(), self.desk.token.encode()
        ):
            raise HTTPError(403, reason="Load the page again")
        try:
            said = json.loads(self.request.body)
            row, cell, commented = (str(said[key]) for key in ("row", "cell", "commented"))
            comment = str(said["comment"])
            given = None if said["points"] in (None, "") else float(said["points"])
        except (ValueError, KeyError, TypeError):
            raise HTTPError(400, reason="This is no number of points") from None
        try:
            keep(self.desk.course, row, cell, commented, given, comment)
        except Refused as error:
            self.set_status(422)
            self.finish(str(error))
            return
        self.set_status(204)
        self.finish()


def application(desk: Desk) -> Application:
    """Return the server's pages."""
    shared = {"desk": desk}
    return Application(
        [
            (r"/", Overview, shared),
            (r"/question/([^/]+)/([^/]+)", OneQuestion, shared),
            (r"/keep", Keep, shared),
        ],
        log_function=lambda handler: None,
    )


async def serve(desk: Desk, port: int, ready: Callable[[str], None]) -> None:
    """Serve until this is cancelled.

    Args:
        desk: what to serve.
        port: where; 0 for one that is free.
        ready: is called with the link once it can be opened.

    Raises:
        CourseError: if the port is taken.
    """
    try:
        sockets = bind_sockets(port, address=HERE)
    except OSError as error:
        raise CourseError(
            f"Port {port} can't be used ({error.strerror}): name another with --port."
        ) from None
    server = HTTPServer(application(desk))
    server.add_sockets(sockets)
    try:
        ready(f"http://{HERE}:{sockets[0].getsockname()[1]}/?token={desk.token}")
        await asyncio.Event().wait()
    finally:
        server.stop()
