"""A sandbox that lasts for a module, and a fresh examinee in it for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conversation import Conversation

from autograder.engine.wall.premises import Premises
from autograder.engine.wall.sandbox import Sandbox

COURSE = Premises(shown=("workbook",), inside="workbook.inside:Inside")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    running = Sandbox(COURSE)
    yield running
    running.close()


@pytest.fixture
def talk(sandbox: Sandbox) -> Iterator[Conversation]:
    conversation = Conversation(sandbox)
    yield conversation
    conversation.examiner.close()
    sandbox.end()


@pytest.fixture
def hasty(sandbox: Sandbox) -> Iterator[Conversation]:
    """A conversation with little patience."""
    conversation = Conversation(sandbox, patience=0.5)
    yield conversation
    conversation.examiner.close()
    sandbox.end()
