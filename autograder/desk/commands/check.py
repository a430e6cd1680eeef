"""`autograder check`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from autograder.desk.commands.common import DONE, SOME_FAILED

if TYPE_CHECKING:
    from autograder.desk.check import Checked

LINES = 4  # of a message


@click.command("check")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine: a list, one object a file.")
def command(files: Sequence[Path], as_json: bool) -> None:
    """Run a notebook's visible tests, as a student or a CI sees them.

    FILE is run in its folder, and stays as it is. The exit status is 0 if nothing is open, 1 if a test fails
    or a written answer is missing, 2 if a file can't be checked.
    """
    from autograder.desk.check import check

    checked = [check(file) for file in files]
    if as_json:
        click.echo(json.dumps([each.as_json() for each in checked], indent=1))
    else:
        for each in checked:
            _print(Console(highlight=False), each)
    sys.exit(SOME_FAILED if any(each.open for each in checked) else DONE)


def _print(console: Console, checked: Checked) -> None:
    console.print(f"[bold]{escape(checked.file)}[/bold]")
    for test in checked.tests:
        mark = "[green]✓[/green]" if test.passed else "[red]✗[/red]"
        score = f"{test.points:g} / {test.max_points:g}" if test.max_points else ""
        console.print(f"{mark} {escape(test.name):<32} {score}".rstrip())
        for line in test.message.splitlines()[:LINES]:
            console.print(Padding(Text(line.strip()), (0, 0, 0, 4)))
    for name, there in checked.written:
        said = "a person reads it" if there else "nothing is written yet"
        console.print(f"{'·' if there else '[red]✗[/red]'} {escape(name):<32} {said}")
    if checked.open:
        console.print(f"Open: {escape(', '.join(checked.open))}")
    else:
        console.print("Nothing is open.")
