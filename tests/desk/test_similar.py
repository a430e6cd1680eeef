"""`autograder similar` finds what was copied, however it is dressed, and accuses nobody who wrote alone."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from command import autograder, refuses
from disguise import disguised
from nbformat.v4 import new_code_cell, new_notebook
from strangers import EXERCISES

from autograder.course import CONFIG, Course
from autograder.desk.similar.pairs import Class, Pair, Work
from autograder.desk.similar.tokens import answer
from backprop.mistakes import banks
from backprop.reference import exported

STRANGERS = [{name: styles[k] for name, styles in EXERCISES.items()} for k in range(1, 8)]
GIVEN = [answer(styles[0]) for styles in EXERCISES.values()]


def work(student: str, cells: dict[str, str]) -> Work:
    return Work(student, {name: answer(source) for name, source in cells.items()})


def pairs(works: list[Work], given: list[str] | None = None) -> list[Pair]:
    return Class(works, GIVEN if given is None else [answer(text) for text in given]).pairs()


def names(found: list[Pair]) -> set[frozenset[str]]:
    return {frozenset((pair.first.student, pair.second.student)) for pair in found}


def test_the_disguise_is_one() -> None:
    scope: dict[str, object] = {}
    source = disguised(EXERCISES["counts"][2], 1)
    assert "for w in" not in source
    exec(source, scope)
    assert scope["counts"]("a b A") == {"a": 2, "b": 1}  # type: ignore[operator]


@pytest.mark.parametrize("assignment", ["02-modules", "06-graphs", "08-sgd", "12-digits"])
def test_names_order_and_layout_leave_an_answer_as_it_is(course: Course, assignment: str) -> None:
    cells = exported(course, assignment)
    assert cells
    for seed, source in enumerate(cells.values()):
        assert answer(disguised(source, seed)).tokens == answer(source).tokens


def test_planted_copies_are_found_and_nobody_else(capsys: pytest.CaptureFixture[str]) -> None:
    """Seven who wrote alone, and for each of them one who copied everything: precision and recall are 1."""
    alone = [work(f"s{k}", cells) for k, cells in enumerate(STRANGERS)]
    assert pairs(alone) == []
    asked = right = found = 0
    for k, cells in enumerate(STRANGERS):
        copy = work("copy", {name: disguised(source, k) for name, source in cells.items()})
        called = names(pairs([*alone, copy]))
        asked, found = asked + 1, found + len(called)
        right += frozenset((f"s{k}", "copy")) in called
    assert (right / asked, right / found) == (1.0, 1.0)


def test_a_copy_of_one_long_exercise_is_found_and_shown() -> None:
    alone = [work(f"s{k}", cells) for k, cells in enumerate(STRANGERS)]
    copy = work(
        "copy", {"queue": disguised(STRANGERS[3]["queue"], 4), "counts": "def counts(text):\n    return {}"}
    )
    (pair,) = pairs([*alone, copy])
    assert {pair.first.student, pair.second.student} == {"s3", "copy"}
    assert list(pair.lines) == ["queue"]
    mine, theirs = pair.lines["queue"]
    assert len(mine) > 8
    assert len(theirs) > 8


def test_what_everybody_was_given_is_no_evidence() -> None:
    given = [styles[3] for styles in EXERCISES.values()]
    same = [work(who, STRANGERS[2]) for who in ("ada", "bert")]
    assert len(pairs(same)) == 1
    assert pairs(same, given) == []


def test_what_the_whole_class_has_is_no_evidence() -> None:
    everybody = [work(f"s{k}", STRANGERS[2]) for k in range(12)]
    assert pairs(everybody) == []
    assert len(pairs(everybody[:3])) == 3


@pytest.mark.parametrize("assignment", sorted(banks()))
def test_right_answers_in_other_styles_are_no_copies(course: Course, assignment: str) -> None:
    """Those of the bank are edits of one solution, and still none is called a copy of another."""
    cells = exported(course, assignment)
    for exercise in banks()[assignment].exercises:
        styles = [variant.apply(cells[exercise.cell]) for variant in exercise.right]
        works = [work(f"s{k}", {exercise.cell: source}) for k, source in enumerate(styles)]
        assert names(pairs(works, [*cells.values()])) == set(), exercise.cell


@pytest.mark.parametrize(
    "source", ["", "def f(:\n  x", "%timeit x\n!ls", "x" * 5, "(" * 300, "\x00", "é = 1\n" * 9]
)
def test_whatever_was_handed_in_can_be_read(source: str) -> None:
    pairs([work("ada", {"f": source}), work("bert", {"f": source})])


def test_code_that_can_not_be_read_is_compared_as_well() -> None:
    broken = "\n".join(STRANGERS[3].values()) + "\n    return (("
    found = pairs([work("ada", {"f": broken}), work("bert", {"f": broken}), work("cleo", {"f": "x = 1"})])
    assert names(found) == {frozenset(("ada", "bert"))}


def notebook(cells: dict[str, str], note: str = "mine") -> str:
    def about(name: str) -> dict[str, object]:
        facts = {"schema_version": 3, "grade_id": name, "grade": False, "solution": True, "locked": False}
        return {"nbgrader": {**facts, "task": False}}

    made = [new_code_cell(source, metadata=about(name)) for name, source in cells.items()]
    return json.dumps(new_notebook(cells=[*made, new_code_cell(f"# {note}" + "\nprint('<b>no</b>')" * 30)]))


@pytest.fixture
def handed_in(tmp_path: Path) -> Course:
    (tmp_path / CONFIG).write_text("c = get_config()\n")
    (tmp_path / "source" / "ps1").mkdir(parents=True)
    solutions = {name: f"### BEGIN SOLUTION\n{s[0]}\n### END SOLUTION" for name, s in EXERCISES.items()}
    (tmp_path / "source" / "ps1" / "work.ipynb").write_text(notebook(solutions))
    works = {f"s{k}": cells for k, cells in enumerate(STRANGERS)}
    works["<i>copy</i>".replace("/", "")] = {name: disguised(s, 7) for name, s in STRANGERS[4].items()}
    for student, cells in works.items():
        folder = tmp_path / "submitted" / student / "ps1"
        folder.mkdir(parents=True)
        (folder / "work.ipynb").write_text(notebook(cells, "the same scratch cell in all"))
    (tmp_path / "submitted" / "torn" / "ps1").mkdir(parents=True)
    (tmp_path / "submitted" / "torn" / "ps1" / "work.ipynb").write_text("{")
    return Course(tmp_path)


def test_the_command_names_the_pair_and_shows_it_side_by_side(handed_in: Course) -> None:
    ended = autograder("similar", "ps1/", "--course", handed_in.root)
    assert ended.returncode == 0, ended.stderr
    assert "1 pair of 8 students" in ended.stdout
    assert "torn" in ended.stdout
    page = (handed_in.root / "similar" / "ps1.html").read_text(encoding="utf-8")
    assert "s4" in page
    assert "&lt;i&gt;copy" in page
    assert "<i>copy" not in page
    assert "scratch cell" not in page, "only the exercises' cells are compared and shown"
    assert page.count("<figcaption>") == 6
    assert "http" not in page
    refuses(autograder("similar", "ps2", "--course", handed_in.root), "'ps2'", "ps1")


def test_every_pair_of_strangers_stays_apart_in_a_class_of_two() -> None:
    for first, second in itertools.combinations(STRANGERS, 2):
        assert pairs([work("ada", first), work("bert", second)]) == []
