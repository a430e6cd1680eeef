"""Imported once by the pool's fork server, so that no worker has to: what test cells and naming use."""

import sys
from importlib import import_module

# jsonschema checks internationalised addresses by a grammar that takes two seconds to build; none occur here.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

import_module("matplotlib").use("agg")
for name in ("matplotlib.pyplot", "workbook", "autograder.plugins", "autograder.naming"):
    import_module(name)
