"""Imported once by the pool's fork server, so that no worker has to: what test cells and naming use."""

from importlib import import_module

import_module("matplotlib").use("agg")
for name in ("matplotlib.pyplot", "workbook", "backprop.naming"):
    import_module(name)
