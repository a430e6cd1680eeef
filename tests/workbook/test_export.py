"""A cell that ran becomes part of mynn; whatever goes wrong changes nothing on disk."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from workbook import export, extension

IMPORTS = "#| export mynn.modules\nimport numpy as np\n"
ONE = "#| export mynn.modules\nclass One:\n    value = np.float64(1)\n"
STUB = (
    "#| export mynn.modules\nclass Two:\n    def forward(self, x):\n"
    "        # YOUR CODE HERE\n        raise NotImplementedError\n"
)


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
    "head",
    [
        "#| export mynn.modules",
        "#|export mynn.modules",
        "# | export mynn.modules",
        "# |export  mynn.modules ",
        " #| export mynn.modules",
        "#| export mynn.modules  # mine",
        "\n# a note\n#| fig-alt: A curve.\n#| export mynn.modules",
        "%%time\n#| export mynn.modules",
    ],
)
def test_the_directive_is_understood_as_formatters_and_people_write_it(tmp_path: Path, head: str) -> None:
    exported = export.export_cell(f"{head}\nclass A: pass\n", tmp_path)
    assert exported is not None
    assert (exported.target, exported.block.names) == ("mynn.modules", {"A"})
    assert "class A: pass" in written(tmp_path)
    assert "%%" not in written(tmp_path)


@pytest.mark.parametrize(
    ("head", "answer"),
    [
        ("#| export", "doesn't say where to"),
        ("#| exports mynn.modules", "did you mean"),
        ("#| exprot mynn.modules", "did you mean"),
        ("#| export mynn", "write e.g. '#| export mynn.modules'"),
        ("#| export modules", "write e.g. '#| export mynn.modules'"),
        ("%%timeit\n#| export mynn.modules", "take that line out"),
        ("#| Export mynn.modules", "did you mean"),
        ("import math\n#| export mynn.modules", "make it the cell's first line"),
        ('"""Mine."""\n#| export mynn.modules', "make it the cell's first line"),
        ("#| export mynn.modules\n#| export mynn.losses", "goes into one module"),
        ("#| export mynn.modules\nawait 1", "'await' outside function. Nothing was changed."),
    ],
)
def test_a_directive_that_cannot_be_followed_is_answered(tmp_path: Path, head: str, answer: str) -> None:
    with pytest.raises(export.ExportError, match=re.escape(answer)):
        export.export_cell(f"{head}\nclass A: pass\n", tmp_path)


@pytest.mark.parametrize(
    "cell", ["x = 1", "x = 1\n# `#| export` keeps it", "# exports are explained below", ""]
)
def test_other_cells_are_left_alone(tmp_path: Path, cell: str) -> None:
    assert export.export_cell(cell, tmp_path) is None


@pytest.mark.parametrize(
    ("cells", "expression", "value"),
    [
        (["RATES = [0.1 / (1 + k) for k in range(3)]", "WARMUP = [k for k in range(3)]"], "len(RATES)", 3),
        (
            ["SIZES = []\nfor n in (1, 2): SIZES.append(n)", "Y = []\nfor n in (3,): Y.append(n)"],
            "SIZES",
            [1, 2],
        ),
        (["_, ROWS = (1, 2)", "_, COLS = (3, 4)"], "ROWS + COLS", 6),
        (
            ["import math\nimport json", "class R: pass", "import math\nimport re"],
            "json.dumps(re.findall('R', R.__name__))",
            '["R"]',
        ),
        (["from math import *", "from cmath import *", "def f(): return factorial(3)"], "f()", 6),
        (
            [
                "class A: pass\nclass B: pass",
                "def g(self): return 1\nA.g = g",
                "def g(self): return 2\nB.g = g",
            ],
            "A().g() + B().g()",
            3,
        ),
        (["class A: x = 1\nclass B: y = 2", "class A: x = 5", "class A: x = 6"], "A.x + B.y", 8),
        (["class A: x = 1\nclass B: y = 2", "class A: x = 5", "class B: y = 7"], "A.x + B.y", 12),
        (["class A: x = 1", "class B(A): pass", "class A: x = 2"], "B.x", 2),
        (["A = 1\nB = 1", "B = 2", "A = B = 3", "B = 4"], "(A, B)", (3, 4)),
        (["def f(): return 1", "from __future__ import annotations"], "f()", 1),
        (["if (n := 5) > 3:\n    def f(): return n", "def g(): return n"], "f() + g()", 10),
        (
            ["match 3:\n    case 3:\n        kind = 'odd'\n    case other:\n        kind = other"],
            "kind",
            "odd",
        ),
        (["A = 1\nB = 2\ndel B", "B = 7"], "A + B", 8),
        (["try:\n    import json as j\nexcept ImportError:\n    j = None"], "j.dumps(1)", "1"),
        (["A, B = 1, 2", "A += 1"], "(A, B)", (2, 2)),
    ],
)
def test_what_a_cell_left_behind_stays_until_all_of_it_is_bound_anew(
    tmp_path: Path, cells: list[str], expression: str, value: object
) -> None:
    for cell in cells:
        export.export_cell(f"#| export mynn.modules\n{cell}\n", tmp_path)
    names: dict[str, object] = {"__name__": "mynn.modules"}
    exec(compile(written(tmp_path), "modules.py", "exec"), names)
    assert eval(expression, names) == value


AT_ONCE = [
    ("@functools.cache\ndef f(x): return x", "functools"),
    ("class A:\n    scale = SCALE", "SCALE"),
    ("def f(x, s=SCALE): return x", "SCALE"),
    ("def f(x: Vec): return x", "Vec"),
    ("f = lambda x, s=SCALE: x", "SCALE"),
    ("class A(Base): pass", "Base"),
    ("TABLE = [k * SCALE for k in range(3)]", "SCALE"),
    ("SCALE += 1", "SCALE"),
    ('if __name__ != "__main__":\n    size = SCALE', "SCALE"),
    ('size = 1\nif __name__ == "__main__":\n    size = 2\nelse:\n    size = SCALE', "SCALE"),
]
NOTEBOOK = {"functools", "SCALE", "Vec", "Base", "n", "x"}


@pytest.mark.parametrize(("cell", "name"), AT_ONCE)
def test_a_cell_without_which_mynn_could_not_be_imported_is_refused(
    tmp_path: Path, cell: str, name: str
) -> None:
    export.export_cell(ONE, tmp_path)
    before = written(tmp_path)
    with pytest.raises(
        export.ExportError, match=rf"line \d uses {name} at once, which only your notebook has"
    ):
        export.export_cell(f"#| export mynn.modules\n{cell}\n", tmp_path, NOTEBOOK)
    assert written(tmp_path) == before
    made = "import functools" if name == "functools" else f"{name} = object"
    export.export_cell(f"#| export mynn.modules\n{made}\n", tmp_path, NOTEBOOK)
    if cell != "SCALE += 1":
        assert export.export_cell(f"#| export mynn.modules\n{cell}\n", tmp_path, NOTEBOOK)


@pytest.mark.parametrize(
    "cell",
    [
        "def f(y): return y * SCALE",  # when it is called: a remark, no refusal
        "n = 3\nm = n + 1",
        "for n in range(3):\n    last = n",
        "class A:\n    n = 1\n    twice = n + n",
        "from __future__ import annotations\nimport math",
        "try:\n    n = profile\nexcept NameError:\n    n = None",
        "from math import *\nroot = sqrt(4)",
        "SQUARES = [x * x for x in range(3)]",
        "if (n := 3) > 2:\n    size = n",
        'def f(y): return y\nif __name__ == "__main__":\n    print(f(SCALE))',
        'def f(y): return y\nif "__main__" == __name__:\n    print(f(SCALE))\nelse:\n    n = 1',
    ],
)
def test_a_cell_that_can_be_imported_is_exported(tmp_path: Path, cell: str) -> None:
    assert export.export_cell(f"#| export mynn.modules\n{cell}\n", tmp_path, NOTEBOOK)


def test_what_python_wants_at_the_head_of_a_file_gets_there(tmp_path: Path) -> None:
    export.export_cell(IMPORTS, tmp_path)
    cell = (
        "#| export mynn.modules\nfrom __future__ import annotations  # types\ndef f(x: Later): return x + 1\n"
    )
    for _ in range(2):
        exported = export.export_cell(cell, tmp_path, {"Later"})
        assert exported is not None
        assert exported.block.names == {"f"}
    assert written(tmp_path).count("__future__") == 1
    names: dict[str, object] = {}
    exec(compile(written(tmp_path), "modules.py", "exec", dont_inherit=True), names)
    assert {"f", "np"} <= names.keys()


def test_a_helper_of_another_cells_that_becomes_this_ones_is_told_of(tmp_path: Path) -> None:
    first = (
        "#| export mynn.modules\ndef small(x): return -x\ndef twice(x): return 2 * small(x)\nclass A: pass\n"
    )
    export.export_cell(first, tmp_path)
    same = "#| export mynn.modules\ndef small(x):  # alike\n    return -x\nclass B: one = small(1)\n"
    for cell, told in (
        (same, {}),
        (same.replace("-x", "x - 1"), {"small": ["twice"]}),
        (first, {"small": ["B"]}),
    ):
        exported = export.export_cell(cell, tmp_path)
        assert exported is not None
        assert exported.taken_over == told
    exported = export.export_cell(first.replace("-x", "x"), tmp_path)
    assert exported is not None


def test_blocks_do_not_pile_up(tmp_path: Path) -> None:
    for k in range(5):
        for cell in ("class A: pass\nclass B: pass", f"class A: x = {k}", f"class B: x = {k}", "import math"):
            export.export_cell(f"#| export mynn.modules\n{cell}\n", tmp_path)
    assert written(tmp_path).count("class ") <= 4
    assert written(tmp_path).count("import math") == 1


@pytest.mark.parametrize(
    "cell",
    [
        "#| export mynn.modules\ndef broken(:\n",
        "#| export mynn.modules\nx = 1\nfrom __future__ import annotations\n",
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
        for name in [name for name in sys.modules if name.split(".")[0] == "mynn"]:
            monkeypatch.delitem(sys.modules, name)
        return tmp_path

    @pytest.fixture
    def shell(self, workspace: Path) -> InteractiveShell:
        shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
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

    def test_a_stub_is_not_announced_as_exported(
        self, shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
    ) -> None:
        shell.run_cell(STUB)
        assert capsys.readouterr().out == "not filled in yet: Two.forward (in mynn.modules as it is)\n"

    def test_a_cell_that_fails_takes_away_what_it_defined_before(
        self, shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
    ) -> None:
        shell.run_cell(ONE.replace("np.float64(1)", "1"))
        for broken in ("#| export mynn.modules\nclass One:\n    value = (\n", ONE.replace("np", "undefined")):
            shell.run_cell(broken)
            capsys.readouterr()
            shell.run_cell("One.value")
            assert "One isn't defined: its cell failed" in capsys.readouterr().out
        shell.run_cell(ONE.replace("np.float64(1)", "1"))
        assert shell.run_cell("assert One.value == 1").success

    def test_names_that_only_the_notebook_has_are_told(
        self, shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
    ) -> None:
        shell.run_cell("#| export mynn.modules\nimport math\n")
        shell.run_cell("t = 3\nhelper = len")
        shell.run_cell(
            "#| export mynn.modules\nclass A:\n    def f(self, x):\n        self.t = x\n"
            "        return [t + k for k in range(math.floor(x))]\n"
        )
        said = capsys.readouterr().err
        assert "A.f uses t (line 5), which only your notebook has. Did you mean self.t?" in said
        assert len(said.splitlines()) == 1
        shell.run_cell("#| export mynn.modules\ndef g(x): return helper(x)\n")
        assert (
            "g uses helper (line 2), which only your notebook has. Give it as an arg"
            in capsys.readouterr().err
        )
        shell.run_cell("#| export mynn.modules\ndef helper(x): return x\n")
        shell.run_cell("#| export mynn.modules\ndef g(x): return helper(x)\n")
        assert capsys.readouterr().err == ""

    def test_a_helper_that_another_cell_has_replaced_is_told(
        self, shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
    ) -> None:
        shell.run_cell(
            "#| export mynn.modules\ndef slope(h): return h\nclass A:\n    def f(self): return slope(1)\n"
        )
        shell.run_cell("other, x = 1, A().f()")
        shell.run_cell("#| export mynn.modules\ndef slope(h): return h\n")
        assert capsys.readouterr().err == ""
        shell.run_cell("def slope(s): return s - 1")
        assert "slope is something else now: this cell has" in (said := capsys.readouterr().err)
        assert "A would call that. Rename yours" in said

    @pytest.mark.parametrize(
        ("cell", "told"),
        [
            (
                "def wrap(f): return functools.wraps(f)(lambda *a: f(*a))\n@wrap\ndef h(x): return x * t",
                "h uses t",
            ),
            ("class A:\n    class B:\n        def go(self): return t", "A.B.go uses t"),
            ("class A:\n    @property\n    def p(self): return t", "A.p uses t"),
            ("class A:\n    @functools.cached_property\n    def p(self): return t", "A.p uses t"),
            ("from math import *\ndef f(): return sqrt(t)", "f uses t"),
            ("def f(): return f'{t}'", "f uses t"),
        ],
    )
    def test_no_disguise_hides_a_name_that_only_the_notebook_has(
        self, shell: InteractiveShell, capsys: pytest.CaptureFixture[str], cell: str, told: str
    ) -> None:
        shell.run_cell("#| export mynn.modules\nimport functools\n")
        shell.run_cell("t = 3")
        shell.run_cell(f"#| export mynn.modules\n{cell}\n")
        said = capsys.readouterr().err
        assert told in said
        assert "sqrt" not in said

    def test_a_module_that_another_notebook_exports_anew_is_imported_anew(
        self, shell: InteractiveShell, workspace: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        first = "#| export mynn.modules\nclass One:\n    value = 1\n"
        export.export_cell(first, workspace)
        export.export_cell("#| export mynn.graph\nfrom mynn.modules import One\n", workspace)
        export.export_cell("#| export mynn.graph\ndef build(): return One.value\n", workspace)
        assert shell.run_cell("from mynn.graph import build\nfrom mynn.modules import One").success
        export.export_cell(first.replace("1", "2"), workspace)
        shell.run_cell("pass")
        assert "mynn.modules has changed since this notebook imported One" in capsys.readouterr().out
        assert shell.run_cell("from mynn.graph import build\nassert build() == 2").success
        export.export_cell(first.replace("1", "3"), workspace)
        assert shell.run_cell("from mynn import modules\nassert modules.One.value == 3").success
        assert capsys.readouterr().err == ""

    def test_what_stands_as_it_was_beside_something_new_needs_no_second_import(
        self, shell: InteractiveShell, workspace: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        base = "#| export mynn.modules\nclass Base:\n    rate = 1\n"
        for cell in (base, ONE, "#| export mynn.modules\nclass Upon(Base):\n    pass\n"):
            export.export_cell(cell.replace("np.float64(1)", "1"), workspace)
        assert shell.run_cell("from mynn.modules import Base, One, Upon").success
        export.export_cell("#| export mynn.modules\nclass Two:\n    value = 2\n", workspace)
        shell.run_cell("pass")
        assert capsys.readouterr().out == ""
        assert shell.run_cell("from mynn.modules import Base, One, Upon").success
        export.export_cell(base.replace("1", "2"), workspace)
        shell.run_cell("pass")
        assert "has changed since this notebook imported Base, Upon: run" in capsys.readouterr().out

    @pytest.mark.parametrize("cell", ["from mynn.activations import Softmax", "from mynn import activations"])
    def test_what_an_earlier_notebook_has_to_export_first_is_said(
        self, shell: InteractiveShell, workspace: Path, capsys: pytest.CaptureFixture[str], cell: str
    ) -> None:
        source = STUB.replace("modules", "activations").replace("Two", "Softmax")
        notebook = {"cells": [{"cell_type": "code", "source": source}]}
        (workspace / "03-saturation").mkdir()
        (workspace / "03-saturation" / "saturation.ipynb").write_text(json.dumps(notebook))
        shell.run_cell(cell)
        said = capsys.readouterr().out
        assert "`mynn.activations` comes from notebook 03: finish it first, or run its cells." in said
        export.export_cell(source, workspace)
        shell.run_cell(f"{cell}\nimport mynn.activations\nmynn.activations.Softmax().forward(1)")
        said = capsys.readouterr().out
        assert "Not attempted yet: Softmax.forward of `mynn.activations`, in notebook 03." in said

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
