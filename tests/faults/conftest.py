"""The class, made once, and how its runs end when nothing goes wrong."""

from __future__ import annotations

import pytest
from fault_world import Facts, World, facts
from nbgrader.api import Gradebook
from replay import Replay
from small_course import ASSIGNMENT, RIGHT, answered, hand_in, make_small_course, released

from autograder.course import CONFIG, Course

WRONG = {**RIGHT, "twice": "def twice(f, x):\n    return x"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("world")
    course = make_small_course(folder / "new")
    with (course.root / CONFIG).open("a") as file:
        file.write('\nc.AssignLatePenalties.plugin_class = "autograder.plugins.DailyPenalty"\n')
    course = Course(course.root)
    with Gradebook(course.db_url, course.course_id) as book:
        book.update_or_create_assignment(ASSIGNMENT, duedate="2026-02-17 23:59:59")
    in_time, late = "2026-02-16 18:30:00 UTC", "2026-02-19 18:30:00 UTC"
    for n, (cells, when) in enumerate([(RIGHT, in_time), (WRONG, in_time), (RIGHT, late), (WRONG, late)]):
        hand_in(course, f"s{n}", answered(course, cells), {"timestamp.txt": when})
    hand_in(course, "s4", answered(course, RIGHT), {"timestamp.txt": in_time})
    with Replay.open() as fleet:
        world = World(fleet, folder)
        world.run(world.copy("new", folder / "graded"))
        changed = world.copy("graded", folder / "changed")
        with Gradebook(changed.db_url, changed.course_id) as book:
            for row in book.find_submission(ASSIGNMENT, "s2").notebooks:
                for each in row.grades:
                    if each.name == "why":
                        each.manual_score, each.needs_manual_grade = 2.0, False
            book.db.commit()
        hand_in(changed, "s0", answered(changed, WRONG), {"timestamp.txt": late})
        hand_in(changed, "s1", answered(changed, RIGHT), {"timestamp.txt": late})
        hand_in(changed, "s4", b"{}", {"timestamp.txt": late})
        hand_in(changed, "s5", released(changed), {"timestamp.txt": in_time})
        world.run(world.copy("changed", folder / "done"))
    return world  # its worker has ended: what follows may fork


@pytest.fixture(scope="module")
def right(world: World) -> dict[str, Facts]:
    """How a run from each stage ends when nothing goes wrong."""
    again = world.copy("graded", world.folder / "again")
    world.run(again, force=True)
    ends = {"new": facts(Course(world.folder / "graded")), "changed": facts(Course(world.folder / "done"))}
    ends["graded"] = facts(again)
    all_again = world.copy("changed", world.folder / "all again")
    world.run(all_again, force=True)
    ends["changed, all again"] = facts(all_again)
    assert ends["graded"] == ends["new"]
    for stage, look in (("changed", False), ("changed, all again", True)):  # a person's points ask for a look
        assert ends[stage]["s2"]["marks"]["why"][1:] == (2.0, look)
    assert ends["changed"]["s4"] == ends["new"]["s4"], "what can't be read keeps the marks before it"
    return ends
