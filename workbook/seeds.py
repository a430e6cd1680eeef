"""Random numbers for hidden tests: other ones for every student, the same ones at every regrade."""

from __future__ import annotations

import hashlib
import hmac
import os

import numpy as np

KEY, STUDENT, SECRET = "WORKBOOK_KEY", "WORKBOOK_STUDENT", "WORKBOOK_SECRET"


def student_secret(key: str, student: str) -> str:
    """Return what all random numbers of one student's hidden tests are made from.

    Args:
        key: the course's key, which no student knows.
        student: the student's id.

    Returns:
        64 hexadecimal digits (HMAC-SHA256), from which neither the key nor another student's can be found.
    """
    return hmac.new(key.encode(), student.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def examiner_seed(name: str) -> int:
    """Return a seed of 128 bits for a test of the student who is being graded.

    The grader gives the course's key and the student's id in the environment variables WORKBOOK_KEY and
    WORKBOOK_STUDENT, or their digest in WORKBOOK_SECRET where the student's code may see it. Without them
    (in a student's own notebook) the seed depends on `name` alone.
    """
    secret = os.environ.get(SECRET) or student_secret(os.environ.get(KEY, ""), os.environ.get(STUDENT, ""))
    digest = hmac.new(secret.encode(), name.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:16], "big")


def examiner_rng(name: int | str) -> np.random.Generator:
    """Return a generator that depends on `name` and on the student who is being graded.

    Args:
        name: a number or a text of the instructor's; another one in every test.
    """
    return np.random.default_rng(examiner_seed(str(name)))
