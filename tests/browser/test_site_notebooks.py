"""Every notebook of the course in a browser tab, solved; work that comes from JupyterLab and goes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from site_server import SAVE, Tab
from test_notebooks import ASSIGNMENTS, explorers, figures, follow_the_keyboard

from autograder.course import Course, read_notebook
from autograder.marking.cells import role
from backprop.reference import build_mynn, solution

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def desk(chrome: Any, course_site: str, course: Course, tmp_path_factory: Any) -> Iterator[Tab]:
    """A student's browser with every notebook solved, and all of mynn."""
    context = chrome.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(600_000)
    outside: list[str] = []
    ours = (f"{course_site}/", "data:", "blob:")
    context.on("request", lambda r: None if r.url.startswith(ours) else outside.append(r.url))
    tab = Tab(context.new_page(), course_site)
    tab.open("START.ipynb")
    mynn = tmp_path_factory.mktemp("mynn")
    build_mynn(course, mynn)
    for path in sorted(mynn.glob("mynn/*.py")):
        tab.page.evaluate(SAVE, [f"mynn/{path.name}", "file", path.read_text()])
    for assignment in course.assignments():
        tab.page.evaluate(
            SAVE, [path_of(course, assignment), "notebook", as_students_would(course, assignment)]
        )
    yield tab
    context.close()
    assert outside == []


def path_of(course: Course, assignment: str) -> str:
    return f"{assignment}/{course.notebook(assignment).name}"


def as_students_would(course: Course, assignment: str) -> Any:
    """The released notebook with the answers of the solution: no hidden tests, everything filled in."""
    released = read_notebook(course.folder("release") / path_of(course, assignment))
    answers = {
        c.id: c.source for c in solution(course, assignment).cells if role(c) in ("exercise", "answer")
    }
    for cell in released.cells:
        cell.source = answers.get(cell.id, cell.source)
    return released


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_a_solved_notebook_runs_and_its_figures_follow_the_keyboard(
    desk: Tab, course: Course, assignment: str
) -> None:
    page = desk.page
    desk.open(path_of(course, assignment))
    page.evaluate("async () => { await jupyterapp.commands.execute('notebook:run-all-cells'); }")
    assert desk.errors() == []
    alts = page.locator(".jp-OutputArea img").evaluate_all("images => images.map(image => image.alt)")
    assert figures(course, assignment) <= set(alts)
    count = explorers(course, assignment)
    page.wait_for_function("n => document.querySelectorAll('.workbook-explorer img').length === n", arg=count)
    for index in range(count):
        follow_the_keyboard(page, page.locator(".workbook-explorer").nth(index))
    assert "✓ solved" in desk.run("progress()  # what of this notebook is solved")


def test_start_says_where_a_student_stands(desk: Tab) -> None:
    desk.open("START.ipynb")
    said = desk.run("progress()  # all notebooks")
    assert "02-modules" in said
    assert "Next:" in said or "All checks have passed" in said


def test_a_page_lives_while_a_cell_is_busy_and_its_figure_moves(desk: Tab, course: Course) -> None:
    """Training shows what it has learned as it goes, and the page answers meanwhile."""
    desk.open(path_of(course, "02-modules"))
    desk.run("load")
    first, second = "print('begun')\nfor k in range(4 * 10**7):\n    pass\nprint('done')", ".jp-OutputArea"
    desk.page.evaluate(
        f"""code => {{
            const notebook = jupyterapp.shell.currentWidget.content;
            notebook.activeCellIndex = 1;
            notebook.activeCell.model.sharedModel.setMetadata('editable', true);
            notebook.activeCell.model.sharedModel.setSource(code);
            void jupyterapp.commands.execute('notebook:run-cell');
            return '{second}';
        }}""",
        first,
    )
    output = desk.cell(1).locator(second)
    desk.page.wait_for_function("node => node.innerText.includes('begun')", arg=output.element_handle())
    assert "done" not in output.inner_text()
    assert desk.page.evaluate("1 + 1") == 2
    desk.page.wait_for_function("node => node.innerText.includes('done')", arg=output.element_handle())


def test_validate_says_success_on_a_solution(desk: Tab, course: Course) -> None:
    desk.open(path_of(course, "02-modules"))
    assert "Success" in validate(desk)


def test_validate_names_what_is_not_attempted(visitor: Tab, course: Course) -> None:
    visitor.open(path_of(course, "02-modules"))
    said = validate(visitor)
    assert "Not attempted yet: fill in Linear.forward" in said


def validate(tab: Tab) -> str:
    tab.page.get_by_role("button", name="Validate").click()
    dialog = tab.page.locator(".jp-Dialog-content")
    dialog.wait_for()
    return str(dialog.inner_text())


def test_a_work_file_from_jupyterlab_opens_without_a_question_and_goes_back(
    visitor: Tab, course: Course, tmp_path: Path
) -> None:
    """Uploaded as a person does; run, handed in, and the same kernel's name is in it as in JupyterLab's."""
    work = as_students_would(course, "02-modules")
    path = tmp_path / course.notebook("02-modules").name
    nbformat.write(work, path)
    page = visitor.page
    page.goto(f"{visitor.site}/lite/lab/index.html?path=02-modules/{path.name}")
    visitor.wait()
    page.evaluate(
        """async () => {
            await jupyterapp.shell.currentWidget.context.save();  // or it asks whether to
            jupyterapp.shell.currentWidget.close();
        }"""
    )
    with page.expect_file_chooser() as chooser:
        page.get_by_title("Upload Files").first.click()
    chooser.value.set_files(str(path))
    page.get_by_role("button", name="Overwrite").click()
    page.wait_for_function(
        """async text => (await jupyterapp.serviceManager.contents.get('02-modules/modules.ipynb'))
            .content?.cells.some(cell => cell.source.includes(text))""",  # null while it is being written
        arg="self.positive",
    )
    page.evaluate("() => jupyterapp.commands.execute('docmanager:open', {path: '02-modules/modules.ipynb'})")
    visitor.wait()
    assert page.locator(".jp-Dialog").count() == 0
    for name in ("load", "imports", "tools"):
        visitor.run(name)
    assert "exported to mynn.modules: ReLU" in visitor.run("relu")
    with page.expect_download() as download:
        page.get_by_role("button", name="Hand in").click()
    handed_in = read_notebook(Path(download.value.path()))
    assert handed_in.metadata.kernelspec == work.metadata.kernelspec
    assert [cell.source for cell in handed_in.cells] == [cell.source for cell in work.cells]
