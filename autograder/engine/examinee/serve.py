"""The student's side: runs cells, and does with the student's objects what the examiner asks for."""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import copy
import inspect
import operator
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import numpy as np

from autograder.engine.examinee.hangs import Hangs
from autograder.engine.examinee.reserve import BROKEN_OFF, let_go
from autograder.engine.examinee.things import Things
from autograder.engine.wire.frames import Channel, Closed, ProtocolError
from autograder.engine.wire.link import Link, Message
from autograder.engine.wire.values import BadValue, NotPlain, plain_array

ANSWERS = ("result", "raise")  # what the examiner says to a question of the student's code


class Talk(Link):
    """The examinee's end of the link."""

    mirror: Things

    def hear(self, deadline: float | None = None) -> Message:
        """Wait for a message; random generators are known by number within one."""
        self.mirror.dealt = {}
        return super().hear(deadline)

    def drop(self, numbers: list[int]) -> None:
        """Let go what the examiner has dropped."""
        self.mirror.forget(numbers)


class Examinee:
    """Answers one examiner until it hangs up."""

    def __init__(self, channel: Channel, shell: Any) -> None:
        self.shell = shell
        self.link = Talk(channel, Things(self))
        self.busy = False
        self.engaged = False  # in the middle of a message: an interrupt waits for its end
        self.interrupted = False  # meanwhile
        self.asked = 0  # questions to the examiner so far
        self.hangs = Hangs()
        self.failure: BaseException | None = None

    def serve(self) -> None:
        """Answer requests until the examiner hangs up."""
        try:
            while True:
                message = self.link.hear()
                if message.kind not in ANSWERS:  # one to a question that was broken off comes too late
                    self.answer(message)
        except Closed:
            return

    def stop(self) -> None:
        """Break off the student's code, between two messages.

        Raises:
            KeyboardInterrupt: unless a message is half said or heard; then that is done by `_whole`.
        """
        if self.engaged:
            self.interrupted = True
        else:
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def _whole(self) -> Iterator[None]:
        """Say or hear one message to its end, and only then be interrupted."""
        self.engaged, self.interrupted = True, False
        try:
            yield
        finally:
            self.engaged = False
        if self.interrupted:
            raise KeyboardInterrupt

    def ask(self, number: int, what: str, name: str, args: Any, kwargs: Any) -> Any:
        """Ask the examiner to use a function or an object of its own; it may ask back before it answers.

        Args:
            number: of the thing.
            what: "call", "get" or "set".
            name: of the method or attribute; "" to call the thing itself.
            args: what a call gets, or the value to set.
            kwargs: the same by name.

        Raises:
            Exception: of the built-in class that the examiner's code raised.
        """
        plain = [number, what, name, self.shell.take_outputs()]
        return self._question("callback", plain, [args, tuple(kwargs.items())])

    def picture(self, key: str) -> str | None:
        """Return the examiner's picture of a figure, or None; what another thread draws isn't asked for."""
        if not self.busy or threading.current_thread() is not threading.main_thread():
            return None
        found = self._question("picture", key, [])
        return found if isinstance(found, str) else None

    def _question(self, kind: str, plain: Any, values: list[Any]) -> Any:
        """Ask the examiner, wait for the answer to this very question, and answer what it asks before."""
        with self._whole():
            self.asked += 1
            mine = self.asked
            self.link.say(kind, plain, values)
        while True:
            self.link.channel.await_any()
            with self._whole():
                message = self.link.hear()
            if message.kind not in ANSWERS:
                self.answer(message)
                self.busy = True
            elif message.plain[0] == mine:
                if message.kind == "result":
                    return message.values[0]
                _, name, text = message.plain
                raise getattr(builtins, name)(text)

    def answer(self, message: Message) -> None:
        """Do what one request asks for, and say how it ended."""
        try:
            self.busy = True
            self.shell.reserve.close()
            value = OPERATIONS[message.kind](self, message)
            self.busy = False
            self.shell.reserve.lift()
            self.link.say("value", self.shell.take_outputs(), [value])
        except Closed:
            raise
        except BaseException as error:  # whatever the student's code raises, SystemExit included
            self.shell.reserve.open()  # first of all: whatever else is done needs memory
            self.busy = False
            self.hangs.forget()
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if isinstance(error, NotPlain | ProtocolError):
            error = TypeError(f"what came back is {error}, which can't be handed over to the examiner")
        elif isinstance(error, BROKEN_OFF):
            let_go(error)
        self.failure = error
        bases = [c.__name__ for c in type(error).__mro__ if c.__module__ == "builtins"]
        plain = [type(error).__name__, bases, _message(error), self.shell.take_outputs()]
        try:
            self.link.say("error", plain, [tuple(error.args)])
        except (NotPlain, ProtocolError):
            self.link.say("error", plain, [(plain[2],)])


def _message(error: BaseException) -> str:
    try:
        return str(error)[:20_000]
    except Exception:
        return f"<{type(error).__name__} without a readable message>"


def _name(side: Examinee, message: Message) -> Any:
    name = message.plain
    if name in side.shell.user_ns:
        return side.shell.user_ns[name]
    raise NameError(f"name '{name}' is not defined")


def _bind(side: Examinee, message: Message) -> None:
    (side.shell.user_ns[message.plain],) = message.values


def _thing(side: Examinee, message: Message) -> Any:
    return side.link.mirror.things[message.plain]


def _attribute(side: Examinee, message: Message) -> Any:
    return side.link.mirror.attribute(message.plain, message.values[0])


def _set_attribute(side: Examinee, message: Message) -> None:
    setattr(_thing(side, message), *message.values)


def _call(side: Examinee, message: Message) -> Any:
    args, kwargs = message.values
    return _thing(side, message)(*args, **dict(kwargs))


def _calls(side: Examinee, message: Message) -> Any:
    """Call several things, or one method of each, in turn: what one message can ask needn't take forty."""
    method, results = message.plain, []
    for thing, args in message.values:
        results.append((getattr(thing, method) if method else thing)(*args))
    return tuple(results)


def _attributes(side: Examinee, message: Message) -> Any:
    """Read one attribute of several things."""
    (things,) = message.values
    return tuple(getattr(thing, message.plain) for thing in things)


def _array(side: Examinee, message: Message) -> Any:
    """Return what NumPy makes of a thing; one of objects, too, for it takes a refusal for "not equal"."""
    thing = _thing(side, message)
    array = np.asarray(thing)
    if not plain_array(array) and array.dtype != object:
        raise TypeError(f"a {type(thing).__name__} is no array of numbers")
    return array


def _pair(side: Examinee, message: Message) -> Any:
    name, other = message.values
    return getattr(operator, name)(_thing(side, message), other)


def _unary(side: Examinee, message: Message) -> Any:
    return getattr(operator, message.values[0])(_thing(side, message))


def _signature(side: Examinee, message: Message) -> Any:
    """Return a signature as plain data: name, kind, whether there is a default, and the default."""
    return tuple(
        (
            part.name,
            int(part.kind),
            part.default is not part.empty,
            part.default if part.default is not part.empty else None,
        )
        for part in inspect.signature(_thing(side, message)).parameters.values()
    )


def _await(side: Examinee, message: Message) -> Any:
    """Run a coroutine of the student's to its end, in a loop of its own."""

    async def whole() -> Any:
        return await _thing(side, message)

    return asyncio.run(whole())


def _enter(side: Examinee, message: Message) -> Any:
    return _thing(side, message).__enter__()


def _exit(side: Examinee, message: Message) -> Any:
    """Leave a context; an error of the test's is told by its built-in class and its text."""
    (said,) = message.values
    error = getattr(builtins, said[0])(said[1]) if said else None
    return bool(_thing(side, message).__exit__(type(error) if error else None, error, None))


def _delete_attribute(side: Examinee, message: Message) -> None:
    delattr(_thing(side, message), *message.values)


def _instance(side: Examinee, message: Message) -> bool:
    return isinstance(message.values[0], _thing(side, message))


def _subclass(side: Examinee, message: Message) -> bool:
    return issubclass(message.values[0], _thing(side, message))


def _replace(side: Examinee, message: Message) -> None:
    """Let `print` or `input` be a function of the examiner's, or what it was before."""
    (function,) = message.values
    side.shell.replace_builtin(message.plain, function)


def _cell(side: Examinee, message: Message) -> Any:
    source, count = message.values
    done = side.shell.execute(source, count)
    side.hangs.forget()  # what was seen running would be held
    side.shell.let_go()
    return done


def _kernel(side: Examinee, message: Message) -> None:
    """Start another language's kernel, which runs the cells from now on."""
    from autograder.engine.examinee.kernel import Kernel

    side.shell.kernel = Kernel(message.plain)


def _begin(side: Examinee, message: Message) -> None:
    side.shell.begin(message.plain)
    side.hangs = Hangs(message.plain["hung"])
    side.shell.recogniser.ask = side.picture if "ask" in message.plain["pictures"] else None


def _hung(side: Examinee, message: Message) -> tuple[str, ...]:
    return tuple(side.hangs.functions)


def _pictures(side: Examinee, message: Message) -> tuple[tuple[str, str], ...]:
    return tuple(side.shell.recogniser.pictures(message.plain).items())


def _traceback(side: Examinee, message: Message) -> tuple[str, ...]:
    return tuple(side.shell.student_traceback(side.failure)) if side.failure is not None else ()


def _detail(side: Examinee, message: Message) -> Any:
    failure = side.failure
    return side.shell.detail(failure) if failure is not None else None


def _on_thing(function: Callable[..., Any]) -> Callable[[Examinee, Message], Any]:
    return lambda side, message: function(_thing(side, message), *message.values)


OPERATIONS: dict[str, Callable[[Examinee, Message], Any]] = {
    "begin": _begin,
    "kernel": _kernel,
    "hung": _hung,
    "pictures": _pictures,
    "cell": _cell,
    "name": _name,
    "bind": _bind,
    "getattr": _attribute,
    "setattr": _set_attribute,
    "call": _call,
    "calls": _calls,
    "attributes": _attributes,
    "array": _array,
    "operator": _pair,
    "traceback": _traceback,
    "detail": _detail,
    "delattr": _delete_attribute,
    "unary": _unary,
    "signature": _signature,
    "await": _await,
    "enter": _enter,
    "exit": _exit,
    "isinstance": _instance,
    "issubclass": _subclass,
    "replace": _replace,
    "copy": _on_thing(copy.copy),
    "deepcopy": _on_thing(copy.deepcopy),
    "str": _on_thing(str),
    "repr": _on_thing(repr),
    "dir": _on_thing(dir),
    "getitem": _on_thing(operator.getitem),
    "setitem": _on_thing(operator.setitem),
    "delitem": _on_thing(operator.delitem),
    "len": _on_thing(len),
    "iter": _on_thing(iter),
    "next": _on_thing(next),
    "bool": _on_thing(bool),
    "float": _on_thing(float),
    "int": _on_thing(int),
    "index": _on_thing(operator.index),
}


def serve(channel: Channel, shell: Any) -> None:
    """Answer one examiner with one shell until it hangs up or can't be understood.

    A SIGINT stops the student's code; a SIGUSR1 does so where a function runs that had to be stopped before.
    """
    import signal

    side = Examinee(channel, shell)

    def interrupt(number: int, frame: FrameType | None) -> None:
        if side.busy:
            side.hangs.note(frame)
            side.stop()

    def look(number: int, frame: FrameType | None) -> None:
        if side.busy and side.hangs.look(frame):
            side.hangs.forget()
            side.stop()

    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGUSR1, look)
    with contextlib.suppress(ProtocolError, BadValue):
        side.serve()
