"""What every test may use: the repository's course, and a clean set of figures."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib

matplotlib.use("agg")

import hypothesis
import matplotlib.pyplot as plt
import pytest

from autograder.course import Course, repository

hypothesis.settings.register_profile("any machine", deadline=None)  # a busy one is slow, and not wrong
hypothesis.settings.load_profile("any machine")


@pytest.fixture(scope="session")
def course() -> Course:
    return repository()


@pytest.fixture(autouse=True)
def no_figures_left() -> Iterator[None]:
    yield
    plt.close("all")
