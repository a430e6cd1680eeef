"""Who may import whom: the rooms of the house, and the arrows between them, which run one way."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = (  # from the ground floor up: a room may use those before it
    "autograder.engine.wire",
    "autograder.marking",
    "autograder.hooks",
    "autograder.course",
    "autograder.engine.examinee",
    "autograder.engine.wall",
    "autograder.engine.examiner",
    "autograder.engine.fleet",
    "autograder.release",
    "autograder.desk",
    "autograder.plugins",
    "autograder.cli",
)
BESIDE = {  # rooms that are on the way up for some, and closed to others
    "autograder.engine.examinee": {"autograder.engine.wire"},  # all that the sandbox can see
    "autograder.release": {
        "autograder.marking",
        "autograder.hooks",
        "autograder.course",
        "autograder.engine",
    },
}


def modules(package: str) -> Iterator[tuple[str, Path]]:
    for path in sorted((ROOT / package).rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        yield name.removesuffix(".__init__"), path


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def inside(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def room_of(name: str) -> str | None:
    return next((room for room in ROOMS if inside(name, room)), None)


def arrows() -> list[tuple[str, str]]:
    """(module, imported module) for every import of ours by ours."""
    ours = ("autograder", "backprop", "workbook")
    return [
        (name, target)
        for package in ours
        for name, path in modules(package)
        for target in imports(path)
        if inside(target, *ours)
    ]


def test_there_are_arrows_to_look_at() -> None:
    assert len(arrows()) > 200
    assert {room_of(name) for name, _ in modules("autograder")} >= set(ROOMS)


@pytest.mark.parametrize(
    ("whose", "closed"),
    [("autograder", ("backprop", "workbook", "mynn")), ("workbook", ("autograder", "backprop", "mynn"))],
)
def test_the_packages_keep_apart(whose: str, closed: tuple[str, ...]) -> None:
    assert not [arrow for arrow in arrows() if inside(arrow[0], whose) and inside(arrow[1], *closed)]


def test_the_grader_does_not_know_this_course() -> None:
    """Its names come through the hooks. What pip calls the distribution may stand in advice on installing."""
    for name, path in modules("autograder"):
        text = path.read_text().replace("backprop-workbook", "").lower()
        assert not [word for word in ("mynn", "backprop", "workbook") if word in text], name


def test_no_arrow_runs_up() -> None:
    wrong = []
    for name, target in arrows():
        here, there = room_of(name), room_of(target)
        if here is None or there is None or here == there:
            continue
        allowed = BESIDE.get(here)
        fits = inside(there, *allowed) if allowed is not None else ROOMS.index(there) < ROOMS.index(here)
        if not fits:
            wrong.append(f"{name} -> {target}")
    assert not sorted(set(wrong))


def test_no_folder_of_the_code_is_called_as_those_that_grading_writes() -> None:
    """A copy of a course leaves those out by name, with whatever lies in a folder of that name."""
    written = {"submitted", "autograded", "feedback", "gradebook.db"}
    paths = [
        path for package in ("autograder", "backprop", "workbook") for path in (ROOT / package).rglob("*")
    ]
    assert not [path for path in paths if path.name in written and "__pycache__" not in path.parts]
