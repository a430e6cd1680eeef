"""A conversation about values: frames that carry plain data, new containers, changes and what was dropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autograder.engine.wire.frames import Channel, ProtocolError
from autograder.engine.wire.mirror import Mirror
from autograder.engine.wire.values import BadValue


@dataclass(frozen=True)
class Message:
    """What one side says: a kind, plain data for the engine, values for the people's code."""

    kind: str
    plain: Any
    values: list[Any]


class Link:
    """One end; the two ends speak in turns, so what they know of each other is never out of date."""

    def __init__(self, channel: Channel, mirror: Mirror) -> None:
        self.channel = channel
        self.mirror = mirror
        self.untold: list[int] = []  # dropped, and not yet said
        self.hearing = False  # a message is being taken apart: nothing can be said meanwhile

    def _expect_bounded(self, values: list[Any], new: dict[int, Any], changed: dict[int, Any]) -> None:
        """Look at the sizes of lists and dicts that came; arrays hold nothing but themselves."""
        nested = [n for table in (new, changed) for n, content in table.items() if content[0] != "a"]
        if nested or any(isinstance(value, tuple) for value in values):
            self.mirror.expect_bounded(values, self.channel.limits.parts, held=bool(nested))

    def dropped(self) -> list[int]:
        """Return the numbers that the other side need not keep any longer."""
        return []

    def drop(self, numbers: list[int]) -> None:
        """Forget what the other side has dropped."""

    def say(self, kind: str, plain: Any = None, values: Any = (), deadline: float | None = None) -> None:
        """Send one message, preceded by whatever changed here.

        Raises:
            NotPlain, ProtocolError: if a value can't be sent; nothing was sent then.
            Closed, Late: if the other side is gone or doesn't listen.
        """
        changed = self.mirror.changes()
        new: dict[int, Any] = {}
        try:
            self.mirror.fill_in(changed, new)
            self.untold += self.dropped()
            packed = [self.mirror.pack(value, new) for value in values]
            self.channel.send([kind, plain, packed, new, changed, self.untold], deadline)
            self.untold = []
        except (TypeError, ProtocolError):
            self.mirror.forget(new)
            for number in changed:
                if number in self.mirror.entries:
                    self.mirror.entries[number].agreed = None
            raise

    def hear(self, deadline: float | None = None) -> Message:
        """Wait for a message and take over its changes.

        Raises:
            ProtocolError: if it is malformed.
            Closed, Late: if there is none.
        """
        message = self.channel.receive(deadline)
        if type(message) is not list or len(message) != 6 or type(message[0]) is not str:
            raise ProtocolError("not a message")
        kind, plain, values, new, changed, dropped = message
        self.hearing = True
        try:
            self.mirror.learn(new)
            self.mirror.apply(changed)
            if type(values) is not list:
                raise BadValue("not a list of values")
            heard = Message(kind, plain, [self.mirror.unpack(value) for value in values])
            self._expect_bounded(heard.values, new, changed)
            self.drop(dropped)  # last: what the other side changed just before it let go is still applied
            return heard
        except (BadValue, RecursionError, OverflowError, MemoryError) as error:
            raise ProtocolError(str(error)) from None
        finally:
            self.hearing = False
