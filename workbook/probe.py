"""Run a probe on a student's objects: in a limited time, silently, and with every generator put back."""

from __future__ import annotations

import contextlib
import io
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

SEEDS = (20200203, 19980101)  # one draw may coincide by chance, two don't
LIMIT = 2.0  # seconds

Probe = Callable[[Mapping[str, Any], np.random.Generator], Any]


class TooLong(BaseException):
    """The probe's time is over; no `except Exception` of an answer may stop this."""


def run(probe: Probe, names: Mapping[str, Any], seeds: Sequence[int] = SEEDS) -> list[Any] | None:
    """Return what a probe finds for each seed; None where the answer raises.

    Args:
        probe: takes names and a generator, makes objects of its own, and returns plain data.
        names: the student's names.
        seeds: of the generators.
    """
    try:
        with np.errstate(all="ignore"):
            return [probe(names, np.random.default_rng(seed)) for seed in seeds]
    except Exception:
        return None


def run_quietly(probe: Probe, names: Mapping[str, Any]) -> list[Any] | None:
    """Run a probe as part of a notebook: silent, in at most two seconds, with every generator put back."""
    silence = io.StringIO()
    try:
        with (
            _generators_kept(names),
            warnings.catch_warnings(),
            contextlib.redirect_stdout(silence),
            contextlib.redirect_stderr(silence),
            _time_limit(LIMIT),
        ):
            warnings.simplefilter("ignore")
            return run(probe, names)
    except (TooLong, KeyboardInterrupt, SystemExit):
        return None


@contextlib.contextmanager
def _generators_kept(names: Mapping[str, Any]) -> Iterator[None]:
    generators = [value for value in names.values() if isinstance(value, np.random.Generator)]
    states = [generator.bit_generator.state for generator in generators]
    legacy = np.random.get_state()
    try:
        yield
    finally:
        np.random.set_state(legacy)
        for generator, state in zip(generators, states, strict=True):
            generator.bit_generator.state = state


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise TooLong after some seconds, again and again; an alarm that was set before goes on afterwards."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield  # on Windows the student's interrupt button does it
        return

    def over(*_: Any) -> None:
        raise TooLong

    start, before = time.monotonic(), signal.getsignal(signal.SIGALRM)
    signal.signal(signal.SIGALRM, over)
    left, again = signal.setitimer(signal.ITIMER_REAL, seconds, 0.05)
    try:
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:  # once more, should the alarm have come on the line above
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - start), 1e-3), again)
