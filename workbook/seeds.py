"""Random numbers for hidden tests: other ones for every student, the same ones at every regrade."""

from __future__ import annotations

import hashlib
import hmac
import os

import numpy as np

SECRET = "WORKBOOK_SECRET"


def examiner_seed(name: str) -> int:
    """Return a seed of 128 bits for a test of the student who is being graded.

    The grader gives the student's secret, which it derives from the course's key, in the environment variable
    WORKBOOK_SECRET. Without it (in a student's own notebook) the seed depends on `name` alone.
    """
    secret = os.environ.get(SECRET, "")
    digest = hmac.new(secret.encode("utf-8", "surrogatepass"), name.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:16], "big")


def examiner_rng(name: int | str) -> np.random.Generator:
    """Return a generator that depends on `name` and on the student who is being graded.

    Args:
        name: a number or a text of the instructor's; another one in every test.
    """
    return np.random.default_rng(examiner_seed(str(name)))
