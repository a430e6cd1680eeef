"""A sandbox that lasts for a module, and a fresh examinee in it for every test."""

from __future__ import annotations

import asyncio.events
from collections.abc import Iterator

import pytest
from conversation import Conversation

from autograder.engine.wall.premises import Premises
from autograder.engine.wall.sandbox import Sandbox

COURSE = Premises(shown=("workbook",), inside="workbook.inside:Inside")


@pytest.fixture(autouse=True)
def no_loop_of_a_browser() -> Iterator[None]:
    """An examiner has no event loop; a browser's, in the same test worker, stays marked as running."""
    loop = asyncio.events._get_running_loop()
    asyncio.events._set_running_loop(None)
    yield
    asyncio.events._set_running_loop(loop)


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
