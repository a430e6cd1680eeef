"""What an instructor reads in the terminal, at 80 columns."""

from __future__ import annotations

import io
import string
from dataclasses import replace

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from autograder.cli import COMMANDS, cli
from autograder.desk.follow import Running
from autograder.desk.live import Rows, _progress
from autograder.desk.losses import losses
from autograder.desk.show import in_short, summary
from autograder.engine.examiner.job import Result
from autograder.marking.finding import Finding, unstressed
from autograder.marking.outcome import Outcome
from autograder.marking.paper import Cell, Paper
from backprop.mistakes import banks

SENTENCE = "The gate is the wrong way round: the gradient passes where the input was negative."
WAITS = Outcome(
    "emmy",
    "02-modules",
    "graded",
    score=16,
    max_score=22,
    needs_manual=True,
    waiting=3,
    named=(Finding("relu", "gate-turned", SENTENCE),),
    late_seconds=27 * 3600,
    reach=(44, 44),
)


def printed(*rows: Outcome, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, record=True)
    console.print(summary(rows))
    return console.export_text()


def test_a_row_says_what_is_decided_what_waits_and_what_is_wrong() -> None:
    text = printed(WAITS)
    assert "16 / 19 + 3 waiting" in text
    assert "relu: The gate is the wrong way round" in text
    assert "gate-turned" not in text
    assert "late by 1 d 3 h" in text
    assert "late by 12 h" in printed(replace(WAITS, late_seconds=12.5 * 3600))
    assert "waiting" not in printed(Outcome("ada", "02-modules", "graded", score=22, max_score=22))


def test_a_note_of_an_assignment_names_every_test_that_it_has_to() -> None:
    listed = ", ".join(f"test-{number} (NameError: name 'helper' is not defined)" for number in range(9))
    assert "test-8" in printed(Outcome("", "ps1", "note", reason=f"asked inside: {listed}"))
    assert "test-8" not in printed(Outcome("ada", "ps1", "fault", reason=f"a student's: {listed}"))


names = st.text(string.ascii_letters + string.digits + ".@_-é[]/ 学", min_size=1, max_size=60)


@given(
    st.lists(
        st.builds(
            Outcome,
            names,
            st.just("02-modules"),
            st.just("graded"),
            score=st.floats(0, 1000).map(lambda points: round(points, 2)),
            max_score=st.integers(0, 1000).map(float),
            needs_manual=st.booleans(),
            lost=st.lists(st.text(max_size=200), max_size=3).map(tuple),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_the_summary_fits_80_columns_and_keeps_every_name_and_score(rows: list[Outcome]) -> None:
    text = printed(*rows)
    assert max(cell_len(line) for line in text.splitlines()) <= 80
    without_breaks = "".join(line.split("│")[1].strip() for line in text.splitlines() if line.count("│") == 4)
    for row in rows:
        assert f"{row.score:g} / " in text
        assert row.student.replace(" ", "") in without_breaks.replace(" ", "")


def test_what_runs_is_named_and_the_slow_ones_marked() -> None:
    console = Console(
        file=io.StringIO(), width=80, record=True, color_system="truecolor", force_terminal=True
    )
    with _progress(console, live=False) as progress:
        shown = Rows(progress, 40, "grading")
        shown.row(WAITS)
        shown.row(Outcome("maryam", "02-modules", "fault", reason="not a notebook: " + "and why " * 20))
        shown.running([Running("ada", "02-modules", 0.2), Running("zoe", "02-modules", 41.0)])
        console.print(shown)
        shown.running([Running("", "02-modules", 3.0)])
        console.print(shown)
    text = console.export_text(clear=False)
    assert "now: zoe 41 s, ada" in text
    assert "now: the solution of 02-modules 3 s" in text
    assert "2/40" in text
    assert [line for line in text.splitlines() if line.startswith("emmy") and "16 / 19 + 3 waiting" in line]
    assert [line for line in text.splitlines() if line.startswith("maryam") and "not graded" in line]
    assert max(cell_len(line.rstrip()) for line in text.splitlines()) <= 80


def test_every_known_mistake_can_be_said_in_short() -> None:
    for bank in banks().values():
        for mistake in (wrong for exercise in bank.exercises for wrong in exercise.wrong):
            short = in_short(mistake.sentence)
            assert mistake.sentence.startswith(short)
            assert 12 <= len(short) <= 200
            assert short.count("(") == short.count(")"), short


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_whole(command: str) -> None:
    ended = CliRunner().invoke(cli, [*command.split(), "--help"], terminal_width=80)
    assert ended.exit_code == 0
    assert "..." not in ended.output.partition("\n")[2]


def test_the_version_is_said() -> None:
    from importlib.metadata import version

    assert CliRunner().invoke(cli, ["--version"]).output == f"autograder {version('backprop-workbook')}\n"


def paper() -> Paper:
    cells = [
        Cell("relu", "code", "", "", locked=False, solution=True),
        Cell("relu-forward", "code", "", "", locked=True, grade=True, points=2),
        Cell("max", "code", "", "", locked=False, solution=True),
        Cell("max-forward", "code", "", "", locked=True, grade=True, points=1),
    ]
    return Paper("02-modules", "modules", tuple(cells))


def test_points_that_a_named_mistake_explains_are_not_explained_twice() -> None:
    named = Result(
        notebook='{"cells": []}',
        scores={"relu-forward": 0.0, "max-forward": 1.0},
        named=[Finding("relu", "gate-turned", SENTENCE)],
    )
    assert losses(paper(), named) == []
    other = Result(
        notebook='{"cells": []}', scores={"relu-forward": 0.0, "max-forward": 0.0}, named=named.named
    )
    assert losses(paper(), other) == ["fails max-forward"]


def test_a_test_that_waits_for_a_person_has_not_failed() -> None:
    waits = Result(notebook='{"cells": []}', scores={"relu-forward": None, "max-forward": 1.0})
    assert losses(paper(), waits) == []
    half = Result(notebook='{"cells": []}', scores={"relu-forward": None, "max-forward": 0.5})
    assert losses(paper(), half) == ["fails max-forward"]


def test_emphasis_is_not_read_as_stars_and_code_keeps_its_own() -> None:
    assert unstressed("Set by the *input*, not *here*.") == "Set by the input, not here."
    for code in ("`/ 2 * h` divides", "a*b*c", "`2 * n * h`", "**kwargs and *args"):
        assert unstressed(code) == code
