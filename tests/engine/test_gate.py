"""Workers get ready one after another: a few at once, the others when the first work is done."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from autograder.engine.fleet import gate as gates
from autograder.engine.fleet.gate import Gate
from autograder.engine.fleet.pool import process_pool

SOON = 30.0  # seconds: long before anybody's patience ends
HERE = multiprocessing.get_context("spawn")


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "PATIENCE", 10 * SOON)


@pytest.mark.usefixtures("patient")
def test_some_get_ready_at_once_and_the_others_when_it_opens() -> None:
    gate = Gate(HERE, 2)
    assert gate.passed()
    assert gate.passed()
    assert not gate.turns.acquire(block=False), "a third has no turn yet"
    with ThreadPoolExecutor(3) as workers:
        waiting = [workers.submit(gate.passed) for _ in range(3)]
        gate.open(3)
        assert all(each.result(timeout=SOON) for each in waiting)


@pytest.mark.usefixtures("patient")
def test_it_opens_once() -> None:
    gate = Gate(HERE, 1)
    gate.open(1)
    gate.open(1)
    assert [gate.turns.acquire(block=False) for _ in range(3)] == [True, True, False]


@pytest.mark.usefixtures("patient")
def test_who_waits_when_it_closes_has_nothing_to_get_ready_for() -> None:
    gate = Gate(HERE, 1)
    assert gate.passed()
    with ThreadPoolExecutor(1) as workers:
        waiting = workers.submit(gate.passed)
        gate.close(1)
        assert waiting.result(timeout=SOON) is False


def test_work_alone_does_not_open_a_pools_gate() -> None:
    """The next worker's start would keep the first mark from being written."""
    with process_pool(2, at_once=1) as fleet:
        fleet.do(os.getpid).result()
        assert not fleet.gate.is_open
        fleet.all_hands()
        assert fleet.gate.is_open


def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "PATIENCE", 0.01)
    gate = Gate(HERE, 1)
    assert gate.passed()
    assert gate.passed()
