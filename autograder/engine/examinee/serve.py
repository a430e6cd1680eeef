"""The student's side: runs cells, and does with the student's objects what the examiner asks for."""

from __future__ import annotations

import builtins
import contextlib
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.engine.examinee.borrowed import Borrowed, borrow
from autograder.engine.wire.frames import Channel, Closed, ProtocolError
from autograder.engine.wire.link import Link, Message
from autograder.engine.wire.mirror import Mirror
from autograder.engine.wire.values import BadValue, NotPlain, plain_array


class Things(Mirror):
    """What the examiner holds handles on, by number."""

    def __init__(self, side: Examinee) -> None:
        super().__init__(first=2)
        self.side = side
        self.things: dict[int, Any] = {}
        self.known: dict[int, int] = {}
        self.borrowed: dict[int, Borrowed] = {}

    def pack_other(self, value: Any) -> Any:
        """Return a handle's message for an object of the student's."""
        if isinstance(value, Borrowed):
            return ["f", vars(value)["_number"]]
        number = self.known.get(id(value))
        if number is None:
            number, self.next = self.next, self.next + 2
            self.things[number] = value
            self.known[id(value)] = number
        return ["h", number, type(value).__name__[:80]]

    def unpack_other(self, message: list[Any]) -> Any:
        """Return the object behind a handle, or the stand-in for what the examiner lends."""
        if message[0] == "h":
            return self.things[message[1]]
        number = message[1]
        if number not in self.borrowed:
            of_object = message[0] == "o"
            self.borrowed[number] = (borrow if of_object else Borrowed)(self.side, number, *message[2:])
        return self.borrowed[number]

    def forget(self, numbers: Any) -> None:
        """Let objects go."""
        super().forget(numbers)
        for number in numbers:
            if number in self.things:
                self.known.pop(id(self.things.pop(number)), None)


class Talk(Link):
    """The examinee's end of the link."""

    def drop(self, numbers: list[int]) -> None:
        """Let go what the examiner has dropped."""
        self.mirror.forget(numbers)


class Examinee:
    """Answers one examiner until it hangs up."""

    def __init__(self, channel: Channel, shell: Any) -> None:
        self.shell = shell
        self.link = Talk(channel, Things(self))
        self.busy = False
        self.failure: BaseException | None = None

    def serve(self) -> None:
        """Answer requests until the examiner hangs up."""
        try:
            while True:
                self.answer(self.link.hear())
        except Closed:
            return

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
        self.link.say("callback", plain, [args, tuple(kwargs.items())])
        while True:
            message = self.link.hear()
            if message.kind == "result":
                self.busy = True
                return message.values[0]
            if message.kind == "raise":
                self.busy = True
                kind, text = message.plain
                raise getattr(builtins, kind)(text)
            self.answer(message)

    def answer(self, message: Message) -> None:
        """Do what one request asks for, and say how it ended."""
        try:
            self.busy = True
            value = OPERATIONS[message.kind](self, message)
            self.busy = False
            self.link.say("value", self.shell.take_outputs(), [value])
        except Closed:
            raise
        except (NotPlain, ProtocolError) as error:
            self.busy = False
            self._fail(TypeError(f"what came back is {error}, which can't be handed over to the examiner"))
        except BaseException as error:  # whatever the student's code raises, SystemExit included
            self.busy = False
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
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


def _thing(side: Examinee, message: Message) -> Any:
    things = side.link.mirror
    assert isinstance(things, Things)
    return things.things[message.plain]


def _attribute(side: Examinee, message: Message) -> Any:
    return getattr(_thing(side, message), message.values[0])


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


def _array(side: Examinee, message: Message) -> Any:
    thing = _thing(side, message)
    array = np.asarray(thing)
    if not plain_array(array):
        raise TypeError(f"a {type(thing).__name__} is no array of numbers")
    return array


def _pair(side: Examinee, message: Message) -> Any:
    name, other = message.values
    return getattr(operator, name)(_thing(side, message), other)


def _cell(side: Examinee, message: Message) -> Any:
    source, count = message.values
    return side.shell.execute(source, count)


def _begin(side: Examinee, message: Message) -> None:
    side.shell.begin(message.plain)


def _aside(side: Examinee, message: Message) -> tuple[tuple[str, str], ...]:
    return tuple(side.shell.recogniser.aside.items())


def _traceback(side: Examinee, message: Message) -> tuple[str, ...]:
    return tuple(side.shell.student_traceback(side.failure)) if side.failure is not None else ()


def _on_thing(function: Callable[..., Any]) -> Callable[[Examinee, Message], Any]:
    return lambda side, message: function(_thing(side, message), *message.values)


OPERATIONS: dict[str, Callable[[Examinee, Message], Any]] = {
    "begin": _begin,
    "aside": _aside,
    "cell": _cell,
    "name": _name,
    "getattr": _attribute,
    "setattr": _set_attribute,
    "call": _call,
    "calls": _calls,
    "array": _array,
    "operator": _pair,
    "traceback": _traceback,
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

    A SIGINT stops the student's code.
    """
    import signal

    side = Examinee(channel, shell)

    def interrupt(number: int, frame: Any) -> None:
        if side.busy:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    with contextlib.suppress(ProtocolError, BadValue):
        side.serve()
