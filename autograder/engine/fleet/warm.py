"""Imported once by the pool's fork server, so that no worker has to: what any course's tests may use."""

from importlib import import_module

import_module("matplotlib").use("agg")
import_module("matplotlib.pyplot")
