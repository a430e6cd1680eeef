"""The instructor's side: asks the student's process, with a deadline on every exchange."""

from __future__ import annotations

import builtins
import contextlib
import hashlib
import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograder.engine.examiner.handles import Gone, Handle, Handles, StudentError, TooSlow, student_error
from autograder.engine.examiner.lent import Lent, is_object, open_names
from autograder.engine.examiner.patience import Patience
from autograder.engine.wire.frames import Channel, Closed, Late, ProtocolError, TooLong
from autograder.engine.wire.link import Link, Message
from autograder.engine.wire.mirror import Mirror
from autograder.engine.wire.outputs import checked
from autograder.engine.wire.protocols import EQUAL, OPERATORS, PROTOCOLS
from autograder.engine.wire.values import BadValue, NotPlain, pack_atom

RAISED = (
    *(
        ArithmeticError,
        AssertionError,
        AttributeError,
        IndexError,
        KeyError,
        LookupError,
        NameError,
        TypeError,
    ),
    *(NotImplementedError, RuntimeError, StopIteration, ValueError, ZeroDivisionError),
)
KNOWN = frozenset({*PROTOCOLS, *OPERATORS, EQUAL})
BUILTINS = {"print": print, "input": input}
STDIN = sys.stdin
MOST_METHODS = 100  # of one object, that may come unasked
MOMENT = 0.3  # seconds between two looks at what runs
# Seconds that interrupted code has to stop before its process is ended: IPython needs half a second of a
# processor to show where it was, which a busy machine may give it in five; nobody loses later marks for that.
GRACE = 10.0


class Belongings(Mirror):
    """Handles on the student's objects, and what of the examiner's was handed over."""

    def __init__(self, examiner: Examiner) -> None:
        super().__init__(first=1)
        self.examiner = examiner
        self.handles = Handles(examiner)
        self.lent = Lent()
        self.dealt: dict[int, Any] = {}  # of one message, the random generators in it

    def pack_other(self, value: Any) -> Any:
        """Return a message for a function or an object; raises what `Lent.message` raises."""
        return self.lent.message(value)

    def pack(self, value: Any, new: dict[int, Any], depth: int = 0) -> Any:
        """Pack as Mirror does; a random generator goes on elsewhere after its state has been shown."""
        if issubclass(type(value), Handle):  # whatever class it says that it is of
            return ["h", value._number]
        if type(value) is np.random.Generator:
            if id(value) not in self.dealt:
                self.dealt[id(value)] = [*pack_atom(value), len(self.dealt)]
                self.examiner.move_on(value)
            return self.dealt[id(value)]
        return super().pack(value, new, depth)

    def unpack_other(self, message: list[Any]) -> Any:
        """Return the handle, the function or the object that a message names."""
        if message[0] == "h" and len(message) == 7:
            _, number, kind, able, claim, hash_, methods = message
            known = type(able) is list and all(name in KNOWN for name in able if type(name) is str)
            if (
                (type(number) is int and number > 0 and number % 2 == 0)
                and (type(kind) is str and known and all(type(name) is str for name in able))
                and (type(claim) is str and len(claim) < 200 and type(hash_) in (int, bool))
            ):
                handle = self.handles.get(number, _identifier(kind), able, claim, hash_)
                for name, method in _pairs(methods):
                    handle._methods.setdefault(name, self._method(method))
                return handle
        if message[0] == "f" and len(message) == 2:
            return self.lent.thing(message[1])
        raise BadValue("no such object")

    def _method(self, message: Any) -> Handle:
        """Return a method that was told with its object."""
        if type(message) is list and len(message) == 7 and message[:1] == ["h"] and message[6] == []:
            found: Handle = self.unpack_other(message)
            if found._kind == "method":
                return found
        raise BadValue("no method")


class Line(Link):
    """The examiner's end of the link."""

    mirror: Belongings

    def say(self, kind: str, plain: Any = None, values: Any = (), deadline: float | None = None) -> None:
        """Send one message; a random generator that it holds twice is one on the other side, too."""
        self.mirror.dealt = {}
        super().say(kind, plain, values, deadline)

    def dropped(self) -> list[int]:
        """Return what the student's side may forget: containers and objects that no test holds any more."""
        return self.mirror.release() + self.mirror.handles.take_gone()


class Examiner:
    """One conversation with one student's process.

    Args:
        channel: the connection to it.
        interrupt: makes the student's code stop what it is doing, from outside; with True, only where a
            function runs that had to be stopped before.
        patience: how long it may keep one waiting.
        pictures: what the solution's figures look like, in base64, by the hashes of their descriptions.

    Attributes:
        gone: why the student's process can't answer any more, or None.
    """

    def __init__(
        self,
        channel: Channel,
        interrupt: Callable[[bool], None],
        patience: Patience | None = None,
        pictures: Mapping[str, str] | None = None,
    ) -> None:
        self.link = Line(channel, Belongings(self))
        self.interrupt = interrupt
        self.patience = patience or Patience()
        self.pictures = pictures or {}
        self.lent_builtins: dict[str, Any] = {}
        self.gone: str | None = None
        self.heard = 0  # questions of the student's code so far
        self._until = math.inf
        self._secret = ""
        self._take: Callable[[list[dict[str, Any]]], None] = lambda items: None

    @contextlib.contextmanager
    def collecting(self, take: Callable[[list[dict[str, Any]]], None]) -> Iterator[None]:
        """Hand what the student's code puts out to a function, for a while."""
        before, self._take = self._take, take
        try:
            yield
        finally:
            self._take = before

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Allow what is asked for a while no more than so many seconds in all."""
        before, self._until = self._until, min(self._until, time.monotonic() + seconds)
        try:
            yield
        finally:
            self._until = before

    @contextlib.contextmanager
    def separated(self, secret: str) -> Iterator[None]:
        """Send random generators on by a way that depends on a text which the student doesn't know."""
        before, self._secret = self._secret, secret
        try:
            yield
        finally:
            self._secret = before

    def give_up(self, why: str) -> None:
        """Ask nothing any more: the student's process has ended, or has to."""
        self.gone = why

    def ask(self, kind: str, plain: Any = None, values: Any = ()) -> Any:
        """Ask for one thing and return the answer.

        Raises:
            StudentError: if the student's code raised; an instance of the built-in class as well.
            TooSlow: if it took longer than `patience`; it has been interrupted.
            Gone: if the student's process has ended.
        """
        if self.gone is not None:
            raise Gone("ProcessEnded", self.gone)
        if self.link.hearing:  # a container of theirs whose members would have to be compared by them
            raise BadValue("members of a set or keys of a dict with one hash")
        began = time.monotonic()
        if began >= self.patience.until:
            self.gone = "the time for this submission was used up"
            raise Gone("ProcessEnded", self.gone)
        if began >= self._until:
            raise TooSlow("CellTimeoutError", "there is no time left to ask this")
        deadline = min(self.patience.deadline(), self._until)
        if kind != "replace":
            self._lend_builtins()
        try:
            try:
                self.link.say(kind, plain, values, deadline)
                return self._wait(deadline, kind)
            except Late:
                return self._interrupted(began)
        except (
            TooLong
        ) as error:  # the test's own data: neither the end of the conversation nor anyone's fault
            raise NotPlain(str(error)) from None
        except (Closed, ProtocolError, BadValue) as error:
            self._lose(error)

    def _lend_builtins(self) -> None:
        """Where a test has put another `print`, `input` or stdin in place, let it be so there too."""
        for name, usual in BUILTINS.items():
            function = getattr(builtins, name)
            stands_in = function if function is not usual else None
            if name == "input" and stands_in is None and sys.stdin is not STDIN:
                stands_in = usual
            if stands_in is not self.lent_builtins.get(name):
                self.lent_builtins[name] = stands_in
                self.ask("replace", name, [stands_in])

    def ask_each(self, things: Sequence[Any], questions: Sequence[tuple[Any, ...]], method: str) -> list[Any]:
        """Have several things called, or one method of each, in one message; return what comes back.

        Raises:
            StudentError: the first that is raised; what would have come after it isn't asked.
        """
        pairs = [(thing, tuple(question)) for thing, question in zip(things, questions, strict=True)]
        return self._of_each(self.ask("calls", method, pairs), len(pairs))

    def read_each(self, things: Sequence[Any], name: str) -> list[Any]:
        """Have an attribute of several things read in one message; raises what `ask_each` raises."""
        return self._of_each(self.ask("attributes", name, [tuple(things)]), len(things))

    def _of_each(self, answers: Any, count: int) -> list[Any]:
        """Return answers if there is one to each question: a test looks at as many as there are."""
        if type(answers) is not tuple or len(answers) != count:
            raise StudentError("ProtocolError", "what came back is not an answer to each question")
        return list(answers)

    def run_cell(self, source: str, count: int) -> None:
        """Have the student's process run one of the student's cells; raises what `ask` raises."""
        try:
            self.ask("cell", None, [source, count])
        finally:
            self.link.mirror.restore()

    def close(self) -> None:
        """Hang up."""
        self.link.channel.close()

    def _wait(self, deadline: float, kind: str) -> Any:
        """Wait for the answer, and have what hung before stopped on the way."""
        looked = False
        while True:
            try:
                with self._stopping(looked):
                    return self._answer(min(deadline, self.patience.next_look()), kind, deadline)
            except Late:
                if time.monotonic() >= deadline:
                    raise
                self.interrupt(True)
                looked = True

    @contextlib.contextmanager
    def _stopping(self, looked: bool) -> Iterator[None]:
        """Say that a function that hung before was stopped, where a look has ended in that."""
        try:
            yield
        except StudentError as error:
            if looked and error.name == "KeyboardInterrupt":
                raise TooSlow("CellTimeoutError", f"stopped: {self.patience.said()}") from None
            raise

    def _answer(self, listen: float, kind: str, deadline: float) -> Any:
        """Listen for the answer; what the student's code asks meanwhile gets its own answer."""
        while True:
            message = self.link.hear(listen)
            if message.kind in ("callback", "picture"):
                self.heard += 1
                if message.kind == "callback":
                    self._call_back(message, deadline)
                else:
                    known = self.pictures.get(message.plain) if type(message.plain) is str else None
                    self._reply("result", [self.heard], [known], deadline)
                continue
            if message.kind == "value" and len(message.values) == 1:
                self._collect(message.plain)
                return message.values[0]
            if message.kind == "error":
                raise self._error(message, kind)
            raise ProtocolError(f"no answer is called {message.kind[:20]!r}")

    def _reply(self, kind: str, plain: list[Any], values: Sequence[Any], deadline: float) -> None:
        """Answer a question of the student's code, to its end: half an answer could not be stopped."""
        self.link.say(kind, plain, values, max(deadline, time.monotonic() + MOMENT))

    def _interrupted(self, began: float) -> Any:
        self.interrupt(True)
        with contextlib.suppress(Late), self._stopping(True):  # two looks, a moment apart, tell the loop
            return self._listen(MOMENT, "looked")
        self.interrupt(False)
        waited = time.monotonic() - began
        slow = TooSlow("CellTimeoutError", f"no answer within {waited:.0f} seconds (an endless loop?)")
        try:
            with contextlib.suppress(StudentError):
                self._listen(GRACE, "interrupted")
            self.link.say("hung", None, (), time.monotonic() + GRACE)
            found = self._listen(GRACE, "hung")
            named = found if type(found) is tuple else ()
            self.patience.hangs([name for name in named[:20] if type(name) is str and len(name) <= 300])
        except (Late, Closed, ProtocolError, BadValue, StudentError):
            self.patience.hangs([])
            self._lose(None)
        raise slow

    def _listen(self, seconds: float, kind: str) -> Any:
        until = time.monotonic() + seconds
        return self._answer(until, kind, until)

    def _lose(self, error: Exception | None) -> None:
        if isinstance(error, ProtocolError | BadValue):
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
        found = student_error(_identifier(name), [str(base) for base in bases[:20]], str(text), args)
        found.detail = self._detail
        return found

    def _detail(self) -> Any:
        """Ask what the course's part inside says of the last error."""
        try:
            return self.ask("detail")
        except (StudentError, NotPlain):
            return None

    def _collect(self, outputs: Any) -> None:
        try:
            self._take(checked(outputs, self.link.channel.limits.displays))
        except ValueError as error:
            raise ProtocolError(str(error)) from None

    def _call_back(self, message: Message, deadline: float) -> None:
        """Do what the student's code asks of a function or an object of the examiner's."""
        plain, mirror, mine = message.plain, self.link.mirror, self.heard
        if not (type(plain) is list and len(plain) == 4 and len(message.values) == 2):
            raise ProtocolError("a call that is none")
        number, what, name, outputs = plain
        thing = mirror.lent.thing(number)
        self._collect(outputs)
        args, pairs = map(mirror.copies, message.values)
        try:
            try:
                result = mirror.lent.use(number, what, name, args, dict(pairs))
            finally:
                mirror.settle()
            opened = what == "get" and name in open_names(thing)
            if is_object(thing) and not opened:
                result = mirror.snapshot(result)
            self._reply("result", [mine], [result], deadline)
            if opened:
                mirror.open_up(result)
        except TooLong as error:
            self._reply("raise", [mine, "ValueError", str(error)], (), deadline)
        except (Closed, Late, ProtocolError, BadValue, Gone):
            raise
        except Exception as error:  # the student's arguments don't suit the thing
            self._reply("raise", [mine, *_raised(error)], (), deadline)

    def move_on(self, generator: np.random.Generator) -> None:
        """Send a generator elsewhere, by a way that needs the secret: the student has seen its state."""
        state = repr(generator.bit_generator.state)
        digest = hashlib.sha256(f"{self._secret}\n{state}".encode()).digest()
        fresh = type(generator.bit_generator)(np.random.SeedSequence(list(digest)))
        generator.bit_generator.state = fresh.state


class StudentStop(StudentError, StopIteration):  # noqa: N818
    """The student's iterator has no more items."""


def _pairs(message: Any) -> list[tuple[str, Any]]:
    """Return names, each with a message; raise BadValue if it says something else."""
    if type(message) is not list or len(message) > MOST_METHODS:
        raise BadValue("not the methods of an object")
    for pair in message:
        if type(pair) is not list or len(pair) != 2 or type(pair[0]) is not str:
            raise BadValue("not a method")
    return [(name, method) for name, method in message]


def _identifier(name: Any) -> str:
    """Return the name of a class if it is one that Python can have, so that classes can be named by it."""
    return (
        name if type(name) is str and name.isidentifier() and name.isascii() and len(name) < 80 else "object"
    )


def _raised(error: Exception) -> list[str]:
    """Return the built-in class of an error of the examiner's, and its text, for the student's code."""
    kinds = (kind.__name__ for kind in type(error).__mro__ if kind in RAISED)
    kind = next(kinds, "RuntimeError")
    text = str(error) if type(error).__name__ == kind else f"{type(error).__name__}: {error}"
    return [kind, text[:2000]]
