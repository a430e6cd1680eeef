"""Imported last by the fork server, so that no worker has to: what any course's tests use, and this one's."""

import gc
from importlib import import_module

from autograder.engine.fleet import ahead

import_module("matplotlib").use("agg")
import_module("matplotlib.pyplot")
ahead.preload()
gc.freeze()  # workers share it with this process, as long as nobody looks at it
gc.enable()
