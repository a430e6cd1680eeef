"""Imported once by the pool's fork server, so that no worker has to: what test cells and naming use."""

import sys

# jsonschema checks internationalised addresses with a grammar that takes two seconds to build; none occur here.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot
import workbook

import autograder.naming
import autograder.plugins

__all__ = ["autograder", "matplotlib", "workbook"]
