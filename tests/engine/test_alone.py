"""Nothing passes from one submission to the next: they share no open file, and no loop."""

from __future__ import annotations

import contextlib
from typing import Any

from conversation import Conversation

from autograder.engine.examiner.handles import StudentError
from autograder.engine.wall.sandbox import Sandbox

LEAVE_A_TRACE = """
import fcntl, os, stat
for number in range(128):
    try:
        mode = os.fstat(number).st_mode
        fcntl.fcntl(number, fcntl.F_SETFL, fcntl.fcntl(number, fcntl.F_GETFL) | os.O_APPEND | os.O_NONBLOCK)
        if stat.S_ISREG(mode):
            os.lseek(number, 17, os.SEEK_SET)
    except OSError:
        pass
"""
WRITE_INTO_ALL = """
import os
for number in range(3, 128):
    try:
        os.write(number, b"x" * 93)
    except OSError:
        pass
"""
LOOK_FOR_TRACES = """
import fcntl, os, stat
found = []
for number in range(128):
    try:
        flags, about = fcntl.fcntl(number, fcntl.F_GETFL), os.fstat(number)
    except OSError:
        continue
    if flags & os.O_NONBLOCK and not stat.S_ISSOCK(about.st_mode):
        found.append((number, "flags"))
    if stat.S_ISREG(about.st_mode) and flags & os.O_ACCMODE == os.O_RDONLY:
        if os.lseek(number, 0, os.SEEK_CUR) == 17:
            found.append((number, "place"))
    kinds = {stat.S_ISREG: "file", stat.S_ISSOCK: "socket", stat.S_ISCHR: "device"}
    if not any(test(about.st_mode) for test in kinds):
        found.append((number, oct(about.st_mode)))
"""


def value(talk: Conversation, name: str) -> Any:
    return talk.examiner.ask("name", name)


def test_two_submissions_share_no_open_file(sandbox: Sandbox) -> None:
    first = Conversation(sandbox)
    first.student(LEAVE_A_TRACE)
    first.examiner.close()
    sandbox.end()
    second = Conversation(sandbox)
    second.student(LOOK_FOR_TRACES)
    assert value(second, "found") == []
    second.examiner.close()
    sandbox.end()


def test_a_submission_that_writes_into_all_that_is_open_breaks_nobody_elses_await(sandbox: Sandbox) -> None:
    writer = Conversation(sandbox)
    with contextlib.suppress(StudentError):  # it spoils its own link too
        writer.student(WRITE_INTO_ALL)
    writer.examiner.close()
    sandbox.end()
    honest = Conversation(sandbox)
    assert honest.student("import asyncio\nawait asyncio.sleep(0)\n5")[-1]["data"] == {"text/plain": "5"}
    outputs = honest.student("%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.title('Żółw');")
    assert str(outputs[-1]["data"]["image/png"]).startswith("iVBOR")  # the fonts can still be read
    honest.examiner.close()
    sandbox.end()
