"""What runs on Gradescope, and all that knows its folders: submission/ -> results/results.json."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.course import Course, CourseError
from autograder.desk.attempts import version_of
from autograder.desk.files import write_atomically
from autograder.desk.follow import Nobody
from autograder.desk.grade import How, Run
from autograder.desk.gradebook import Writer
from autograder.desk.intake import Unfit, read
from autograder.desk.ledger import Ledger
from autograder.desk.letters import Letters
from autograder.desk.premises import premises_of
from autograder.desk.show import remarks
from autograder.desk.submitted import submissions
from autograder.engine.fleet import pool
from autograder.engine.wall.premises import SandboxError
from autograder.marking.outcome import Outcome
from autograder.marking.paper import Paper

LATER = "after_published"


@contextlib.contextmanager
def running(course: Course, settings: dict[str, Any]) -> Iterator[Run]:
    """Yield a run with one worker."""
    premises = premises_of(course, settings["assignment"], isolated=settings["sandbox"])
    how = How(jobs=1, sandbox=settings["sandbox"])
    with pool.process_pool(1, premises) as executor, Writer.open(course) as writer:
        run = Run(course, writer, executor, how, Nobody())
        run.open([settings["assignment"]])
        yield run


def prepare(source: Path) -> None:
    """Let the solution sit the exam once, when the image is built: what comes of it is kept in the image."""
    settings = _settings(source)
    with running(Course(source / "course"), settings) as run:
        run.rehearse(settings["assignment"])
        for row in run.stand(settings["assignment"]):
            print(row.reason)


def grade(root: Path) -> None:
    """Grade what lies in submission/, and write results/results.json."""
    begun, settings = time.monotonic(), _settings(root / "source")
    course, assignment = Course(root / "source" / "course"), settings["assignment"]
    student, letters = _student(root), Letters(course)
    hand_in(course, assignment, student, root / "submission")
    (submission,) = submissions(course, [assignment], student)
    with running(course, settings) as run:
        rows = [*run.take(submission)]
        with contextlib.suppress(Unfit, OSError):
            names = [paper.notebook for paper in run.papers[assignment]]
            found = read(submission.folder, names, course.folders.ignore, course.limits)
            letters.begin(run, submission, found, version_of(found), None)
        while run.pending:
            rows += run.collect()
        letters.finish(patiently=True)
        results = results_of(
            rows,
            run.papers[assignment],
            Ledger(course),
            student,
            letters.read(submission),
            settings["tell_all"],
        )
    results["execution_time"] = round(time.monotonic() - begun)
    write_atomically(root / "results" / "results.json", json.dumps(results, indent=1))


def results_of(
    rows: list[Outcome],
    papers: list[Paper],
    ledger: Ledger,
    student: str,
    letter: dict[str, Any],
    tell_all: bool,
) -> dict[str, Any]:
    """Return what Gradescope reads.

    A test has two entries: what its visible part says, at once and without points; and its points, which
    students see when the grades are published.
    """
    row = next(row for row in rows if row.student == student)
    last = ledger.last(papers[0].assignment, student) if row.status != "fault" else {}
    visible = {test["name"]: test for part in letter.get("notebooks", ()) for test in part["tests"]}
    tests: list[dict[str, Any]] = []
    for paper in papers:
        scores = last[paper.notebook].scores if paper.notebook in last else {}
        for cell in paper.cells:
            if not cell.tests:
                continue
            if cell.grade_id in visible:
                seen = visible[cell.grade_id]
                status = "passed" if seen["passed"] else "failed"
                tests.append(
                    {
                        "name": cell.grade_id,
                        "status": status,
                        "output": seen["message"],
                        "visibility": "visible",
                    }
                )
            score = scores.get(cell.grade_id) or 0.0
            entry = {"name": f"{cell.grade_id}: points", "score": score, "max_score": cell.points}
            entry["status"] = "passed" if score >= cell.points else "failed"
            tests.append(entry | {"visibility": "visible" if tell_all else LATER})
    said = [
        f"{part['exercise']}: {part['sentence']}"
        for each in letter.get("notebooks", ())
        for part in each["named"]
    ]
    if row.status == "fault":
        said.append(row.reason)
    return {
        "score": sum(test.get("score", 0.0) for test in tests),
        "output": "\n".join(said),
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
        "extra_data": {"remarks": remarks(row)},
    }


def hand_in(course: Course, assignment: str, student: str, submission: Path) -> None:
    """Put what was uploaded where nbgrader has it; a single notebook may have any name."""
    place = course.place("submitted", assignment, student)
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(submission, place)
    (wanted, *others) = (path.name for path in course.notebooks(assignment))
    notebooks = sorted(place.rglob("*.ipynb"))
    if not others and not (place / wanted).exists() and len(notebooks) == 1:
        notebooks[0].rename(place / wanted)


def _settings(source: Path) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads((source / "settings.json").read_text(encoding="utf-8"))
    return settings


def _student(root: Path) -> str:
    """Return who handed it in, as Gradescope says; whose questions they are depends on it."""
    with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
        about = json.loads((root / "submission_metadata.json").read_text(encoding="utf-8"))
        return str(about["users"][0]["email"]).replace("/", "_")
    return "student"


if __name__ == "__main__":
    try:
        {"prepare": prepare, "grade": grade}[sys.argv[1]](Path(sys.argv[2]).resolve())
    except (
        CourseError,
        SandboxError,
    ) as error:  # no results.json: Gradescope tells the instructor, not the student
        sys.exit(
            f"{error} Where Gradescope's container lets no sandbox start, make the zip with --no-sandbox; "
            "what that means is in docs/desk.md."
        )
