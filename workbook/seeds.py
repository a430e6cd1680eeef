"""Random numbers for hidden tests: other ones for every student, the same ones at every regrade."""

from __future__ import annotations

import os
import zlib

import numpy as np


def examiner_rng(seed: int) -> np.random.Generator:
    """Return a generator that depends on `seed` and on the student who is being graded.

    The grader names the student in the environment variable WORKBOOK_STUDENT; without it
    (in a student's own notebook) the generator depends on `seed` alone.

    Args:
        seed: a number of the instructor's, written in a hidden test only.
    """
    student = os.environ.get("WORKBOOK_STUDENT", "")
    return np.random.default_rng([seed, zlib.crc32(student.encode())])
