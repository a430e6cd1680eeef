"""The table of limits in docs/security.md says what holds, and nbgrader_config.py can set each of them."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from autograder.course import CONFIG, Course, CourseError
from autograder.engine.wire.limits import Limits

PAGE = Path(__file__).resolve().parents[2] / "docs" / "security.md"
UNITS = {"": 1, "s": 1, "Mi": 2**20, "MiB": 2**20, "GiB": 2**30}


def documented() -> dict[str, int]:
    rows = re.findall(r"^\| [^|]+ \| ([\d.]+) ?(\w*) \| `(\w+)` \|$", PAGE.read_text(), re.MULTILINE)
    return {name: int(float(number) * UNITS[unit]) for number, unit, name in rows}


def test_the_page_has_every_limit_as_it_is() -> None:
    assert documented() == asdict(Limits())


def test_a_course_sets_its_own(tmp_path: Path) -> None:
    (tmp_path / CONFIG).write_text("c = get_config()\nc.Limits.memory = 2 * 2**30\nc.Limits.displays = 3\n")
    assert Course(tmp_path).limits == Limits(memory=2 * 2**30, displays=3)


@pytest.mark.parametrize(
    "line", ["c.Limits.memroy = 5", "c.Limits.memory = '2 GB'", "c.Limits.processes = 0"]
)
def test_what_is_no_limit_is_named(line: str, tmp_path: Path) -> None:
    (tmp_path / CONFIG).write_text(f"c = get_config()\n{line}\n")
    with pytest.raises(CourseError, match=line.split(" ")[0].replace(".", r"\.")):
        _ = Course(tmp_path).limits
