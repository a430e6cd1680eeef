"""The instructor's side: asks the student's process, with a deadline on every exchange."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.engine.examiner.handles import Gone, Handle, Handles, StudentError, TooSlow, student_error
from autograder.engine.wire.frames import Channel, Closed, Late, ProtocolError
from autograder.engine.wire.link import Link, Message
from autograder.engine.wire.mirror import Mirror
from autograder.engine.wire.outputs import checked
from autograder.engine.wire.values import BadValue, NotPlain, pack_atom

GRACE = 2.0  # seconds that interrupted code has to stop before its process is ended


class Belongings(Mirror):
    """Handles on the student's objects, and functions of the examiner's that were handed over."""

    def __init__(self, examiner: Examiner) -> None:
        super().__init__(first=1)
        self.examiner = examiner
        self.handles = Handles(examiner)
        self.functions: list[Any] = []

    def pack_other(self, value: Any) -> Any:
        """Return a message for a handle or a function.

        Raises:
            NotPlain: for anything else; the message is for the author of the test.
        """
        if isinstance(value, Handle):
            return ["h", value._number]
        if callable(value) and (not isinstance(value, type) or value.__module__ == "builtins"):
            for number, known in enumerate(self.functions):
                if known is value:
                    return ["f", number, _name(value)]
            self.functions.append(value)
            return ["f", len(self.functions) - 1, _name(value)]
        raise NotPlain(
            f"a test can't hand {type(value).__name__} to the student's code: numbers, strings, lists, "
            "dicts, arrays, functions and the student's own objects can be handed over"
        )

    def pack(self, value: Any, new: dict[int, Any], depth: int = 0) -> Any:
        """Pack as Mirror does; a random generator goes on elsewhere after its state has been shown."""
        if type(value) is np.random.Generator:
            packed = pack_atom(value)
            self.examiner.move_on(value)
            return packed
        return super().pack(value, new, depth)

    def unpack_other(self, message: list[Any]) -> Any:
        """Return the handle or the function that a message names."""
        if message[0] == "h" and len(message) == 3:
            _, number, kind = message
            if type(number) is int and number > 0 and number % 2 == 0 and type(kind) is str:
                return self.handles.get(number, _identifier(kind))
        if message[0] == "f" and len(message) == 2 and message[1] in range(len(self.functions)):
            return self.functions[message[1]]
        raise BadValue("no such object")


class Line(Link):
    """The examiner's end of the link."""

    mirror: Belongings

    def dropped(self) -> list[int]:
        """Return what the student's side may forget: containers and objects that no test holds any more."""
        return self.mirror.release() + self.mirror.handles.take_gone()


class Examiner:
    """One conversation with one student's process.

    Args:
        channel: the connection to it.
        interrupt: makes the student's code stop what it is doing, from outside.
        patience: seconds that one exchange may take.
        until: when the whole submission has to be finished (`time.monotonic()`).
        secret: text that the student doesn't know; it separates random streams.
    """

    def __init__(
        self,
        channel: Channel,
        interrupt: Callable[[], None],
        patience: float = 30.0,
        until: float = float("inf"),
        secret: str = "",
    ) -> None:
        self.link = Line(channel, Belongings(self))
        self.interrupt = interrupt
        self.patience = patience
        self.until = until
        self.secret = secret
        self.gone: str | None = None  # why the student's process can't answer any more
        self.sink: Callable[[list[dict[str, Any]]], None] = lambda items: None  # takes the student's outputs

    def ask(self, kind: str, plain: Any = None, values: Any = ()) -> Any:
        """Ask for one thing and return the answer.

        Raises:
            StudentError: if the student's code raised; an instance of the built-in class as well.
            TooSlow: if it took longer than `patience`; it has been interrupted.
            Gone: if the student's process has ended.
        """
        if self.gone is not None:
            raise Gone("ProcessEnded", self.gone)
        deadline = min(time.monotonic() + self.patience, self.until)
        try:
            self.link.say(kind, plain, values, deadline)
            return self._answer(deadline, kind)
        except Late:
            return self._interrupted()
        except (Closed, ProtocolError) as error:
            self._lose(error)

    def run_cell(self, source: str, count: int) -> None:
        """Have the student's process run one of the student's cells; raises what `ask` raises."""
        try:
            self.ask("cell", None, [source, count])
        finally:
            self.link.mirror.restore()

    def close(self) -> None:
        """Hang up."""
        self.link.channel.close()

    def _answer(self, deadline: float, kind: str) -> Any:
        while True:
            message = self.link.hear(deadline)
            if message.kind == "callback":
                self._call_back(message, deadline)
                continue
            if message.kind == "value" and len(message.values) == 1:
                self._collect(message.plain)
                return message.values[0]
            if message.kind == "error":
                raise self._error(message, kind)
            raise ProtocolError(f"no answer is called {message.kind[:20]!r}")

    def _interrupted(self) -> Any:
        self.interrupt()
        slow = TooSlow("CellTimeoutError", f"no answer within {self.patience:.0f} seconds (an endless loop?)")
        try:
            self._answer(time.monotonic() + GRACE, "interrupted")
        except StudentError:
            pass
        except (Late, Closed, ProtocolError):
            self._lose(None)
        raise slow

    def _lose(self, error: Exception | None) -> None:
        if isinstance(error, ProtocolError):
            self.gone = f"the student's process sent something that is no answer ({error})"
        elif error is None:
            self.gone = "the student's process could not be stopped by an interrupt, and was ended"
        else:
            self.gone = "the student's process has ended"
        raise Gone("ProcessEnded", self.gone)

    def _error(self, message: Message, kind: str) -> StudentError:
        plain = message.plain
        if not (type(plain) is list and len(plain) == 4 and type(plain[1]) is list):
            raise ProtocolError("an error that is none")
        name, bases, text, outputs = plain
        self._collect(outputs)
        args = message.values[0] if message.values and type(message.values[0]) is tuple else ()
        if kind == "next" and name == "StopIteration":
            return StudentStop(name, "")
        return student_error(_identifier(name), [str(base) for base in bases[:20]], str(text), args)

    def _collect(self, outputs: Any) -> None:
        try:
            self.sink(checked(outputs))
        except ValueError as error:
            raise ProtocolError(str(error)) from None

    def _call_back(self, message: Message, deadline: float) -> None:
        plain, functions = message.plain, self.link.mirror.functions
        if not (
            type(plain) is list and len(plain) == 2 and type(plain[0]) is int and len(message.values) == 2
        ):
            raise ProtocolError("a call that is none")
        if not 0 <= plain[0] < len(functions):
            raise ProtocolError("a call of no function")
        self._collect(plain[1])
        args, pairs = map(self.link.mirror.copies, message.values)
        try:
            try:
                result = functions[plain[0]](*args, **dict(pairs))
            finally:
                self.link.mirror.settle()
            self.link.say("result", None, [result], deadline)
        except (Closed, Late, ProtocolError, Gone):
            raise
        except Exception as error:  # the student's arguments don't suit the function
            self.link.say("raise", f"{type(error).__name__}: {error}"[:2000], deadline=deadline)

    def move_on(self, generator: np.random.Generator) -> None:
        """Send a generator elsewhere, by a way that needs the secret: the student has seen its state."""
        state = repr(generator.bit_generator.state)
        digest = hashlib.sha256(f"{self.secret}\n{state}".encode()).digest()
        fresh = type(generator.bit_generator)(np.random.SeedSequence(list(digest)))
        generator.bit_generator.state = fresh.state


class StudentStop(StudentError, StopIteration):  # noqa: N818
    """The student's iterator has no more items."""


def _identifier(name: Any) -> str:
    """Return the name of a class if it is one that Python can have, so that classes can be named by it."""
    return (
        name if type(name) is str and name.isidentifier() and name.isascii() and len(name) < 80 else "object"
    )


def _name(function: Any) -> str:
    return str(getattr(function, "__name__", type(function).__name__))[:80]
