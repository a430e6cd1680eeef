"""Where a student stands: which checks have passed, are open or went wrong; from `mynn` and the checks."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from workbook import clue_file, export
from workbook.clue_file import Check

FILE = ".progress.json"
State = Literal["solved", "wrong", "open", "changed since its check"]
MARKS: dict[str, str] = {"solved": "✓", "wrong": "✗"}
Entry = tuple[Check, State]


def remember(check: Check, passed: bool, workspace: Path) -> None:
    """Write down how a check went, and of which answer; a folder that can't be written is left alone."""
    kept = _kept(workspace)
    kept[check.key] = {"passed": passed, "answer": _answer(check, workspace)}
    try:
        export.write_atomically(workspace / FILE, json.dumps(kept, indent=1, sort_keys=True) + "\n")
    except OSError:
        return


def progress(workspace: Path | None = None) -> Progress:
    """Say where you stand: in this notebook, or, from START.ipynb, in all of them.

    Args:
        workspace: the folder of the notebooks' folders; by default the one that this notebook is in.

    Returns:
        A table, as HTML in a notebook and as text elsewhere.
    """
    workspace = workspace or export.find_workspace()
    here = [folder for folder in clue_file.folders() if (folder / clue_file.FILE).is_file()][:1]
    folders = here or sorted(workspace.glob("[0-9][0-9]-*/"))
    kept = _kept(workspace)
    found = [(folder.name, list(_entries(folder, workspace, kept))) for folder in folders]
    return Progress([(name, entries) for name, entries in found if entries], detailed=bool(here))


def _entries(folder: Path, workspace: Path, kept: dict[str, Any]) -> Iterator[Entry]:
    for check in clue_file.checks_in(folder):
        last, answer = kept.get(check.key), _answer(check, workspace)
        if not answer or last is None:
            yield check, "open"
        elif last["answer"] != answer:
            yield check, "changed since its check"
        else:
            yield check, "solved" if last["passed"] else "wrong"


def _kept(workspace: Path) -> dict[str, Any]:
    try:
        kept = json.loads((workspace / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _answer(check: Check, workspace: Path) -> str:
    """Return a hash of what `mynn` holds of the exercise; "" where that is nothing or a stub."""
    held = []
    for path in sorted((workspace / "mynn").glob("*.py")):
        try:
            blocks = export.read_blocks(path)
        except (export.ExportError, OSError):
            continue
        held += [block for block in blocks if block.names & set(check.binds)]
    if not held or any(block.unfilled for block in held):
        return ""
    return hashlib.sha256("".join(block.source for block in held).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Progress:
    """A table of notebooks, or of one notebook's checks.

    Attributes:
        notebooks: each folder's name with its checks and how they stand.
        detailed: whether every check has a row of its own.
    """

    notebooks: Sequence[tuple[str, Sequence[Entry]]]
    detailed: bool

    def rows(self) -> list[tuple[str, str, str]]:
        """Return for each notebook or check: its name, its state, its points."""
        if self.detailed:
            return [
                (check.title, f"{MARKS.get(state, '·')} {state}", f"{check.points:g}")
                for _, entries in self.notebooks
                for check, state in entries
            ]
        return [
            (name, _share(entries), f"{_points(entries, 'solved'):g} of {_points(entries):g}")
            for name, entries in self.notebooks
        ]

    def next_step(self) -> str:
        """Say what comes next."""
        if not self.notebooks:
            return "There are no checks here: open this from the course's notebooks/ folder."
        for name, entries in self.notebooks:
            for check, state in entries:
                if state != "solved":
                    return f"Next: {check.title}{'' if self.detailed else f', in {name}'} ({state})."
        return "All checks have passed. Questions in words are read by a person."

    def total(self) -> str:
        """Return how many points the checks that passed are worth."""
        every = [entry for _, entries in self.notebooks for entry in entries]
        return f"{_points(every, 'solved'):g} of {_points(every):g} points of the checks."

    def __repr__(self) -> str:
        rows = self.rows()
        width = [max((len(row[k]) for row in rows), default=0) for k in range(2)]
        lines = [f"{a:{width[0]}}  {b:{width[1]}}  {c:>8}" for a, b, c in rows]
        return "\n".join([*lines, f"{self.total()} {self.next_step()}" if rows else self.next_step()])

    def _repr_html_(self) -> str:
        cells = "".join(
            "<tr>"
            + "".join(f'<td style="text-align: left">{html.escape(cell)}</td>' for cell in row)
            + "</tr>"
            for row in self.rows()
        )
        head = "<tr>" + "".join(
            f'<th style="text-align: left">{title}</th>'
            for title in (("check", "state", "points") if self.detailed else ("notebook", "checks", "points"))
        )
        total = f"{self.total()} " if self.notebooks else ""
        return f"<table>{head}</tr>{cells}</table><p>{html.escape(total + self.next_step())}</p>"


def _points(entries: Sequence[Entry], state: str = "") -> float:
    return sum(check.points for check, each in entries if not state or each == state)


def _share(entries: Sequence[Entry]) -> str:
    count = {state: sum(each == state for _, each in entries) for _, state in entries}
    said = [f"{number} {state}" for state, number in sorted(count.items(), key=lambda c: c[0] != "solved")]
    return ("✓ all solved" if set(count) == {"solved"} else ", ".join(said)) if said else ""
