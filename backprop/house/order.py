"""The order of a notebook: promise, picture, recap, then derive, see, build, check; what you now know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import nbformat

from autograder.marking.cells import about
from backprop.house.page import headings, is_check, is_exercise, numbered

FIRST, LAST = ("What you will build", "What you need"), ("What you now know", "Going further")
STEPS = ("Derive", "See", "Build", "Check")
SET_UP = ("load", "imports", "tools")


@dataclass
class Section:
    """A `##` heading and what stands below it."""

    title: str
    steps: list[str] = field(default_factory=list)
    pictures: int = 0
    exercises: list[str] = field(default_factory=list)
    misplaced: list[str] = field(default_factory=list)


def order_problems(assignment: str, notebook: nbformat.NotebookNode) -> list[str]:
    """Return what is missing from the notebook's order, or out of it."""
    found = sections(notebook)
    titles = [section.title for section in found]
    start, end = tuple(titles[:2]), tuple(titles[-2:])
    return [
        *_title(assignment, notebook),
        *_set_up(notebook),
        *([] if start == FIRST else [f"The first sections must be {_list(FIRST)}; they are {_list(start)}."]),
        *([] if end == LAST else [f"The last sections must be {_list(LAST)}; they are {_list(end)}."]),
        *[
            f"Section '{FIRST[0]}' has no picture: show the graph of what will be built."
            for section in found
            if section.title == FIRST[0] and not section.pictures
        ],
        *[line for section in found if section.title not in FIRST + LAST for line in _module(section)],
    ]


def sections(notebook: nbformat.NotebookNode) -> list[Section]:
    """Return the notebook's sections in order."""
    found: list[Section] = []
    for where, cell in numbered(notebook):
        for level, text in headings(cell.source) if cell.cell_type == "markdown" else []:
            if level == 2:
                found.append(Section(text))
            elif level == 3 and found:
                found[-1].steps.append(text)
        if found:
            _place(found[-1], where, cell)
    return found


def _place(section: Section, where: str, cell: Any) -> None:
    section.pictures += cell.source.startswith("#| fig-alt:")
    step = re.split(r"\W", section.steps[-1])[0] if section.steps else "none"
    if is_exercise(cell):
        section.exercises.append(where)
    for applies, home in ((is_exercise(cell), "Build"), (is_check(cell), "Check")):
        if applies and step != home:
            section.misplaced.append(f"{where} belongs under '### {home}', and stands under '{step}'.")


def _module(section: Section) -> Iterator[str]:
    title, kinds = section.title, [re.split(r"\W", step)[0] for step in section.steps]
    for step, kind in zip(section.steps, kinds, strict=True):
        if kind not in STEPS:
            yield f"Section '{title}' has a step '{step}'; steps begin with one of {_list(STEPS)}."
    if section.exercises and "Build" not in kinds:
        yield f"Section '{title}' has an exercise, and so needs '### Build'."
    if "Build" in kinds:
        place = kinds.index("Build")
        if kinds[place + 1 : place + 2] != ["Check"] or kinds.count("Build") > 1:
            yield f"Section '{title}' must go from '### Build' to '### Check' at once, and once only."
        if not {"Derive", "See"} & set(kinds):
            yield f"Section '{title}' has an exercise, and so needs '### Derive' or '### See'."
        first = [kind for kind in kinds[:place] if kind in STEPS]  # later experiments go as they like
        if first != sorted(first, key=STEPS.index):
            yield f"Section '{title}' goes {_list(section.steps)}; before 'Build' come 'Derive', then 'See'."
    if not section.steps:
        yield f"Section '{title}' has none of the steps {_list(STEPS)}: say which one it is."
    yield from section.misplaced


def _title(assignment: str, notebook: nbformat.NotebookNode) -> Iterator[str]:
    source = notebook.cells[0].source if notebook.cells else ""
    number = assignment[:2]
    head, _, promise = source.partition("\n")
    if not re.fullmatch(rf"# {number} · \S.*", head):
        yield f"The notebook must start with '# {number} · Title'; it starts with '{head[:40]}'."
    if len(re.findall(r"[.!?](?:\s|$)", promise.strip())) != 1:
        yield "Below the title stands one sentence, the notebook's promise: no more and no less."


def _set_up(notebook: nbformat.NotebookNode) -> Iterator[str]:
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    ids = tuple(about(cell).get("grade_id", "") for cell in code[:3])
    if ids != SET_UP:
        yield f"The first code cells have the grade_ids {_list(SET_UP)}, in that order; here {_list(ids)}."
    elif code[0].source.strip() != "%load_ext workbook":
        yield "The cell 'load' holds one line: %load_ext workbook."


def _list(names: Any) -> str:
    return ", ".join(f"'{name}'" for name in names) or "none"
