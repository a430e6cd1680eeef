"""A cell that ran becomes part of mynn; whatever goes wrong changes nothing on disk."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from workbook import export, extension

IMPORTS = "#| export mynn.modules\nimport numpy as np\n"
ONE = "#| export mynn.modules\nclass One:\n    value = np.float64(1)\n"


def written(workspace: Path) -> str:
    return (workspace / "mynn" / "modules.py").read_text()


def test_exported_cells_can_be_imported_by_another_process(tmp_path: Path) -> None:
    export.export_cell(IMPORTS, tmp_path)
    export.export_cell(ONE, tmp_path)
    code = "from mynn.modules import One; print(One.value)"
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "1.0"


def test_a_redefinition_replaces_the_block_in_place(tmp_path: Path) -> None:
    for cell in (ONE, "#| export mynn.modules\ndef two(): return 2\n", ONE.replace("(1)", "(7)")):
        export.export_cell(cell, tmp_path)
    text = written(tmp_path)
    assert text.count("class One") == 1
    assert "np.float64(7)" in text
    assert text.index("class One") < text.index("def two")


def test_two_definitions_of_a_name_never_survive(tmp_path: Path) -> None:
    export.export_cell("#| export mynn.modules\ndef f(): return 1\ndef g(): return 1\n", tmp_path)
    export.export_cell("#| export mynn.modules\nf = g = None\n", tmp_path)
    assert "def f" not in written(tmp_path)
    assert written(tmp_path).count("f = g = None") == 1


def test_imports_stay_on_top_whatever_the_order(tmp_path: Path) -> None:
    export.export_cell(ONE, tmp_path)
    export.export_cell(IMPORTS, tmp_path)
    assert written(tmp_path).index("import numpy") < written(tmp_path).index("class One")


@pytest.mark.parametrize(
    "cell",
    [
        "#| export mynn.modules\ndef broken(:\n",
        "#| export mynn.modules\n%timeit 1\n",
        "#| export mynn.modules\nprint('nothing defined')\n",
        "#| export os.path\nx = 1\n",
        "#| export mynn.../etc/x\nx = 1\n",
    ],
)
def test_what_cannot_be_exported_changes_nothing(tmp_path: Path, cell: str) -> None:
    export.export_cell(ONE, tmp_path)
    before = written(tmp_path)
    with pytest.raises(export.ExportError):
        export.export_cell(cell, tmp_path)
    assert written(tmp_path) == before
    assert sorted(path.name for path in (tmp_path / "mynn").iterdir()) == ["__init__.py", "modules.py"]


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export.export_cell(ONE, tmp_path)
    before = written(tmp_path)

    def fail(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(export.ExportError, match="No space left"):
        export.export_cell(ONE.replace("(1)", "(2)"), tmp_path)
    assert written(tmp_path) == before
    assert len(list((tmp_path / "mynn").iterdir())) == 2


def test_a_file_edited_into_nonsense_is_named(tmp_path: Path) -> None:
    export.export_cell(ONE, tmp_path)
    (tmp_path / "mynn" / "modules.py").write_text(written(tmp_path) + "\nclass (\n")
    with pytest.raises(export.ExportError, match="run your notebook's cells again"):
        export.export_cell(ONE, tmp_path)


class TestInANotebook:
    """The IPython extension, in a shell of its own."""

    @pytest.fixture
    def workspace(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        export.create_package(tmp_path)
        (tmp_path / "02-modules").mkdir()
        monkeypatch.delenv("WORKBOOK_HOME", raising=False)
        monkeypatch.chdir(tmp_path / "02-modules")
        monkeypatch.setattr(sys, "path", sys.path.copy())
        return tmp_path

    @pytest.fixture
    def shell(self, workspace: Path) -> InteractiveShell:
        shell = InteractiveShell()
        extension.load(shell)
        extension.load(shell)
        return shell

    def test_a_cell_that_ran_is_exported_once(
        self, shell: InteractiveShell, workspace: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        shell.run_cell(ONE.replace("np.float64(1)", "1"))
        assert "class One" in written(workspace)
        assert capsys.readouterr().out == "exported to mynn.modules: One\n"

    def test_a_cell_that_fails_changes_nothing(self, shell: InteractiveShell, workspace: Path) -> None:
        shell.run_cell("#| export mynn.modules\ndef half(): return 1\nraise ValueError\n")
        shell.run_cell("#| export mynn.modules\ndef half(:\n")
        assert not (workspace / "mynn" / "modules.py").exists()

    def test_a_change_of_directory_does_not_lose_the_workspace(
        self, shell: InteractiveShell, workspace: Path, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        shell.run_cell(f"import os; os.chdir({str(tmp_path_factory.mktemp('elsewhere'))!r})")
        shell.run_cell("#| export mynn.modules\nx = 1\n")
        assert "x = 1" in written(workspace)


def test_mynn_is_found_from_the_notebook_even_where_the_kernel_started_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export.create_package(tmp_path / "notebooks")
    monkeypatch.delenv("WORKBOOK_HOME", raising=False)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "notebooks" / "02-modules" / "modules.ipynb"))
    assert export.find_workspace() == tmp_path / "notebooks"


def test_a_deleted_mynn_is_made_again_beside_the_notebook(tmp_path: Path) -> None:
    folder = tmp_path / "02-modules"
    folder.mkdir()
    assert export.find_workspace(folder) == tmp_path


def test_without_a_workspace_the_message_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WORKBOOK_HOME", raising=False)
    with pytest.raises(export.ExportError, match="WORKBOOK_HOME"):
        export.find_workspace(tmp_path)
