"""A sandbox that starts before it is known what a run needs is used if it fits, and ended if it doesn't."""

from __future__ import annotations

import os

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.engine.fleet import ahead
from autograder.engine.wall.premises import Premises
from autograder.engine.wall.sandbox import Sandbox
from autograder.engine.wire.limits import Limits

NAMES = st.lists(st.text(min_size=1, max_size=9), max_size=3).map(tuple)


@given(st.builds(Premises, NAMES, st.text(max_size=9), st.just(True), shown=NAMES, preload=NAMES))
def test_premises_are_remembered_as_they_were(premises: Premises) -> None:
    assert ahead.read(ahead.written(premises)) == premises


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"limits": {"none": 1}}', '{"limits": {}, "other": 1}'])
def test_what_is_no_memory_of_premises_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        ahead.read(text)


def test_nothing_begins_that_does_not_isolate() -> None:
    with pytest.raises(ValueError, match="isolates"):
        ahead.read(ahead.written(Premises(isolated=False)))


def begin(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(ahead.VARIABLE, text)
    monkeypatch.setattr(ahead, "_begun", None)
    ahead.begin()
    assert ahead.VARIABLE not in os.environ


def test_it_is_for_one_worker_and_ready_when_it_is_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    begin(monkeypatch, ahead.written(Premises()))
    sandbox = ahead.taken(Premises())
    assert sandbox is not None
    assert ahead.taken(Premises()) is None
    sandbox.finish()
    sandbox.connect().close()
    assert sandbox.end().reason == ""
    sandbox.close()


def test_one_that_does_not_fit_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    begin(monkeypatch, ahead.written(Premises()))
    assert ahead._begun is not None
    process = psutil.Process(ahead._begun.process.pid)
    assert ahead.taken(Premises(limits=Limits(processes=3))) is None
    assert not process.is_running()


def test_whatever_cannot_be_started_is_left_to_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    begin(monkeypatch, "no premises")
    assert ahead.taken(Premises()) is None
    begin(monkeypatch, ahead.written(Premises(shown=("no_such_package",))))
    assert ahead.taken(Premises()) is None


def test_only_one_of_several_forked_processes_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the fork server has begun, its children find in their memory."""
    begin(monkeypatch, ahead.written(Premises()))
    got = []
    for _ in range(3):
        pid = os.fork()
        if pid == 0:
            os._exit(int(isinstance(ahead.taken(Premises()), Sandbox)))
        got.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    assert sorted(got) == [0, 0, 1]
    assert ahead.taken(Premises()) is None
