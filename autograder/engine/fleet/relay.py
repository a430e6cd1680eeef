"""A grading process that is fed through its standard input, one submission after another.

Both ends are the instructor's own processes on one machine, which is why the frames are pickles.
"""

from __future__ import annotations

import pickle
import struct
import subprocess
import sys
from typing import IO, Any

from autograder.engine.examiner.job import Job, Result
from autograder.engine.wall.premises import Premises, SandboxError

LENGTH = struct.Struct("!Q")


def ask(process: subprocess.Popen[bytes], job: Job, premises: Premises) -> Result:
    """Have a process of this module grade one submission.

    Raises:
        SandboxError: if there is no sandbox, or the process has ended.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        _write(process.stdin, (job, premises))
        answer = _read(process.stdout)
    except (OSError, EOFError):
        raise SandboxError("the grading process on a cluster's machine has ended") from None
    if isinstance(answer, SandboxError):
        raise answer
    assert isinstance(answer, Result)
    return answer


def _write(stream: IO[bytes], value: Any) -> None:
    data = pickle.dumps(value)
    stream.write(LENGTH.pack(len(data)) + data)
    stream.flush()


def _read(stream: IO[bytes]) -> Any:
    header = stream.read(LENGTH.size)
    if len(header) < LENGTH.size:
        raise EOFError
    return pickle.loads(stream.read(LENGTH.unpack(header)[0]))


def main() -> None:
    """Grade what comes in until it ends."""
    from autograder.engine.fleet import warm, worker  # noqa: F401 - warm imports what workers need

    answers = sys.stdout.buffer
    sys.stdout = sys.stderr
    while True:
        try:
            job, premises = _read(sys.stdin.buffer)
        except EOFError:
            return
        try:
            _write(answers, worker.grade_here(job, premises))
        except SandboxError as error:
            _write(answers, error)


if __name__ == "__main__":
    main()
