"""What the text of the instructor's cells says about names."""

from __future__ import annotations

import ast

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from autograder.course import read_notebook, repository
from autograder.marking.source import STAR, bound_names, imported_names, python_of, transformed


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["import numpy as np"], {"np": "import numpy as np"}),
        (["import os.path", "import os"], {"os": "import os.path\nimport os"}),
        (["from math import isclose as near, pi"], {
            "near": "from math import isclose as near", "pi": "from math import pi",
        }),
        (["from math import *"], {STAR: "from math import *"}),
        (["if True:\n    import json"], {"json": "import json"}),
        (["try:\n    import json\nexcept ImportError:\n    json = None"], {"json": "import json"}),
        (["def f():\n    import json"], {}),
        (["import queue", "queue = queue.Queue()"], {}),
        (["from random import random", "def random(): return 4"], {}),
        (["x = [json for json in 'ab']", "import json"], {"json": "import json"}),
        (["%matplotlib inline\nimport math", "this isn't Python"], {"math": "import math"}),
    ],
)  # fmt: skip
def test_names_that_are_only_ever_imported(cells: list[str], expected: dict[str, str]) -> None:
    assert imported_names(cells) == expected


COURSE = repository()
ODD = [
    "",
    "\n\nx = 1",
    "    x = 1\n    y = 2",
    "In [1]: x = 1",
    "# what I typed\nIn [2]: x = 1",
    ">>> x = 1\n... y = 2",
    "x = 1\n...",
    "%matplotlib inline\nx = 1",
    "x = %pwd",
    "files = !ls",
    "x?",
    "%%time\nx = 1",
    'print("""\n%d\n!\n""" % 3)',
    "x = (5\n% 3)",
    "await f()",
    "/f x",
]


def as_ipython_reads(cell: str) -> str:
    return str(TransformerManager().transform_cell(cell))  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("cell", ODD)
def test_a_cell_is_read_as_ipython_reads_it(cell: str) -> None:
    assert dumped(transformed(cell)) == dumped(as_ipython_reads(cell))


@pytest.mark.parametrize("assignment", COURSE.assignments())
def test_the_course_is_read_as_ipython_reads_it(assignment: str) -> None:
    for cell in read_notebook(COURSE.notebook(assignment)).cells:
        if cell.cell_type == "code":
            assert dumped(transformed(cell.source)) == dumped(as_ipython_reads(cell.source))


def dumped(text: str) -> str:
    return ast.dump(ast.parse(text), include_attributes=True)


@pytest.mark.parametrize(
    ("cell", "bound"),
    [
        ("%load_ext workbook\nx = 1", {"x"}),
        ("!ls\nx = 1", {"x"}),
        ("%%capture said\nx = 1", set()),
        ("files = !ls", {"files"}),
        ("x = (5\n%y)", {"x"}),
    ],
)
def test_what_a_cell_binds_besides_its_magics(cell: str, bound: set[str]) -> None:
    assert set().union(*map(bound_names, ast.parse(python_of(cell)).body)) == bound
