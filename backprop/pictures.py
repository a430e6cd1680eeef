"""The figures of each notebook as they look when it has run: a student sees them before running anything.

`python -m backprop.pictures [ASSIGNMENT ...]` runs solutions and writes solutions/NN-name/pictures/CELL.png;
releasing puts them below their cells. Each file says which code it shows, so that an old one is noticed.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from autograder.course import Course, repository
from autograder.marking.cells import role
from backprop.pace import Timed, write
from backprop.reference import build_mynn, solution
from workbook.alt import alt_of

FOLDER = "pictures"
COLOURS = 256  # a palette makes a figure a third as large, and nobody sees it
DENSITY = 2  # dots of a stored picture for each pixel of the page
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # as in the Makefile
SHOWS = "shows"  # the PNG text that says which code a picture is of


def main(names: list[str]) -> None:
    """Draw the pictures of some assignments, or of all."""
    course = repository()
    for assignment in names or course.assignments():
        drawn = draw(course, assignment)
        sys.stdout.write(f"{assignment}: {len(drawn)} pictures\n")


def draw(course: Course, assignment: str) -> list[Path]:
    """Run one solution notebook and write its pictures; return their files.

    Raises:
        autograder.course.CourseError: if the solution can't be read.
        nbclient.exceptions.CellExecutionError: if one of its cells fails.
    """
    notebook = solution(course, assignment)
    states = dict(shown(notebook))
    folder = course.place("source", assignment)
    with tempfile.TemporaryDirectory(prefix="mynn-") as home:
        build_mynn(course, Path(home), before=assignment)
        client = Timed(notebook, timeout=None, resources={"metadata": {"path": str(folder)}})
        client.execute(env={**os.environ, **ONE_THREAD, "WORKBOOK_HOME": home})
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
    (folder / FOLDER).mkdir()
    files = []
    for cell in notebook.cells:
        if cell.id in states and (png := _last_picture(cell)):
            files.append(folder / FOLDER / f"{cell.id}.png")
            files[-1].write_bytes(smaller(png, states[cell.id]))
    write(client.paces, state(notebook), folder)
    return files


def shown(notebook: nbformat.NotebookNode) -> Iterator[tuple[str, str]]:
    """Yield (cell id, state) of each cell that shows a figure; the state changes with the code behind it."""
    for cell, behind in _states(notebook):
        if alt_of(cell.source):
            yield cell.id, behind


def state(notebook: nbformat.NotebookNode) -> str:
    """Return what changes with any code of the notebook that isn't an answer or a test."""
    return [behind for _, behind in _states(notebook)][-1]


def _states(notebook: nbformat.NotebookNode) -> Iterator[tuple[nbformat.NotebookNode, str]]:
    digest = hashlib.sha256()
    for cell in notebook.cells:
        if cell.cell_type == "code" and role(cell) in ("given", "student"):
            digest.update(cell.source.encode())  # what it shows is right whatever the right answer looks like
            yield cell, digest.hexdigest()[:16]


def problems(notebook: nbformat.NotebookNode, folder: Path) -> list[str]:
    """Return a sentence for each picture that is missing, out of date or of no cell."""
    states = dict(shown(notebook))
    found = {path.stem: path for path in (folder / FOLDER).glob("*.png")}
    told = [f"The picture of cell '{name}' is missing" for name in states if name not in found]
    told += [f"{FOLDER}/{name}.png is of no cell" for name in found if name not in states]
    for name, path in found.items():
        with Image.open(path) as image:
            if name in states and image.info.get(SHOWS) != states[name]:
                told.append(f"The picture of cell '{name}' is older than its code")
    return [f"{each}: run 'make pictures' and commit." for each in told]


def output(path: Path, alt: str) -> nbformat.NotebookNode:
    """Return a stored picture as a cell's output: HTML, which alone carries its alt text in JupyterLab."""
    data = path.read_bytes()
    with Image.open(io.BytesIO(data)) as image:
        width = image.width // DENSITY
    source = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    picture = f'<img alt="{html.escape(alt)}" width="{width}" src="{source}">'
    shown_as: nbformat.NotebookNode = nbformat.v4.new_output(  # type: ignore[no-untyped-call]
        "display_data", {"text/html": picture, "text/plain": alt}
    )
    return shown_as


def _last_picture(cell: nbformat.NotebookNode) -> bytes:
    pictures = [out.data["image/png"] for out in cell.outputs if "image/png" in out.get("data", {})]
    return base64.b64decode(pictures[-1]) if pictures else b""


def smaller(png: bytes, state: str) -> bytes:
    """Return a picture as it is stored: with a palette, and the state of the code that it shows."""
    about = PngInfo()
    about.add_text(SHOWS, state)
    written = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        flat = Image.new("RGB", image.size, "white")
        flat.paste(image, mask=image.convert("RGBA").getchannel("A"))
        flat.quantize(COLOURS).save(written, "PNG", optimize=True, pnginfo=about)
    return written.getvalue()


if __name__ == "__main__":
    main(sys.argv[1:])
