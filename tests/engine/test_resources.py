"""What all of a submission's processes use together is counted, wherever it lies, and once."""

from __future__ import annotations

import contextlib
import dataclasses
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest
from conversation import Conversation

from autograder.engine.examinee.watch import LEAST, Watch
from autograder.engine.examiner.handles import Gone, TooSlow
from autograder.engine.wall.premises import Premises
from autograder.engine.wall.sandbox import Sandbox
from autograder.engine.wire.limits import Limits

SMALL = Limits(total_memory=320 * 2**20)


@pytest.fixture(scope="module")
def small() -> Iterator[Sandbox]:
    running = Sandbox(Premises(limits=SMALL))
    yield running
    running.close()


@pytest.fixture(scope="module")
def narrow() -> Iterator[Sandbox]:
    running = Sandbox(Premises(limits=Limits(memory=100 * 2**20)))
    yield running
    running.close()


def how_it_ends(sandbox: Sandbox, source: str) -> str:
    """Run a cell that waits after what it did, unless it is ended."""
    talk = Conversation(sandbox, patience=30)
    try:
        talk.student(source)
        return ""
    except Gone:
        return sandbox.end().reason
    finally:
        talk.examiner.close()
        sandbox.end()


WAIT = "\nimport time\ntime.sleep(60)"


@pytest.mark.parametrize("hides", [False, True])
def test_memory_in_sockets_is_counted(small: Sandbox, hides: bool) -> None:
    """Also where a process can't be looked into."""
    source = f"""
import ctypes, os, socket
def hoard():
    if {hides}: ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
    pairs = [socket.socketpair() for _ in range(55)]
    for pair in pairs:
        for end in pair:
            end.setblocking(False)
            try:
                while True: end.send(bytes(60_000))
            except BlockingIOError:
                pass
    time.sleep(60)
import time
for _ in range(20):
    if os.fork() == 0:
        hoard()
"""
    assert "GB of memory" in how_it_ends(small, source + WAIT)


def test_files_that_nobody_maps_are_counted() -> None:
    sandbox = Sandbox(Premises(limits=dataclasses.replace(SMALL, disk=400 * 2**20, file_size=400 * 2**20)))
    source = """
import os
file = open("big", "wb")
os.unlink("big")
for _ in range(380):
    file.write(bytes(2**20))
"""
    assert "GB of memory" in how_it_ends(sandbox, source + WAIT)
    sandbox.close()


def test_memory_without_a_mapping_of_its_own_cannot_be_had(small: Sandbox) -> None:
    """Pages of a shared mapping stay for as long as any part of it is mapped; no limit counts them."""
    talk = Conversation(small)
    for source in (
        "import mmap\nmmap.mmap(-1, 4096)",
        "import mmap\nmmap.mmap(open('/dev/zero', 'rb').fileno(), 4096, mmap.MAP_SHARED, mmap.PROT_READ)",
        "import os\nos.memfd_create('x')",
    ):
        assert [o["ename"] for o in talk.student(source)] in (["PermissionError"], ["OSError"])
    talk.examiner.close()
    small.end()


LINK = """
class Link:
    def __init__(self, before):
        self.before, self.value = before, 0.5
"""


@pytest.mark.parametrize(
    "filling",
    [
        "last = None\n    while True: last = Link(last)",
        "last = None\n    while True:\n        last = Link(last)\n        last.own = lambda link=last: link",
        "many = []\n    while True: many.append(float(len(many)))",
        "last = ()\n    while True: last = (last,)",
        "last = None\n    while True: last = lambda before=last: before",
    ],
)
@pytest.mark.parametrize("where", ["function", "cell", "test", "stopped"])
def test_a_loop_that_fills_the_memory_is_an_error_like_others(
    narrow: Sandbox, filling: str, where: str
) -> None:
    """With none left, Python would look for a way to say so for ever, and later tests lose their marks."""
    talk = Conversation(narrow, patience=5)
    talk.student(f"import numpy as np\n{LINK}\ndef right(): return 3\ndef fill():\n    {filling}")
    if where == "test":
        talk.fails_with("fill()")
    else:
        source = filling.replace("\n    ", "\n") if where == "cell" else "fill()"
        talk.examiner.patience.each = 0.5 if where == "stopped" else 5  # seconds, until it is full or nearly
        with contextlib.suppress(TooSlow):  # Python was found in search of memory, and stopped
            (said,) = [each for each in talk.student(source) if each["output_type"] == "error"]
            assert said["ename"] in ("MemoryError", "SystemError")  # CPython's, if it fails to say the first
    talk.examiner.patience.each = 5
    assert talk.passes("assert right() == 3")
    if where != "cell":  # what a notebook's own names hold stays
        (found,) = talk.student("np.ones(8 * 10**6).sum()")
        assert found.get("data") == {"text/plain": "np.float64(8000000.0)"}
    talk.examiner.close()
    narrow.end()


def test_a_course_s_words_for_errors_outlive_a_full_memory(narrow: Sandbox) -> None:
    """IPython drops a handler that fails, and a handler needs memory."""
    talk = Conversation(narrow, patience=5)
    talk.student(
        "def tell(shell, kind, error, trace, tb_offset=None):\n"
        "    shell._showtraceback(kind, error, ['in words', *map(str, range(150))])\n"
        "get_ipython().set_custom_exc((Exception,), tell)\n"
        "def fill():\n    many = []\n    while True: many.append(float(len(many)))"
    )
    for source in ("fill()", "1 / 0"):
        with contextlib.suppress(TooSlow):
            (said,) = talk.student(source)
            assert said["traceback"][:2] == ["in words", "0"], said["ename"]
    talk.examiner.close()
    narrow.end()


def test_a_student_may_choose_less_memory_for_good(narrow: Sandbox) -> None:
    """A notebook that limits itself is answered, and fails at its own limit."""
    talk = Conversation(narrow)
    talk.student(
        "import numpy as np, resource\nused = resource.getrlimit(resource.RLIMIT_AS)[0] - 60 * 2**20\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used, used))\ndef right(): return 3"
    )
    assert [each["ename"] for each in talk.student("np.ones(8 * 10**6).sum()")] == ["MemoryError"]
    assert talk.passes("assert right() == 3")
    talk.examiner.close()
    narrow.end()


def test_what_processes_share_counts_once(small: Sandbox) -> None:
    source = """
import os, time
kept = bytearray(os.urandom(2**20)) * 100
for _ in range(12):
    if os.fork() == 0:
        time.sleep(1)
        os._exit(0)
for _ in range(12):
    os.wait()
"""
    assert how_it_ends(small, source) == ""


def test_who_uses_more_than_a_core_stands_still_until_it_has_been_made_up_for() -> None:
    spinning = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    try:
        numbers = [process.pid for process in spinning]
        now = time.monotonic()
        watch = Watch(Limits(), numbers[0], began=now + 3600)  # an hour in advance
        assert watch.look(numbers, now) == ""
        for process in spinning:
            assert _reaches(process.pid, psutil.STATUS_STOPPED)
            assert psutil.Process(process.pid).nice() == LEAST
        assert watch.look(numbers, now + 7200) == ""
        for process in spinning:
            assert _reaches(process.pid, psutil.STATUS_RUNNING)
    finally:
        for process in spinning:
            process.send_signal(signal.SIGKILL)
            process.wait()


def _reaches(number: int, status: str) -> bool:
    """Wait for a process to be in a state, which the kernel may take a moment for."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if psutil.Process(number).status() == status:
            return True
    return False
