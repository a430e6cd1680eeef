"""Arrays, lists and dicts that both sides hold: each side's changes reach the other with the next message.

A test cell may write `layer.params["weight"][...] = 0` or hand over an array that the student's code changes
in place. Both sides therefore number the containers that crossed, keep a copy of what they last agreed on,
and send what has changed since. Everything is coherent whenever the other side runs.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.engine.wire.immutable import IMMUTABLE, Immutable, Views
from autograder.engine.wire.kinds import ARRAYS, KINDS, Kind
from autograder.engine.wire.values import MAX_DEPTH, BadValue, NotPlain, pack_atom, unpack_atom

ATOMS = (float, int, str, bool, type(None), bytes)
ALL_ATOMS = frozenset(ATOMS)
NESTED: tuple[Any, ...] = (tuple, frozenset, *Views.kinds.values())
CONTAINERS = {kind.tag: kind for kind in KINDS}
CONSTANTS = {kind.tag: kind for kind in IMMUTABLE}
ONLY_OURS = 2  # references to an object that nothing but its Entry holds, as sys.getrefcount counts


@dataclass(slots=True)
class Entry:
    """One container that both sides hold."""

    kind: Kind
    value: Any
    agreed: Any  # what the other side has, as its kind notes it; None: unknown
    ours: bool  # it was made on this side


class Mirror:
    """The containers that crossed, and values as messages; subclasses add what is no data."""

    def __init__(self, first: int) -> None:
        self.entries: dict[int, Entry] = {}
        self.numbers: dict[int, int] = {}
        self.next = first  # one side counts odd numbers, the other even ones
        self.touched = False  # the other side has changed something of ours since `watched` began
        self._protect = False
        self.undo: dict[int, tuple[Entry, Any]] = {}  # ours that the other side changed, and what they held

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """See for a while whether the other side changes what is ours, and put it right at the end."""
        self.touched = False
        try:
            yield
        finally:
            self.restore()

    @contextlib.contextmanager
    def protected(self) -> Iterator[None]:
        """Keep what is ours as it is for a while: the other side's changes stay on its side."""
        self._protect = True
        try:
            yield
        finally:
            self._protect = False

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
        if kind in ATOMS:
            return pack_atom(value)
        if (container := container_of(value)) is not None:
            if isinstance(value, np.ndarray) and kind is not np.ndarray:
                value = value.view(np.ndarray)
            return ["@", self._share(container, value, new, depth)]
        if (constant := constant_of(value)) is not None:
            return [constant.tag, *constant.content(value, lambda part: self.pack(part, new, depth + 1))]
        try:
            return pack_atom(value)
        except NotPlain:
            return self.pack_other(value)

    def unpack(self, message: Any, depth: int = 0) -> Any:
        """Return the value that a message stands for.

        Raises:
            BadValue: if it stands for none.
        """
        if type(message) is not list or not message:
            return unpack_atom(message)
        tag = message[0]
        if tag == "@":
            entry = self.entries.get(message[1]) if len(message) == 2 and type(message[1]) is int else None
            if entry is None:
                raise BadValue("no such container")
            return entry.value
        if tag in ("h", "f", "o"):
            return self.unpack_other(message)
        constant = _constant_said(tag)
        if constant is None:
            return unpack_atom(message)
        if depth > MAX_DEPTH:
            raise BadValue("nested too deeply")
        return constant.make(message[1:], lambda part: self.unpack(part, depth + 1))

    def learn(self, new: Any) -> None:
        """Make the containers that the other side announces."""
        if type(new) is not dict:
            raise BadValue("not a table")
        for number, content in new.items():
            if type(number) is not int or number in self.entries or number % 2 == self.next % 2:
                raise BadValue("not a new number")
            kind = container_said(content)
            self._register(number, kind, kind.shell(content), ours=False)
        for number, content in new.items():  # now that every shell is there, contents may name them
            entry = self.entries[number]
            if not isinstance(entry.value, np.ndarray) or entry.value.dtype == object:
                self._fill(entry, content)
            else:  # its shell is already the whole of it
                entry.agreed = entry.kind.agreement(entry.value)

    def changes(self) -> dict[int, Any]:
        """Return the numbers of the containers that changed here since the last message."""
        changed: dict[int, Any] = {}
        for number, entry in list(self.entries.items()):
            agreed = entry.agreed
            if entry.kind is ARRAYS and agreed is not None:  # most are, and all are looked at each time
                value = entry.value
                if value.tobytes() == agreed[1] and value.shape == agreed[0]:
                    continue
            elif agreed is not None and entry.kind.agrees(entry.value, agreed):
                continue
            changed[number] = None
        return changed

    def fill_in(self, changed: dict[int, Any], new: dict[int, Any]) -> None:
        """Fill in the contents that `changes` found."""
        for number in changed:
            entry = self.entries[number]
            changed[number] = self._content(entry.kind, entry.value, new, 0)
            entry.agreed = entry.kind.agreement(entry.value)

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
                if self._protect:
                    entry = self._detach(number, content)
                else:
                    self.undo.setdefault(id(entry.value), (entry, entry.kind.agreement(entry.value)))
            self._fill(entry, content)

    def restore(self) -> None:
        """Give everything of ours that the other side changed the value that it had."""
        for entry, before in reversed(self.undo.values()):  # a view after its base
            entry.kind.put_back(entry.value, before)
        self.undo.clear()

    def settle(self) -> None:
        """Count what changed of ours, while a function of ours ran for the other side, as changed by it."""
        for entry in self.entries.values():
            if not entry.ours or entry.agreed is None or entry.kind.agrees(entry.value, entry.agreed):
                continue
            self.touched = True
            if self._protect:
                entry.kind.put_back(entry.value, entry.agreed)
            else:
                self.undo.setdefault(id(entry.value), (entry, entry.agreed))

    def copies(self, value: Any) -> Any:
        """Return an argument of such a function with copies of what is ours in it."""
        if type(value) is tuple:
            return tuple(self.copies(part) for part in value)
        entry = self.entries.get(self.numbers.get(id(value), 0))
        return entry.kind.copy(value) if entry is not None and entry.ours else value

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
        kind = container_of(value)
        if kind is None:
            return value
        copy = made[id(value)] = kind.copy(value)
        if type(copy) is list:
            copy[:] = [self.snapshot(part, made) for part in value]
        elif isinstance(copy, dict):
            for key in copy:
                copy[key] = self.snapshot(copy[key], made)
        return copy

    def open_up(self, value: Any) -> None:
        """Let the other side change a container, and those in it, for good."""
        entry = self.entries.get(self.numbers.get(id(value), 0))
        if entry is None or not entry.ours:
            return
        entry.ours = False
        for part in entry.kind.parts(value):
            self.open_up(part)

    def expect_bounded(self, values: Iterable[Any], parts: int, *, held: bool) -> None:
        """Expect that values are of moderate size even where one container stands in many places.

        Args:
            values: what came.
            parts: how many parts may be in one of them.
            held: look at all containers too: arrays hold nothing but themselves, the others each other.

        Raises:
            BadValue: if to walk through them, as `==` does, could take for ever.
        """
        sizes: dict[int, int] = {}
        for value in values:
            _unfolded(value, sizes, parts)
        for entry in self.entries.values() if held else ():
            if entry.kind is not ARRAYS:
                _unfolded(entry.value, sizes, parts)

    def _detach(self, number: int, content: Any) -> Entry:
        """Let a number stand for the other side's version from now on; ours stays as it is."""
        self.numbers.pop(id(self.entries[number].value), None)
        kind = container_said(content)
        self.entries[number] = Entry(kind, kind.shell(content), None, ours=False)
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

    def _share(self, kind: Kind, value: Any, new: dict[int, Any], depth: int) -> int:
        known = self.numbers.get(id(value))
        if known is not None:
            return known
        number = self.next
        self.next += 2
        self._register(number, kind, value, ours=True)
        new[number] = None  # keeps the order of numbers; filled below, where it may refer to itself
        new[number] = self._content(kind, value, new, depth)
        self.entries[number].agreed = kind.agreement(value)
        return number

    def _register(self, number: int, kind: Kind, value: Any, ours: bool) -> None:
        self.entries[number] = Entry(kind, value, None, ours)
        self.numbers[id(value)] = number

    def _content(self, kind: Kind, value: Any, new: dict[int, Any], depth: int) -> Any:
        return kind.content(value, lambda part: self.pack(part, new, depth + 1))

    def _fill(self, entry: Entry, content: Any) -> None:
        if container_said(content) is not entry.kind:
            raise BadValue("a container changed its kind")
        entry.kind.fill(entry.value, content, self.unpack)
        entry.agreed = entry.kind.agreement(entry.value)


def container_of(value: Any) -> Kind | None:
    """Return the kind of a container, or None if it is none that both sides can hold."""
    for kind in KINDS:
        if kind.holds(value):
            return kind
    if _of_pandas(value):
        from autograder.engine.wire.tables import TABLES

        return TABLES if TABLES.holds(value) else None
    return None


def constant_of(value: Any) -> Immutable | None:
    """Return the kind of a value that can't change and is made of others, or None."""
    for kind in IMMUTABLE:
        if kind.holds(value):
            return kind
    if _of_pandas(value):
        from autograder.engine.wire.tables import CONSTANTS as OF_PANDAS

        return next((kind for kind in OF_PANDAS if kind.holds(value)), None)
    return None


def container_said(content: Any) -> Kind:
    """Return the kind that a message from the other side claims to be of.

    Raises:
        BadValue: if there is no such kind.
    """
    tag = content[0] if type(content) is list and content else None
    if type(tag) is str and tag in CONTAINERS:
        return CONTAINERS[tag]
    if tag == "p":
        try:
            from autograder.engine.wire.tables import TABLES
        except ImportError:
            raise BadValue("a table, where there is no pandas") from None
        return TABLES
    raise BadValue("not a container")


def _constant_said(tag: Any) -> Immutable | None:
    if type(tag) is not str or tag in CONSTANTS:
        return CONSTANTS.get(tag) if type(tag) is str else None
    if tag in ("pi", "pt"):
        try:
            from autograder.engine.wire.tables import CONSTANTS as OF_PANDAS
        except ImportError:
            raise BadValue("a value of pandas, where there is none") from None
        return next(kind for kind in OF_PANDAS if kind.tag == tag)
    return None


def _of_pandas(value: Any) -> bool:
    return "pandas" in sys.modules and type(value).__module__.partition(".")[0] == "pandas"


def _unfolded(value: Any, sizes: dict[int, int], most: int) -> int:
    kind = type(value)
    if kind in ALL_ATOMS or (kind is np.ndarray and not value.dtype.hasobject):
        return 1
    if issubclass(kind, NESTED):
        parts: Iterable[Any] = value
    elif (container := container_of(value)) is None:
        return 1
    else:
        parts = container.parts(value)
    known = sizes.get(id(value))
    if known is not None:
        return known
    sizes[id(value)] = 1  # for a container that holds itself: Python's own limits end a walk through it
    parts = tuple(parts)
    atoms = ALL_ATOMS.issuperset(map(type, parts))
    size = 1 + (len(parts) if atoms else sum(_unfolded(part, sizes, most) for part in parts))
    if size > most:
        raise BadValue(f"data that unfold to more than {most:,} parts")
    sizes[id(value)] = size
    return size
