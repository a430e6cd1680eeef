"""What the text of the instructor's cells says about names."""

from __future__ import annotations

import pytest

from autograder.marking.source import STAR, imported_names


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
