"""A figure's words reach the reader of a notebook and of its export."""

import base64
import io
from types import SimpleNamespace

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook
from PIL import Image

from workbook.alt import FigureWords, alt_of, install

CELLS = [
    "%load_ext workbook\n%load_ext workbook",
    '#| fig-alt: A line that goes up, "steeply".\nimport matplotlib.pyplot as plt\nplt.plot([1, 5]);',
    "plt.plot([1, 2]);",
    "#| fig-alt: A border that moves.\nimport numpy as np\nfrom workbook.data import two_spirals\n"
    "from workbook.live import Regions\nregions = Regions(*two_spirals(20, np.random.default_rng(0)))\n"
    "for k in (1, 2):\n    regions.show(lambda plane: k * plane, f'step {k}')",
]


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    folder = tmp_path_factory.mktemp("course")
    (folder / "mynn").mkdir()
    (folder / "mynn" / "__init__.py").touch()
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in CELLS])
    return NotebookClient(notebook, resources={"metadata": {"path": str(folder)}}).execute()


def test_a_figure_gets_the_words_of_its_cell(executed):
    (output,) = executed.cells[1].outputs
    assert 'alt="A line that goes up, &quot;steeply&quot;."' in output.data["text/html"]
    assert output.data["image/png"].strip() in output.data["text/html"]
    assert output.metadata["image/png"]["alt"] == 'A line that goes up, "steeply".'


def test_a_figure_is_shown_at_half_its_size_so_that_it_is_as_sharp_as_text(executed):
    (output,) = executed.cells[1].outputs
    picture = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"])))
    assert output.metadata["image/png"]["width"] == picture.width // 2
    assert f'width="{picture.width // 2}"' in output.data["text/html"]


def test_a_figure_that_moves_is_as_sharp(executed):
    output = executed.cells[3].outputs[-1]
    picture = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"])))
    assert output.metadata["image/png"]["width"] == picture.width // 2


def test_a_figure_without_words_stays_as_it_is(executed):
    (output,) = executed.cells[2].outputs
    assert "text/html" not in output.data


def test_the_words_are_in_the_export(executed):
    page, _ = HTMLExporter(template_name="lab").from_notebook_node(executed)
    assert page.count("alt='A line that goes up, \"steeply\".'") == 1


def test_only_the_first_line_counts():
    assert alt_of("\n#| fig-alt: A line.\nx = 1") == "A line."
    assert alt_of("x = 1\n#| fig-alt: A line.") == ""


def test_html_of_a_cell_s_own_is_left_alone():
    words = FigureWords()
    words.before_cell(SimpleNamespace(raw_cell="#| fig-alt: A line."))
    shown = {"content": {"data": {"image/png": "aa", "text/html": "<b>mine</b>"}}}
    assert words.on_display(shown)["content"]["data"]["text/html"] == "<b>mine</b>"


def test_a_figure_that_changes_stays_one_figure_and_keeps_its_words(executed):
    (output,) = executed.cells[3].outputs
    assert output.data["text/plain"] == "step 2"
    assert 'alt="A border that moves."' in output.data["text/html"]
    assert output.data["image/png"].strip() in output.data["text/html"], (
        "the picture is that of the last step"
    )


def test_a_kernel_without_hooks_gets_the_words_too():
    """As the kernel in a browser tab: its publisher only publishes."""
    shown = []
    publisher = SimpleNamespace(
        publish=lambda data, metadata=None, **more: shown.append((data, metadata, more))
    )
    events = SimpleNamespace(callbacks={"pre_run_cell": []}, register=lambda name, call: calls.append(call))
    calls: list = []
    shell = SimpleNamespace(display_pub=publisher, events=events, kernel=object())
    install(shell)
    calls[0](SimpleNamespace(raw_cell="#| fig-alt: A slope.\nplot()"))
    shell.display_pub.publish({"image/png": "UE5H"}, {"image/png": {"width": 5}}, transient={}, update=True)
    calls[0](SimpleNamespace(raw_cell="print(1)"))
    shell.display_pub.publish({"image/png": "UE5H"}, None)
    (data, metadata, more), (plain, _, _) = shown
    assert '<img alt="A slope." width="5"' in data["text/html"]
    assert metadata["image/png"] == {"width": 5, "alt": "A slope."}
    assert more == {"transient": {}, "update": True}
    assert plain == {"image/png": "UE5H"}
