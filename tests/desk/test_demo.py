"""The sample class gets the scores and the named mistakes that its construction implies."""

from __future__ import annotations

import io
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from autograder.course import Course, CourseError, repository
from autograder.desk.demo import run_demo
from autograder.desk.grade import read_outcome
from autograder.desk.gradebook import Writer
from autograder.desk.ledger import Ledger
from autograder.desk.show import in_short
from autograder.engine.examiner.job import Job, Result
from autograder.engine.fleet.kits import Known, folded, slip_of, unfolded
from autograder.hooks import Sample
from autograder.marking.sanitise import lean
from backprop.mistakes import bank_of
from backprop.reference import exported, solution
from backprop.sample import sample_class
from backprop.trial import check_cells, reference_on_path, run_checks

ALL = repository().assignments()
SOME = ["02-modules"]
MOST = 60_000  # bytes of a submission that may travel, each way


@dataclass(frozen=True)
class Demo:
    """A demo's course after grading, what it graded, and what it printed."""

    course: Course
    assignments: list[str]
    printed: str


@pytest.fixture(
    scope="session",
    params=[pytest.param(SOME, id="one"), pytest.param(ALL, id="all", marks=pytest.mark.slow)],
)
def graded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Run the demo; all eight assignments take minutes, so one stands for them in the usual run."""
    folder = tmp_path_factory.mktemp("demo") / "course"
    console = Console(record=True, width=80, file=io.StringIO())
    assert run_demo(console, folder, [] if request.param == ALL else request.param) == 0
    return Demo(Course(folder), request.param, console.export_text())


def implied_score(course: Course, assignment: str, sample: Sample) -> float:
    """The points of the check cells that this sample passes, run without any grader; all, if it is right.

    A check that fails is run once more with what else failed put right: no mistake counts twice.
    """
    if not sample.cells:
        return 0.0
    points = {name: points for name, (points, _) in check_cells(solution(course, assignment)).items()}
    if "right" in sample.story:
        return sum(points.values())
    outcome = run_checks(course, assignment, dict(sample.cells), course.secret(sample.student))
    bank, right = bank_of(assignment), exported(course, assignment)
    assert bank is not None
    wrong = {
        name: exercise.cell
        for name, error in outcome.items()
        if error is not None and (exercise := bank.checked_by(name))
    }
    for name, own in wrong.items():
        others = {cell: right[cell] for cell in wrong.values() if cell != own}
        if others:
            cells = {**sample.cells, **others}
            outcome |= run_checks(course, assignment, cells, course.secret(sample.student), only=name)
    return sum(points[name] for name, error in outcome.items() if error is None)


def test_every_sample_has_the_score_that_its_construction_implies(graded: Demo) -> None:
    course = graded.course
    for assignment in graded.assignments:
        with reference_on_path(course, before=assignment):
            for sample in sample_class(course, assignment):
                if sample.gradable:
                    outcome = read_outcome(course, assignment, sample.student)
                    expected = implied_score(course, assignment, sample)
                    if sample.story.endswith("late"):
                        expected *= 0.8  # two days begun, ten per cent each
                    assert outcome.score == pytest.approx(expected), f"{sample.student} ({sample.story})"


def test_little_of_a_submission_travels_to_a_worker_and_back(graded: Demo) -> None:
    """Students hand in what they ran, figures and all."""
    course = graded.course
    for assignment in graded.assignments:
        with Writer.open(course) as writer:
            (paper,) = writer.papers(assignment)
        known = Ledger(course).rehearsed(paper)
        assert known is not None
        out, back = [], []
        for student, folder in course.submitted(assignment).items():
            copy = course.place("autograded", assignment, student) / f"{paper.notebook}.ipynb"
            if copy.exists():
                whole = copy.read_text()
                for data in (whole.encode(), (folder / copy.name).read_bytes()):
                    job = Job(paper, student, lean(data), figures=known.figures)
                    out.append(len(slip_of(job)))
                result = folded(Result(notebook=whole), Known.of(job))
                back.append(len(result))
                assert unfolded(result, Known.of(job)).notebook == whole
        assert len(back) > 9
        assert max(out) < MOST
        assert max(back) < MOST, assignment


def test_the_class_is_worth_grading(course: Course) -> None:
    for assignment in course.assignments():
        samples = sample_class(course, assignment)
        assert len(samples) >= 12
        assert len({sample.story for sample in samples}) >= 9
        assert all(len(sample.named) == 1 for sample in samples if sample.story == "one mistake")


def test_the_table_names_each_mistake_beside_its_student(graded: Demo) -> None:
    course, assignments = graded.course, graded.assignments
    sections = dict(zip(assignments, _sections(graded.printed, assignments), strict=True))
    for assignment, section in sections.items():
        rows = _rows(section)
        known = {
            f"{each.exercise}: {each.name}": f"{each.exercise}: {in_short(each.sentence)}"
            for each in course.hooks.known_mistakes(assignment=assignment)
        }
        for sample in sample_class(course, assignment):
            for name in sample.named:
                assert known[name].replace(" ", "") in rows[sample.student]
            if not sample.named:
                assert not any(said.replace(" ", "") in rows[sample.student] for said in known.values())
            if not sample.gradable:
                assert "notanotebook" in rows[sample.student]


def _rows(section: list[str]) -> dict[str, str]:
    """What each student's row says, without spaces: a cell goes on in the next line."""
    rows: dict[str, str] = {}
    student = ""
    for line in section:
        if line.startswith("│"):
            cells = [cell.strip() for cell in line.strip("│").split("│")]
            student = cells[0] or student
            rows[student] = rows.get(student, "") + cells[-1].replace(" ", "")
    return rows


def test_the_last_line_can_be_pasted_as_it_is(graded: Demo) -> None:
    command = graded.printed.rstrip().splitlines()[-1]
    _, folder, _, jupyter, lab = shlex.split(command)
    assert (Path(folder), lab) == (graded.course.root, "lab")
    assert Path(jupyter).is_file()
    assert command == f"cd {shlex.quote(folder)} && {shlex.quote(jupyter)} lab"


def _sections(printed: str, assignments: list[str]) -> list[list[str]]:
    lines = printed.splitlines()
    starts = [  # a table's title, not the line that says that it is released
        next(i for i, line in enumerate(lines[:-1]) if line.startswith(name) and lines[i + 1].startswith("┏"))
        for name in assignments
    ]
    return [lines[start:end] for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]


def test_every_gradable_submission_has_a_feedback_page_without_hidden_tests(
    graded: Demo,
) -> None:
    course = graded.course
    for assignment in graded.assignments:
        for sample in sample_class(course, assignment):
            pages = list((course.folder("feedback") / sample.student / assignment).glob("*.html"))
            assert len(pages) == sample.gradable
            for page in pages:
                text = page.read_text()
                assert "HIDDEN TESTS" not in text
                assert "examiner_rng(" not in text
                assert "questions(" not in text


def test_a_demo_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(CourseError, match="isn't empty"):
        run_demo(Console(quiet=True), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
