"""Imported by the fork server before all that takes long."""

import gc

from autograder.engine.fleet import ahead

gc.disable()  # until everything is imported: nothing of it is rubbish
ahead.begin()
