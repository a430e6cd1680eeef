"""nbgrader's hooks around grading are called, as under `nbgrader autograde`."""

from __future__ import annotations

from pathlib import Path

from small_course import ASSIGNMENT, NAME, RIGHT, answered, hand_in, make_small_course

from autograder.course import Course
from autograder.desk.grade import How, grade

HOOKS = """
def repair(assignment, student, notebooks):
    for path in notebooks:
        text = Path(path).read_text()
        Path(path).write_text(text.replace("retrun", "return"))


def note(assignment, student, notebooks):
    with open(Path(__file__).parent / "noted.txt", "a") as file:
        print(assignment, student, [Path(path).name for path in notebooks], file=file)
    raise RuntimeError("this costs nothing")


c.Autograde.pre_convert_hook = repair
c.Autograde.post_convert_hook = note
"""


def test_a_hook_may_repair_a_submission_before_and_hears_of_it_after_it_is_graded(tmp_path: Path) -> None:
    small = make_small_course(tmp_path)
    with (small.root / "nbgrader_config.py").open("a") as config:
        config.write(HOOKS)
    course = Course(small.root)
    slip = {**RIGHT, "total": "def total(numbers):\n    retrun sum(numbers)"}
    hand_in(course, "anna", answered(course, slip))
    (row,) = grade(course, how=How(jobs=1))
    assert row.score == row.max_score - 2, "all but what a person grades"
    noted = (course.root / "noted.txt").read_text().splitlines()
    assert noted == [f"{ASSIGNMENT} anna ['{NAME}.ipynb']"]
    (again,) = grade(course, how=How(jobs=1))
    assert again.status == "unchanged", "what a hook made of it is what has been graded"
    assert (course.root / "noted.txt").read_text().splitlines() == noted
