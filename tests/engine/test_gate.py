"""Workers get ready one after another: a few at once, the others when the first work is done."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from autograder.engine.fleet import gate as gates
from autograder.engine.fleet.gate import Gate

HERE = multiprocessing.get_context("spawn")


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "PATIENCE", 60.0)


@pytest.mark.usefixtures("patient")
def test_some_get_ready_at_once_and_the_others_when_it_opens() -> None:
    gate = Gate(HERE, 2)
    assert gate.passed()
    assert gate.passed()
    with ThreadPoolExecutor(3) as workers:
        waiting = [workers.submit(gate.passed) for _ in range(3)]
        assert not wait(waiting, timeout=0.05).done
        gate.open(3)
        assert all(each.result() for each in waiting)


@pytest.mark.usefixtures("patient")
def test_it_opens_once() -> None:
    gate = Gate(HERE, 1)
    gate.open(1)
    gate.open(1)
    with ThreadPoolExecutor(3) as workers:
        waiting = [workers.submit(gate.passed) for _ in range(3)]
        assert len(wait(waiting, timeout=0.5).done) == 2
        gate.turns.release()


@pytest.mark.usefixtures("patient")
def test_who_waits_when_it_closes_has_nothing_to_get_ready_for() -> None:
    gate = Gate(HERE, 1)
    assert gate.passed()
    with ThreadPoolExecutor(1) as workers:
        waiting = workers.submit(gate.passed)
        gate.close(1)
        assert waiting.result() is False


def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "PATIENCE", 0.01)
    gate = Gate(HERE, 1)
    assert gate.passed()
    assert gate.passed()
