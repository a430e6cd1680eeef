"""What an instructor sees while something runs: the last rows, a bar, and who is being graded."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from autograder.desk.follow import Running
from autograder.desk.show import STUDENT, remarks, score, student
from autograder.marking.outcome import Outcome, printable

ROWS = 8  # that stay in sight
SLOW = 10.0  # seconds after which a submission is marked
AT_ONCE = 6  # names beside the bar


class Rows:
    """Follows a run: rows as they finish, above the bar, and below it what is being graded."""

    def __init__(self, progress: Progress, total: int, what: str) -> None:
        self.progress = progress
        self.task = progress.add_task(what, total=total, rate="")
        self.last: deque[Outcome] = deque(maxlen=ROWS)
        self.now: Sequence[Running] = ()

    def row(self, outcome: Outcome) -> None:
        """Show a row; one of an assignment doesn't move the bar."""
        self.last.append(outcome)
        if outcome.student:
            speed = self.progress.tasks[0].speed
            self.progress.update(self.task, advance=1, rate=f"{speed:.1f}/s" if speed else "")

    def running(self, now: Sequence[Running]) -> None:
        """Show what is being graded."""
        self.now = now

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield what is shown: names and scores whole, and of the reasons as much as there is room for."""
        names = min(STUDENT, max((cell_len(printable(row.student)) for row in self.last), default=0))
        scores = max((len(score(row)) for row in self.last), default=0)
        table = Table.grid(padding=(0, 2))
        for width in (names, scores, max(1, options.max_width - names - scores - 4)):
            table.add_column(no_wrap=True, overflow="ellipsis", width=width)
        for row in self.last:
            said = escape(printable("; ".join(remarks(row))))
            table.add_row(student(row), score(row), said, style="yellow" if row.status == "fault" else None)
        yield from (table, self.progress, self._now())

    def _now(self) -> Text:
        named = sorted(self.now, key=lambda each: -each.seconds)
        text = Text("  now: " if named else "", no_wrap=True, overflow="ellipsis")
        for number, each in enumerate(named[:AT_ONCE]):
            who = printable(each.student) or f"the solution of {each.assignment}"
            since = f" {each.seconds:.0f} s" if each.seconds >= 1 else ""
            text.append(", " if number else "")
            text.append(f"{who}{since}", style="bold yellow" if each.seconds > SLOW else "")
        if len(named) > AT_ONCE:
            text.append(f" and {len(named) - AT_ONCE} more")
        return text


@contextlib.contextmanager
def rows(console: Console, total: int, what: str) -> Iterator[Rows]:
    """Show a run while it lasts; nothing of it stays, since the summary follows."""
    with _progress(console, live=False) as progress:
        shown = Rows(progress, total, what)
        with Live(shown, console=console, transient=True, refresh_per_second=5):
            yield shown


@contextlib.contextmanager
def steps(console: Console, total: int | None, what: str) -> Iterator[Callable[[str], None]]:
    """Show a bar for longer steps, of which there may be any number; yields what to call after each."""
    with _progress(console, live=True) as progress:
        task = progress.add_task(what, total=total, rate="")
        yield lambda name: progress.update(task, advance=1, rate=escape(printable(name)))


@contextlib.contextmanager
def _progress(console: Console, *, live: bool) -> Iterator[Progress]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    progress = Progress(*columns, console=console, transient=True, auto_refresh=live)
    if live:
        with progress:
            yield progress
    else:
        yield progress
