"""What an instructor runs: grading, class report, sample class."""

import sys

# jsonschema, which nbformat imports, checks internationalised addresses by a grammar that takes two seconds
# to build. None occur in notebooks; without the grammar jsonschema leaves out that one format.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
