"""axe-core on a page: what a reader with a screen reader, a keyboard or weak eyes would meet."""

from __future__ import annotations

from typing import Any


def violations(page: Any) -> list[str]:
    """Return what axe-core finds wrong on an open page: its rule, what it means, and where."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']} ({each['impact']}): {each['help']}: {[node['target'] for node in each['nodes']][:5]}"
        for each in found
    ]
