"""The card that a check shows: what was checked, how it went, and what to do; as HTML and as plain text."""

from __future__ import annotations

import html
from collections.abc import Sequence

from workbook import heat
from workbook.checks.errors import CheckError

# JupyterLab shows an error's text below the card: there the card is enough. Okabe-Ito's green and vermilion.
STYLE = """<style>
.workbook-card { border-left: 4px solid; padding: 2px 0 4px 10px; margin: 2px 0; max-width: 46em;
  line-height: 1.45; color: var(--jp-content-font-color1, var(--vscode-editor-foreground, inherit)); }
.workbook-card.passed { border-color: #009E73; }
.workbook-card.failed { border-color: #D55E00; }
.workbook-card p { margin: 3px 0; }
.workbook-card .cause { font-weight: 600; }
.workbook-card svg { display: block; }
.workbook-card pre { white-space: pre-wrap; margin: 4px 0; background: none; color: inherit; }
.workbook-card summary { cursor: pointer; }
.jp-OutputArea-child:has(.workbook-card.failed) ~ .jp-OutputArea-child:has([data-mime-type$="stderr"]) {
  display: none; }
</style>"""
WORST = ("worst entry", "first of them", "its value")
Bundle = dict[str, str]


def passed(title: str, report: str, notes: Sequence[str]) -> Bundle:
    """Return the card of a check that passed.

    Args:
        title: what was checked, with its points.
        report: what agreed, "" if the check doesn't say.
        notes: what is to be done all the same.
    """
    said = [report] if report else []
    heading = f"{title}: passed" if title else ""
    body = "".join(f"<p>{_inline(line)}</p>" for line in [*said, *notes])
    head = f'<p class="cause">✓ {_inline(title)}</p>' if title else ""
    return {
        "text/plain": "\n".join(line for line in [heading, *said, *notes] if line),
        "text/html": f'{STYLE}<div class="workbook-card passed">{head}{body}</div>',
    }


def failed(title: str, error: BaseException, lines: Sequence[str], hint: str) -> Bundle:
    """Return the card of a check that failed; its plain text is empty, since the error's own text follows.

    Args:
        title: what was checked, with its points.
        error: what the student is to read.
        lines: the text of the error.
        hint: HTML that helps, "" if it isn't offered.
    """
    if isinstance(error, CheckError):
        first, *rest = [*([error.looks] if error.looks else []), *error.headline.split("\n")]
        worst = [line for line in error.numbers if line.startswith(WORST)]
        numbers = [line for line in error.numbers if line not in worst]
    else:
        first, rest, worst, numbers = lines[-1], [], [], list(lines[:-1])
    picture = getattr(error, "heat", None)
    parts = [
        f"<p>✗ {_inline(title)}</p>" if title else "",
        f'<p class="cause">{_inline(first[:1].upper() + first[1:])}</p>',
        *(f"<p>{_inline(line)}</p>" for line in [*rest, *worst]),
        heat.svg(picture) if picture is not None and picture.size else "",
        f"<details><summary>Details</summary><pre>{html.escape(chr(10).join(numbers))}</pre></details>"
        if numbers
        else "",
        f"<details><summary>Would a hint help?</summary>{hint}</details>" if hint else "",
    ]
    body = "".join(parts)
    return {"text/plain": "", "text/html": f'{STYLE}<div class="workbook-card failed">{body}</div>'}


def _inline(text: str) -> str:
    """Escape a line, and show what stands between backticks as code."""
    pieces = html.escape(text, quote=False).split("`")
    return "".join(f"<code>{piece}</code>" if k % 2 else piece for k, piece in enumerate(pieces))
