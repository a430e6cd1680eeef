"""Frames on a socket: msgpack behind a four-byte length, limited in size, with a deadline and no pickle."""

from __future__ import annotations

import select
import socket
import struct
import time
from typing import Any

import msgpack

from autograder.engine.wire.limits import Limits

MAX_ITEMS = 10**6
CHUNK = 2**16  # bytes that are asked for at once
SLACK = 0.25  # seconds that a message may be later than its deadline
LENGTH = struct.Struct("!I")


class ProtocolError(Exception):
    """The other side sent something that is no message."""


class TooLong(ProtocolError):  # noqa: N818 - said of a message that was not sent
    """What was to be sent is larger than one message may be."""


class Closed(Exception):  # noqa: N818 - the end of a conversation is an event, not a mistake
    """The other side is gone."""


class Late(Exception):  # noqa: N818
    """No message before the deadline."""


class _Parts:
    """Counts what a message holds while it is taken apart: a list of a byte takes a hundred in memory."""

    def __init__(self, most: int) -> None:
        self.left = most

    def seen(self, container: Any) -> Any:
        """Return a list or dict that has come to its end.

        Raises:
            ProtocolError: if there have been too many, or too much in them.
        """
        self.left -= len(container) + 1
        if self.left < 0:
            raise ProtocolError("a message of too many parts")
        return container


class Channel:
    """One end of a conversation between two processes.

    Args:
        connection: a stream socket.
        limits: how long a message may be; both ends have to have the same.
    """

    def __init__(self, connection: socket.socket, limits: Limits | None = None) -> None:
        self.connection = connection
        self.limits = limits or Limits()
        self._waits: float | None = -1.0  # what the connection's timeout is set to
        self._received = bytearray()
        self._packer = msgpack.Packer(use_bin_type=True, unicode_errors="surrogatepass")

    def send(self, message: Any, deadline: float | None = None) -> None:
        """Send one message.

        Args:
            message: nested lists and dicts of None, bool, int (64 bits), float, str and bytes.
            deadline: a time of `time.monotonic()`, or None to wait for ever.

        Raises:
            TooLong: if it is longer than a message may be; nothing has been sent then.
            Closed, Late: if it could not be delivered.
        """
        packed = self._packer.pack(message)
        if len(packed) > self.limits.message:
            allowed = f"{self.limits.message / 2**20:.0f} MB"
            raise TooLong(f"{len(packed) / 2**20:.0f} MB are too much for one message ({allowed})")
        try:
            self._wait(deadline)
            self.connection.sendall(LENGTH.pack(len(packed)) + packed)
        except TimeoutError:
            raise Late from None
        except OSError:
            raise Closed from None

    def receive(self, deadline: float | None = None) -> Any:
        """Return the next message.

        Raises:
            Late: if it is not complete at the deadline; what has come of it is kept for the next time.
            Closed: if the other side is gone.
            ProtocolError: if it is too long or isn't msgpack.
        """
        self._read(LENGTH.size, deadline)
        (length,) = LENGTH.unpack_from(self._received)
        if length > self.limits.message:
            raise ProtocolError(f"a message of {length} bytes")
        seen = _Parts(self.limits.parts).seen if length > self.limits.parts else None  # each takes a byte
        self._read(LENGTH.size + length, deadline)
        body = bytes(self._received[LENGTH.size : LENGTH.size + length])
        del self._received[: LENGTH.size + length]
        try:
            return msgpack.unpackb(
                body,
                list_hook=seen,
                object_hook=seen,
                raw=False,
                strict_map_key=False,
                unicode_errors="surrogatepass",
                max_array_len=MAX_ITEMS,
                max_map_len=MAX_ITEMS,
                max_ext_len=0,
            )
        except (ValueError, TypeError, msgpack.exceptions.UnpackException) as error:
            raise ProtocolError(f"not a message: {error}") from None

    def await_any(self) -> None:
        """Wait until something has come, for ever; nothing is taken, so this may be broken off."""
        if not self._received:
            select.select([self.connection], [], [])

    def close(self) -> None:
        """Hang up."""
        self.connection.close()

    def _wait(self, deadline: float | None) -> None:
        """Let the connection wait until the deadline, or up to SLACK longer: each change is a system call."""
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None:
            if left <= 0:
                raise TimeoutError
            if self._waits is not None and left <= self._waits <= left + SLACK:
                return
        elif self._waits is None:
            return
        self.connection.settimeout(left)
        self._waits = left

    def _read(self, size: int, deadline: float | None) -> None:
        """See to it that so many bytes have come, and wait only if they are too few."""
        while len(self._received) < size:
            try:
                self._wait(deadline)
                part = self.connection.recv(max(CHUNK, size - len(self._received)))
            except TimeoutError:
                raise Late from None
            except OSError:
                raise Closed from None
            if not part:
                raise Closed
            self._received += part
