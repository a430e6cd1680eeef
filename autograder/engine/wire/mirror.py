"""Arrays, lists and dicts that both sides hold: each side's changes reach the other with the next message.

A test cell may write `layer.params["weight"][...] = 0` or hand over an array that the student's code changes
in place. Both sides therefore number the containers that crossed, keep a copy of what they last agreed on,
and send what has changed since. Everything is coherent whenever the other side runs.
"""

from __future__ import annotations

import sys
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.engine.wire.values import (
    MAX_DEPTH,
    BadValue,
    NotPlain,
    pack_array,
    pack_atom,
    plain_array,
    unpack_array,
    unpack_atom,
)

DICTS = (dict, OrderedDict, defaultdict, Counter)
ONLY_OURS = 2  # references to an object that nothing but its Entry holds, as sys.getrefcount counts


@dataclass(slots=True)
class Entry:
    """One container that both sides hold."""

    value: Any
    agreed: Any  # what the other side has: bytes of an array, items of a list or dict; None: unknown
    ours: bool  # it was made on this side


class Mirror:
    """The containers that crossed, and values as messages; subclasses add what is no data."""

    def __init__(self, first: int) -> None:
        self.entries: dict[int, Entry] = {}
        self.numbers: dict[int, int] = {}
        self.next = first  # one side counts odd numbers, the other even ones
        self.protect = False
        self.touched = False
        self.undo: dict[int, tuple[Any, Any]] = {}  # ours that the other side changed, and what they held

    def pack_other(self, value: Any) -> Any:
        """Return a message for a value that is no data.

        Raises:
            NotPlain: if it can't be handed over.
        """
        raise NotImplementedError

    def unpack_other(self, message: list[Any]) -> Any:
        """Return the value of a message that `pack_other` of the other side made.

        Raises:
            BadValue: if it made no such message.
        """
        raise NotImplementedError

    def pack(self, value: Any, new: dict[int, Any], depth: int = 0) -> Any:
        """Return a value as a message; contents of containers not yet shared go into `new`."""
        if depth > MAX_DEPTH:
            raise NotPlain(f"data nested deeper than {MAX_DEPTH}")
        kind = type(value)
        if kind is tuple:
            return ["T", [self.pack(part, new, depth + 1) for part in value]]
        if kind is set or kind is frozenset:
            return ["S" if kind is set else "F", [self.pack(part, new, depth + 1) for part in value]]
        if kind is list or kind in DICTS or plain_array(value):
            if isinstance(value, np.ndarray) and kind is not np.ndarray:
                value = value.view(np.ndarray)
            return ["@", self._share(value, new, depth)]
        try:
            return pack_atom(value)
        except NotPlain:
            if kind is int:
                raise
            return self.pack_other(value)

    def unpack(self, message: Any, depth: int = 0) -> Any:
        """Return the value that a message stands for.

        Raises:
            BadValue: if it stands for none.
        """
        if type(message) is not list or not message:
            return unpack_atom(message)
        tag = message[0]
        if tag in ("T", "S", "F"):
            if len(message) != 2 or type(message[1]) is not list or depth > MAX_DEPTH:
                raise BadValue("not a value")
            parts = (self.unpack(part, depth + 1) for part in message[1])
            return _collect({"T": tuple, "S": set, "F": frozenset}[tag], parts)
        if tag == "@":
            entry = self.entries.get(message[1]) if len(message) == 2 and type(message[1]) is int else None
            if entry is None:
                raise BadValue("no such container")
            return entry.value
        if tag in ("h", "f", "o"):
            return self.unpack_other(message)
        return unpack_atom(message)

    def learn(self, new: Any) -> None:
        """Make the containers that the other side announces."""
        if type(new) is not dict:
            raise BadValue("not a table")
        for number, content in new.items():
            if type(number) is not int or number in self.entries or number % 2 == self.next % 2:
                raise BadValue("not a new number")
            self._register(number, _shell(content), ours=False)
        for number, content in new.items():
            entry = self.entries[number]
            if isinstance(entry.value, np.ndarray):  # its shell is already the whole of it
                entry.agreed = _agreement(entry.value)
            else:
                self._fill(entry, content)

    def changes(self) -> dict[int, Any]:
        """Return the numbers of the containers that changed here since the last message."""
        changed: dict[int, Any] = {}
        for number, entry in list(self.entries.items()):
            if not _agrees(entry):
                changed[number] = None
        return changed

    def describe(self, changed: dict[int, Any], new: dict[int, Any]) -> None:
        """Fill in the contents that `changes` found."""
        for number in changed:
            entry = self.entries[number]
            changed[number] = self._content(entry.value, new, 0)
            entry.agreed = _agreement(entry.value)

    def apply(self, changed: Any) -> None:
        """Take over what the other side changed; what is ours and protected keeps its value.

        What is ours otherwise gets its value back in `restore`: while a test runs it sees the change, as it
        would in one process, and the next one asks its own question.
        """
        if type(changed) is not dict:
            raise BadValue("not a table")
        for number, content in changed.items():
            entry = self.entries.get(number) if type(number) is int else None
            if entry is None:
                raise BadValue("no such container")
            if entry.ours:
                self.touched = True
                if self.protect:
                    entry = self._detach(number, content)
                else:
                    self.undo.setdefault(id(entry.value), (entry.value, _copy(entry.value)))
            self._fill(entry, content)

    def restore(self) -> None:
        """Give everything of ours that the other side changed the value that it had."""
        for value, before in reversed(
            self.undo.values()
        ):  # a view after its base: last changed, first restored
            _put_back(value, before)
        self.undo.clear()

    def settle(self) -> None:
        """Count what changed of ours, while a function of ours ran for the other side, as changed by it."""
        for entry in self.entries.values():
            if not entry.ours or entry.agreed is None or _agrees(entry):
                continue
            self.touched = True
            before = _agreed_value(entry)
            if self.protect:
                _put_back(entry.value, before)
            else:
                self.undo.setdefault(id(entry.value), (entry.value, before))

    def copies(self, value: Any) -> Any:
        """Return an argument of such a function with copies of what is ours in it."""
        if type(value) is tuple:
            return tuple(self.copies(part) for part in value)
        number = self.numbers.get(id(value))
        return _copy(value) if number is not None and self.entries[number].ours else value

    def snapshot(self, value: Any, made: dict[int, Any] | None = None) -> Any:
        """Return data of an object of ours as it is now, with copies of all that isn't the other side's."""
        made = {} if made is None else made
        if id(value) in made:
            return made[id(value)]
        number = self.numbers.get(id(value))
        if number is not None and not self.entries[number].ours:
            return value
        if type(value) is tuple:
            return tuple(self.snapshot(part, made) for part in value)
        if type(value) is list:
            made[id(value)] = taken = []
            taken += [self.snapshot(part, made) for part in value]
            return taken
        if type(value) in DICTS:
            table: dict[Any, Any] = {}
            made[id(value)] = table
            table |= {key: self.snapshot(part, made) for key, part in value.items()}
            return table
        return value.copy() if plain_array(value) else value

    def open_up(self, value: Any) -> None:
        """Let the other side change a container, and those in it, for good."""
        entry = self.entries.get(self.numbers.get(id(value), 0))
        if entry is None or not entry.ours:
            return
        entry.ours = False
        if not isinstance(value, np.ndarray):
            for part in value.values() if isinstance(value, dict) else value:
                self.open_up(part)

    def expect_bounded(self, values: Iterable[Any], parts: int) -> None:
        """Expect that values are of moderate size even where one container stands in many places.

        Raises:
            BadValue: if to walk through them, as `==` does, could take for ever.
        """
        sizes: dict[int, int] = {}
        for value in values:
            _unfolded(value, sizes, parts)

    def _detach(self, number: int, content: Any) -> Entry:
        """Let a number stand for the other side's version from now on; ours stays as it is."""
        self.numbers.pop(id(self.entries[number].value), None)
        self.entries[number] = Entry(_shell(content), None, ours=False)
        self.numbers[id(self.entries[number].value)] = number
        return self.entries[number]

    def release(self) -> list[int]:
        """Forget containers that nothing else here refers to any more, and return their numbers."""
        idle = [n for n, entry in self.entries.items() if sys.getrefcount(entry.value) <= ONLY_OURS]
        self.forget(idle)
        return idle

    def forget(self, numbers: Any) -> None:
        """Remove containers from the table."""
        for number in numbers:
            entry = self.entries.pop(number, None)
            if entry is not None:
                self.numbers.pop(id(entry.value), None)

    def _share(self, value: Any, new: dict[int, Any], depth: int) -> int:
        known = self.numbers.get(id(value))
        if known is not None:
            return known
        number = self.next
        self.next += 2
        self._register(number, value, ours=True)
        new[number] = None  # keeps the order of numbers; filled below, where it may refer to itself
        new[number] = self._content(value, new, depth)
        self.entries[number].agreed = _agreement(value)
        return number

    def _register(self, number: int, value: Any, ours: bool) -> None:
        self.entries[number] = Entry(value, None, ours)
        self.numbers[id(value)] = number

    def _content(self, value: Any, new: dict[int, Any], depth: int) -> Any:
        if isinstance(value, np.ndarray):
            return pack_array(value)
        if isinstance(value, list):
            return ["l", [self.pack(part, new, depth + 1) for part in value]]
        pairs = [[self.pack(k, new, depth + 1), self.pack(v, new, depth + 1)] for k, v in value.items()]
        return ["d", pairs]

    def _fill(self, entry: Entry, content: Any) -> None:
        value: Any = entry.value
        fresh = _shell(content)
        if not any(isinstance(value, kind) and isinstance(fresh, kind) for kind in (np.ndarray, list, dict)):
            raise BadValue("a container changed its kind")
        if isinstance(value, np.ndarray) and isinstance(fresh, np.ndarray):
            if value.shape == fresh.shape and value.dtype == fresh.dtype and value.flags.writeable:
                np.copyto(value, fresh)
        elif isinstance(value, list):
            value[:] = [self.unpack(part) for part in content[1]]
        else:
            items = _collect(list, ((self.unpack(k), self.unpack(v)) for k, v in map(_pair, content[1])))
            replacement = _collect(dict, items)
            value.clear()
            value.update(replacement)
        entry.agreed = _agreement(value)


def _shell(content: Any) -> Any:
    if type(content) is list and content and content[0] == "a":
        return unpack_array(content)
    if type(content) is list and len(content) == 2 and content[0] in ("l", "d") and type(content[1]) is list:
        return [] if content[0] == "l" else {}
    raise BadValue("not a container")


def _pair(message: Any) -> tuple[Any, Any]:
    if type(message) is not list or len(message) != 2:
        raise BadValue("not a pair")
    return message[0], message[1]


def _collect(kind: Any, parts: Any) -> Any:
    try:
        return kind(parts)
    except TypeError as error:  # an unhashable member or key
        raise BadValue(str(error)) from None


def _copy(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy()
    return list(value) if isinstance(value, list) else dict(value)


def _put_back(value: Any, before: Any) -> None:
    if isinstance(value, np.ndarray):
        if value.flags.writeable and value.shape == before.shape:
            np.copyto(value, before)
    elif isinstance(value, list):
        value[:] = before
    else:
        value.clear()
        value.update(before)


def _agreed_value(entry: Entry) -> Any:
    if isinstance(entry.value, np.ndarray):
        shape, data = entry.agreed
        return np.frombuffer(data, entry.value.dtype).reshape(shape)
    return list(entry.agreed) if isinstance(entry.value, list) else dict(entry.agreed)


def _unfolded(value: Any, sizes: dict[int, int], most: int) -> int:
    if not isinstance(value, list | tuple | dict | set | frozenset):
        return 1
    known = sizes.get(id(value))
    if known is not None:
        return known
    sizes[id(value)] = 1  # for a container that holds itself: Python's own limits end a walk through it
    parts = [*value.keys(), *value.values()] if isinstance(value, dict) else value
    size = 1 + sum(_unfolded(part, sizes, most) for part in parts)
    if size > most:
        raise BadValue(f"data that unfold to more than {most:,} parts")
    sizes[id(value)] = size
    return size


def _agreement(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.shape, value.tobytes()
    return list(value) if isinstance(value, list) else list(value.items())


def _agrees(entry: Entry) -> bool:
    value, agreed = entry.value, entry.agreed
    if agreed is None:
        return False
    if isinstance(value, np.ndarray):
        return bool(agreed == (value.shape, value.tobytes()))
    if len(agreed) != len(value):
        return False
    if isinstance(value, list):
        return all(new is old for new, old in zip(value, agreed, strict=True))
    return all(
        key is old_key and item is old
        for (key, item), (old_key, old) in zip(value.items(), agreed, strict=True)
    )
