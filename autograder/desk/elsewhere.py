"""Work that lies where nobody grades it is spoken of: copies under other names, answers in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.desk.intake import TOLD, HandedIn
from autograder.engine.wire.limits import Limits
from autograder.marking.outcome import printable
from autograder.marking.paper import Paper
from autograder.marking.sanitise import Unreadable, answers, read


def listed(folder: Path, handed_in: HandedIn, papers: Sequence[Paper], limits: Limits) -> str:
    """Say what lies in a folder without the assignment's notebooks: notebooks first."""
    found = [_described(folder, path, papers, limits) for path in handed_in.others]
    found += [printable(path.name)[:60] for path in sorted(folder.iterdir()) if path not in handed_in.others]
    more = f", and {len(found) - TOLD} more" if len(found) > TOLD else ""
    return ", ".join(found[:TOLD]) + more if found else "nothing"


def remarks_on(folder: Path, handed_in: HandedIn, papers: Sequence[Paper], limits: Limits) -> Iterator[str]:
    """Yield a remark on each notebook beside those that are graded, and on answers that are only there."""
    untouched = [
        paper.notebook
        for paper in papers
        if paper.notebook in handed_in.notebooks
        and _answers(handed_in.notebooks[paper.notebook], paper, limits) == 0
    ]
    for path in handed_in.others[:TOLD]:
        described = _described(folder, path, papers, limits)
        if untouched and "answers)" in described:
            yield (
                f"{untouched[0]}.ipynb is as released, and {described} lies beside it, ungraded: "
                f"if that is the one that was meant, rename it and grade again"
            )
        else:
            yield f"{described} lies beside it, ungraded"
    if len(handed_in.others) > TOLD:
        yield f"so do {len(handed_in.others) - TOLD} more notebooks"


def _described(folder: Path, path: Path, papers: Sequence[Paper], limits: Limits) -> str:
    name = f"'{printable(str(path.relative_to(folder)))[-60:]}'"
    if path.is_symlink() or not path.is_file() or path.stat().st_size > limits.notebook:
        return name
    data = path.read_bytes()
    count = max((_answers(data, paper, limits) for paper in papers), default=0)
    return f"{name} ({count} answers)" if count else name


def _answers(data: bytes, paper: Paper, limits: Limits) -> int:
    """Count the cells for answers that aren't as released."""
    try:
        return len(answers(read(data, limits), paper))
    except Unreadable:
        return 0
