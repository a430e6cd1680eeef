"""An assignment's papers: what the gradebook recorded at its release, in the order of the source."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.preprocessors import ClearHiddenTests, Execute, IgnorePattern, LimitOutput
from nbgrader.utils import find_all_files

from autograder.course import Course, CourseError, read_notebook
from autograder.marking.cells import Hidden, grade_id, role
from autograder.marking.paper import Cell, Paper
from autograder.marking.source import imported_names, students_names
from autograder.marking.surroundings import File


def papers_of(course: Course, gradebook: Gradebook, assignment: str) -> list[Paper]:
    """Return an assignment's papers, one for each of its notebooks that has been released.

    Raises:
        CourseError: if it hasn't been released, or its source can't be read.
    """
    sources = {path.stem: read_notebook(path) for path in course.notebooks(assignment)}
    try:
        released = {notebook.name: notebook for notebook in gradebook.find_assignment(assignment).notebooks}
    except MissingEntry:
        released = {}
    both = [name for name in sources if name in released]
    if not both:
        raise CourseError(
            f"'{assignment}' isn't in the gradebook. "
            f"Release it first: nbgrader generate_assignment {assignment}"
        )
    files = tuple(_instructors_files(course, assignment))
    return [_paper(course, assignment, sources[name], released[name], files) for name in both]


def _paper(
    course: Course, assignment: str, source: NotebookNode, released: Any, files: tuple[File, ...]
) -> Paper:
    written = source.cells
    order = [grade_id(cell) for cell in written]
    code = [cell.source for cell in written if cell.cell_type == "code"]
    cells = sorted(
        (_cell(released, recorded) for recorded in released.source_cells),
        key=lambda cell: order.index(cell.grade_id) if cell.grade_id in order else len(order),
    )
    around, config = course.surroundings(assignment), course.config
    execute, limits, ignore = Execute(config=config), LimitOutput(config=config), IgnorePattern(config=config)
    return Paper(
        assignment,
        released.name,
        tuple(cells),
        kernelspec=json.loads(released.kernelspec) if released.kernelspec else {},
        files=files,
        folder=assignment,
        patience=float(execute.timeout or 3600),
        budget=3 * float(execute.timeout or 3600),
        max_lines=limits.max_lines,
        max_traceback=limits.max_traceback,
        ignore=ignore.pattern if ignore.enabled else "",
        hidden=hidden_marks(config),
        skip=execute.skip_cells_with_tag,
        imports=imported_names(code, around.student_packages),
        solution=hashlib.sha256("\0".join(code).encode("utf-8", "surrogatepass")).hexdigest(),
        answers={grade_id(cell): cell.source for cell in written if role(cell) == "exercise"}
        if course.no_mistake_twice
        else {},
        students=students_names(
            cell.source
            for cell in written
            if cell.cell_type == "code" and not cell.metadata.get("nbgrader", {}).get("locked")
        ),
        surroundings=around,
        course=course.named_hooks,
    )


def hidden_marks(config: Any) -> Hidden:
    """Return which lines of a test students don't get, as nbgrader is told by its configuration."""
    clear = ClearHiddenTests(config=config)
    return Hidden(clear.begin_test_delimeter, clear.end_test_delimeter)


def _instructors_files(course: Course, assignment: str) -> Iterator[File]:
    """Yield the instructor's files beside the notebooks, but for those that students may change."""
    source = course.place("source", assignment)
    theirs = Autograde(config=course.config).exclude_overwriting.get(assignment, [])
    for name in sorted(find_all_files(str(source), [*course.folders.ignore, "*.ipynb"])):
        path = Path(name)
        inside = str(path.relative_to(source))
        if inside not in theirs:
            yield File(inside, path.read_bytes())


def _cell(notebook: Any, recorded: Any) -> Cell:
    grades = {cell.name: cell for cell in notebook.grade_cells}
    tasks = {cell.name: cell for cell in notebook.task_cells}
    scored = grades.get(recorded.name) or tasks.get(recorded.name)
    return Cell(
        grade_id=recorded.name,
        cell_type=recorded.cell_type,
        source=recorded.source,
        checksum=recorded.checksum,
        locked=recorded.locked,
        grade=recorded.name in grades,
        solution=any(cell.name == recorded.name for cell in notebook.solution_cells),
        task=recorded.name in tasks,
        points=float(scored.max_score) if scored is not None else 0.0,
    )
