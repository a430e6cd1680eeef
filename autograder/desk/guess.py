"""What will probably be graded first, as far as the last run and the files say."""

from __future__ import annotations

import contextlib
import pickle
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course import Course
from autograder.desk.files import STAMP
from autograder.desk.kept import SUBMITTED, paper_kept
from autograder.desk.ledger import Ledger
from autograder.engine.examiner.job import Job
from autograder.engine.wire.limits import Limits
from autograder.marking.paper import Paper
from autograder.marking.sanitise import lean

if TYPE_CHECKING:
    from autograder.desk.early import Wanted


def first_job(course: Course, wanted: Wanted, limits: Limits) -> Job | None:
    """Return the first submission to grade as it will be handed out, if it can be told.

    It is a guess: what comes of it counts where the same is handed out once everything is known.

    Args:
        course: the course.
        wanted: what is to be graded.
        limits: what a submission may use.
    """
    with contextlib.suppress(Exception):  # whatever is odd here is met again, and told, when it is known
        paper = pickle.loads(paper_kept(course))
        assert isinstance(paper, Paper)
        ledger = Ledger(course)
        known = ledger.rehearsed(paper)
        if known is None or wanted.assignments[:1] not in ((), (paper.assignment,)):
            return None
        for folder in sorted((course.root / SUBMITTED).glob(f"*/{paper.assignment}")):
            who = folder.parent.name
            new = wanted.force or ledger.missing(paper.assignment, who)
            if wanted.student not in (None, who) or not new:
                continue
            notebook = _notebook(folder, f"{paper.notebook}.ipynb", limits)
            secret = course.secret(who)
            return Job(paper, who, lean(notebook), secret, (), known.figures, known.standing)
    return None


def _notebook(folder: Path, name: str, limits: Limits) -> bytes:
    """Return the notebook of a submission that is nothing else."""
    if {entry.name for entry in folder.iterdir()} - {STAMP} != {name}:
        raise ValueError("more than a notebook was handed in, or less")
    path = folder / name
    if folder.is_symlink() or path.is_symlink() or path.stat().st_size > limits.notebook:
        raise ValueError("it won't be graded")
    return path.read_bytes()
