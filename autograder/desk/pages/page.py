"""A feedback page: a pure function of an autograded notebook and the facts, by nbconvert's templates."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat.v4
from jinja2 import Environment
from markupsafe import Markup, escape
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.ansi import strip_ansi
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound
from traitlets.config import Config

from autograder.desk.pages.contents import Exercise, exercises, state_of
from autograder.desk.pages.facts import Facts
from autograder.desk.pages.maths import mathml
from autograder.desk.pages.safe import safe_html, worded
from autograder.marking.cells import Hidden, role

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
STAMP = re.compile(r'<meta name="autograder-facts" content="([0-9a-f]{64})">')
ALT = re.compile(r"#\|\s*fig-alt:\s*(.+)")
LONGEST = 20_000  # characters of one printed output that a page shows
HIDDEN = "# … and hidden tests"


class Words(IPythonRenderer):
    """Markdown as it stands below a page's own headings, with its formulas drawn."""

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        """A notebook's title is the page's second level."""
        level = min(level + 1, 6)
        return f"<h{level}>{text}</h{level}>\n"

    def table(self, text: str) -> str:
        """Let a wide table be moved, by the keyboard too."""
        return (
            f'<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>{text}</table></div>\n'
        )

    def block_math(self, body: str) -> str:
        """Draw a formula on a line of its own."""
        return mathml(html.unescape(body), block=True)

    def inline_math(self, body: str) -> str:
        """Draw a formula in its line."""
        return mathml(html.unescape(body))

    def latex_environment(self, name: str, body: str) -> str:
        """Draw an environment."""
        return mathml(f"\\begin{{{name}}}{html.unescape(body)}\\end{{{name}}}", block=True)


@lru_cache(maxsize=1024)
def _markdown(source: str, attachments: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()) -> Markup:
    """Return Markdown as HTML that can't act; most cells of a class are the same."""
    pictures = {name: dict(kinds) for name, kinds in attachments}
    source = re.sub(r"\]\(attachment:(?!" + ("|".join(map(re.escape, pictures)) or "$^") + r")", "](", source)
    renderer = Words(escape=False, attachments=pictures, exclude_anchor_links=True)
    return Markup(safe_html(str(MarkdownWithMath(renderer=renderer).render(source))))


@lru_cache(maxsize=1024)
def _code(source: str, language: str) -> tuple[Markup, ...]:
    """Return a cell's lines, coloured."""
    try:
        lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        lexer = get_lexer_by_name("text", stripnl=False)
    lines = highlight(source, lexer, HtmlFormatter(nowrap=True)).rstrip("\n").split("\n")
    return tuple(Markup(line) for line in lines)


class FeedbackPage(TemplateExporter):
    """nbconvert's exporter of feedback pages; what it is told besides lies in `resources["nbgrader"]`."""

    export_from_notebook = "Feedback"
    output_mimetype = "text/html"

    def _file_extension_default(self) -> str:
        return ".html"

    def _template_name_default(self) -> str:
        return "pages"

    @property
    def default_config(self) -> Config:
        """Our templates before nbconvert's own; pictures before their descriptions in text."""
        kinds = ["image/svg+xml", "image/png", "image/jpeg", "text/html", "text/markdown", "text/latex"]
        ours = Config(
            {
                "NbConvertBase": {"display_data_priority": [*kinds, "text/plain"]},
                "TemplateExporter": {
                    "extra_template_basedirs": [str(TEMPLATES)],
                    "extra_template_paths": [str(TEMPLATES)],
                },
            }
        )
        config = Config(super().default_config)
        config.merge(ours)
        return config

    def _create_environment(self) -> Environment:
        environment: Environment = super()._create_environment()  # type: ignore[no-untyped-call]
        environment.autoescape = True
        environment.filters.update(
            markdown=markdown_of,
            code=code_of,
            plain=plain,
            kind=kind_of,
            points=points,
            safe=safe,
            worded=worded,
        )
        return environment

    def _preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Do nothing: what a page is made from is all there."""
        return nb, resources

    def from_notebook_node(  # type: ignore[override]
        self, nb: Any, resources: Any = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the page of a notebook; `resources["nbgrader"]` has "facts" (`Facts`) and "hidden"."""
        about = resources["nbgrader"]
        facts, hidden = about["facts"], about.get("hidden", Hidden())
        for cell in nb.cells:
            if role(cell) == "test" and hidden.lines(cell.source):
                cell.source = f"{hidden.without(cell.source).rstrip()}\n{HIDDEN}".lstrip("\n")
        found = exercises(nb.cells, facts)
        resources = {
            **resources,
            "facts": facts,
            "exercises": found,
            "answers": {each.name: each for each in found},
            "tests": {name: _Test(name, each, facts) for each in found for name in each.tests},
            "stamp": about.get("stamp", ""),
            "title": _title(nb) or facts.notebook,
        }
        page, resources = super().from_notebook_node(nb, resources, **kw)
        return in_order(page), resources


class _Test:
    """One test in a page: its exercise, and how it went."""

    def __init__(self, name: str, exercise: Exercise, facts: Facts) -> None:
        self.exercise = exercise
        self.mark = facts.marks.get(name)
        self.state = state_of([self.mark] if self.mark else [])


@lru_cache(maxsize=1)
def _exporter() -> FeedbackPage:
    return FeedbackPage()  # type: ignore[no-untyped-call]


def render(notebook: str, facts: Facts, hidden: Hidden | None = None, stamp: str = "") -> str:
    """Return the page of one notebook.

    Args:
        notebook: the autograded notebook's JSON.
        facts: what is known of it.
        hidden: which lines of a test students don't get.
        stamp: what the page was made from, as a hash that `stamp_of` finds again.

    Raises:
        ValueError: if it is no notebook.
    """
    node = nbformat.v4.reads(notebook)  # type: ignore[no-untyped-call]
    about = {"facts": facts, "hidden": hidden or Hidden(), "stamp": stamp}
    page: str = _exporter().from_notebook_node(node, {"nbgrader": about})[0]
    return page


def stamp_of(page: Path) -> str:
    """Return what a page says that it was made from, "" if there is none or it doesn't say."""
    try:
        with page.open(encoding="utf-8", errors="replace") as file:
            found = STAMP.search(file.read(2000))
    except OSError:
        return ""
    return found[1] if found else ""


def _title(nb: Any) -> str:
    """Return the notebook's own title."""
    for cell in nb.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("# "):
            return str(cell.source.split("\n")[0][2:]).strip()
    return ""


def markdown_of(cell: Any) -> Markup:
    """Return a Markdown cell, or some Markdown, as HTML."""
    if isinstance(cell, str):
        return _markdown(cell)
    attached = cell.get("attachments") or {}
    kinds = tuple(
        (str(name), tuple((str(kind), str(data)) for kind, data in dict(parts).items()))
        for name, parts in attached.items()
    )
    return _markdown(str(cell["source"]), kinds)


def code_of(cell: Any, language: str, note_after: int | None = None) -> Iterator[list[tuple[int, Markup]]]:
    """Yield a code cell's numbered lines in one part, or in two, with room for a note after a line."""
    lines = list(enumerate(_code(str(cell["source"]), language), 1))
    cut = note_after if note_after and note_after <= len(lines) else len(lines)
    yield lines[:cut]
    if lines[cut:]:
        yield lines[cut:]


def kind_of(output: Any, cell: Any) -> dict[str, Any]:
    """Return how an output is shown: its kind, and its picture, text or HTML.

    Returns:
        "kind": "picture", "html", "markdown", "text", "control" or "" for what isn't shown; "value"; and of a
        picture its "alt" and "width".
    """
    data = output.get("data", {})
    about = output.get("metadata", {})
    for mime in ("image/png", "image/jpeg", "image/svg+xml"):
        picture = data.get(mime)
        if isinstance(picture, str) and picture.strip():
            facts = about.get(mime) if isinstance(about.get(mime), dict) else {}
            alt = str(facts.get("alt") or "").strip() or _alt(cell)
            width = facts.get("width")
            if mime == "image/svg+xml":
                picture = base64.b64encode(picture.encode()).decode()
            value = f"data:{mime};base64,{''.join(picture.split())}"
            return {"kind": "picture", "value": value, "alt": alt, "width": width}
    if isinstance(data.get("text/html"), str):
        return {"kind": "html", "value": data["text/html"]}
    if isinstance(data.get("text/markdown"), str):
        return {"kind": "markdown", "value": data["text/markdown"]}
    if isinstance(data.get("text/latex"), str):
        return {"kind": "markdown", "value": data["text/latex"]}
    if any("widget-view" in mime for mime in data):
        return {"kind": "control", "value": ""}
    text = data.get("text/plain")
    return {"kind": "text", "value": text} if isinstance(text, str) and text.strip() else {"kind": ""}


def _alt(cell: Any) -> str:
    """Return what a cell says of its pictures, in the comment that Quarto and this course read."""
    found = ALT.search(str(cell["source"]))
    return found[1].strip() if found else "A picture that this cell's code has drawn; it has no description"


def plain(text: str) -> Markup:
    """Return printed text, without colours and of a length that can be read."""
    shown = str(strip_ansi(str(text))).rstrip("\n")  # type: ignore[no-untyped-call]
    if len(shown) > LONGEST:
        shown = f"{shown[:LONGEST]}\n… and {len(shown) - LONGEST:,} more characters"
    return escape(shown)


def safe(text: str) -> Markup:
    """Return a student's or a test's HTML without what could act."""
    return Markup(safe_html(str(text)))


def in_order(page: str) -> str:
    """Return a page whose headings skip no level, whatever levels its cells were written with."""
    open_levels: list[int] = []
    level = 0

    def mended(found: re.Match[str]) -> str:
        nonlocal level
        if found[1]:
            return f"</h{open_levels.pop() if open_levels else found[2]}"
        level = min(int(found[2]), level + 1)
        open_levels.append(level)
        return f"<h{level}"

    return re.sub(r"<(/?)h([1-6])(?=[\s>])", mended, page)


def points(value: float) -> str:
    """Return points as people write them."""
    return f"{value:g}" if abs(value - round(value, 2)) < 1e-9 else f"{value:.2f}"
