"""axe-core on a page: what a reader with a screen reader, a keyboard or weak eyes would meet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_playwright_python

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Any) -> list[str]:
    """Return what axe-core finds wrong on an open page: its rule, what it means, and where.

    The script comes from the test, so that the page's own policy may stay.
    """
    found = page.evaluate(f"async () => {{ {AXE}; return (await axe.run()).violations; }}")
    return [
        f"{each['id']} ({each['impact']}): {each['help']}: {[node['html'][:200] for node in each['nodes']]}"
        for each in found
    ]
