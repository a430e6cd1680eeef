"""The kinds of containers that both sides hold, each a class in KINDS: arrays, lists, dicts, sets, deques."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from operator import is_, itemgetter
from typing import Any, ClassVar, Protocol

import numpy as np

from autograder.engine.wire.values import (
    BadValue,
    pack_array,
    pack_atom,
    plain_array,
    unpack_array,
    unpack_atom,
)

Pack = Callable[[Any], Any]
Unpack = Callable[[Any], Any]


class Kind(Protocol):
    """What the mirror has to know of one kind of container."""

    tag: ClassVar[str]  # the first item of its contents as a message

    def holds(self, value: Any) -> bool:
        """Say whether a value of ours is of this kind."""

    def content(self, value: Any, pack: Pack) -> list[Any]:
        """Return what it holds, as a message."""

    def shell(self, content: list[Any]) -> Any:
        """Make a container that `fill` can fill.

        Raises:
            BadValue: if the message describes none.
        """

    def fill(self, value: Any, content: list[Any], unpack: Unpack) -> None:
        """Give a container what a message says, in place; raises what `shell` raises."""

    def agreement(self, value: Any) -> Any:
        """Return a state that a later one can be compared with, and that `put_back` can restore."""

    def agrees(self, value: Any, agreed: Any) -> bool:
        """Say whether nothing has changed since `agreement`."""

    def put_back(self, value: Any, agreed: Any) -> None:
        """Give a container the state of `agreement`, in place."""

    def copy(self, value: Any) -> Any:
        """Return a container of its own with the same parts."""

    def parts(self, value: Any) -> Iterable[Any]:
        """Return what it holds, as far as that can hold something itself."""


class Arrays:
    """NumPy arrays of numbers, dates or strings; their state is all bytes."""

    tag: ClassVar[str] = "a"

    def holds(self, value: Any) -> bool:
        return plain_array(value)

    def content(self, value: Any, pack: Pack) -> list[Any]:
        return pack_array(value)

    def shell(self, content: list[Any]) -> Any:
        return unpack_array(content)

    def fill(self, value: Any, content: list[Any], unpack: Unpack) -> None:
        fresh = unpack_array(content)
        if value.shape == fresh.shape and value.dtype == fresh.dtype and value.flags.writeable:
            np.copyto(value, fresh)

    def agreement(self, value: Any) -> Any:
        return value.shape, value.tobytes()

    def agrees(self, value: Any, agreed: Any) -> bool:
        return bool(agreed == (value.shape, value.tobytes()))

    def put_back(self, value: Any, agreed: Any) -> None:
        shape, data = agreed
        if value.flags.writeable and value.shape == shape:
            np.copyto(value, np.frombuffer(data, value.dtype).reshape(shape))

    def copy(self, value: Any) -> Any:
        return value.copy()

    def parts(self, value: Any) -> Iterable[Any]:
        return ()


class Sequences:
    """Containers of parts in an order; a subclass says which, and what else makes one."""

    tag: ClassVar[str]

    def content(self, value: Any, pack: Pack) -> list[Any]:
        return [self.tag, [pack(part) for part in self.parts(value)]]

    def fill(self, value: Any, content: list[Any], unpack: Unpack) -> None:
        self._replace(value, [unpack(part) for part in _list(content, 1)])

    def agreement(self, value: Any) -> Any:
        return list(self.parts(value))

    def agrees(self, value: Any, agreed: Any) -> bool:
        return len(value) == len(agreed) and all(map(is_, self.parts(value), agreed))

    def put_back(self, value: Any, agreed: Any) -> None:
        self._replace(value, agreed)

    def parts(self, value: Any) -> Iterable[Any]:
        return list(value)

    def _replace(self, value: Any, parts: list[Any]) -> None:
        value.clear()
        value.extend(parts)


class Lists(Sequences):
    """Lists."""

    tag = "l"

    def holds(self, value: Any) -> bool:
        return type(value) is list

    def shell(self, content: list[Any]) -> Any:
        _list(content, 1)
        return []

    def copy(self, value: Any) -> Any:
        return list(value)


class Deques(Sequences):
    """collections.deque, with the length that it may have."""

    tag = "q"

    def holds(self, value: Any) -> bool:
        return type(value) is deque

    def content(self, value: Any, pack: Pack) -> list[Any]:
        return [*super().content(value, pack), value.maxlen]

    def shell(self, content: list[Any]) -> Any:
        most = content[2] if len(_list(content, 1)) >= 0 and len(content) == 3 else -1
        if most is not None and (type(most) is not int or most < 0):
            raise BadValue("not a deque")
        return deque(maxlen=most)

    def copy(self, value: Any) -> Any:
        return value.copy()


class Sets(Sequences):
    """Sets; their order is the same for as long as nothing changes."""

    tag = "s"

    def holds(self, value: Any) -> bool:
        return type(value) is set

    def shell(self, content: list[Any]) -> Any:
        _list(content, 1)
        return set()

    def copy(self, value: Any) -> Any:
        return set(value)

    def _replace(self, value: Any, parts: list[Any]) -> None:
        fresh = collect(set, parts)
        value.clear()
        value.update(fresh)


class ObjectArrays(Sequences):
    """NumPy arrays of objects, each of them a value of its own."""

    tag = "O"

    def holds(self, value: Any) -> bool:
        return type(value) is np.ndarray and value.dtype == object

    def content(self, value: Any, pack: Pack) -> list[Any]:
        return [*super().content(value, pack), list(value.shape)]

    def shell(self, content: list[Any]) -> Any:
        shape = _list(content, 2)
        if len(shape) > 32 or not all(type(n) is int and 0 <= n < 2**31 for n in shape):
            raise BadValue("not a shape")
        size = 1
        for n in shape:
            size *= n
        if size != len(_list(content, 1)):
            raise BadValue("array of the wrong length")
        return np.empty(shape, object)

    def copy(self, value: Any) -> Any:
        return value.copy()

    def parts(self, value: Any) -> Iterable[Any]:
        return list(value.flat)

    def agrees(self, value: Any, agreed: Any) -> bool:
        return value.size == len(agreed) and all(map(is_, value.flat, agreed))

    def _replace(self, value: Any, parts: list[Any]) -> None:
        if value.size == len(parts) and value.flags.writeable:
            for place, part in enumerate(parts):
                value.flat[place] = part


class Dicts:
    """Dicts and the standard library's variants of them."""

    tag: ClassVar[str] = "d"
    kinds: ClassVar[dict[str, Any]] = {
        "": dict, "OrderedDict": OrderedDict, "Counter": Counter, "defaultdict": defaultdict,
    }  # fmt: skip

    def holds(self, value: Any) -> bool:
        return type(value) in self.kinds.values()

    def content(self, value: Any, pack: Pack) -> list[Any]:
        pairs = [[pack(key), pack(item)] for key, item in value.items()]
        if type(value) is dict:
            return [self.tag, pairs]
        return [self.tag, pairs, type(value).__name__, _factory(value)]

    def shell(self, content: list[Any]) -> Any:
        _list(content, 1)
        if len(content) == 2:
            return {}
        if len(content) != 4 or type(content[2]) is not str or content[2] not in self.kinds:
            raise BadValue("not a dict")
        made = self.kinds[content[2]]()
        if isinstance(made, defaultdict):
            factory = unpack_atom(content[3])
            made.default_factory = factory if isinstance(factory, type) else None
        return made

    def fill(self, value: Any, content: list[Any], unpack: Unpack) -> None:
        pairs = [(unpack(key), unpack(item)) for key, item in map(_pair, _list(content, 1))]
        self.put_back(value, list(collect(dict, pairs).items()))

    def agreement(self, value: Any) -> Any:
        return list(value.items())

    def agrees(self, value: Any, agreed: Any) -> bool:
        return (
            len(value) == len(agreed)
            and all(map(is_, value, map(itemgetter(0), agreed)))
            and all(map(is_, value.values(), map(itemgetter(1), agreed)))
        )

    def put_back(self, value: Any, agreed: Any) -> None:
        value.clear()
        for key, item in agreed:
            value[key] = item

    def copy(self, value: Any) -> Any:
        return value.copy()

    def parts(self, value: Any) -> Iterable[Any]:
        return [*value.keys(), *value.values()]


def _factory(value: Any) -> Any:
    """Return what a defaultdict makes for a missing key, if that is a class that both sides know."""
    factory = getattr(value, "default_factory", None)
    try:
        return pack_atom(factory) if isinstance(factory, type) else None
    except TypeError:
        return None


def _list(content: list[Any], place: int) -> list[Any]:
    if len(content) <= place or type(content[place]) is not list:
        raise BadValue("not a container")
    parts: list[Any] = content[place]
    return parts


def _pair(message: Any) -> tuple[Any, Any]:
    if type(message) is not list or len(message) != 2:
        raise BadValue("not a pair")
    return message[0], message[1]


def collect(kind: Any, parts: Any) -> Any:
    """Return a container of some parts.

    Raises:
        BadValue: if one of them can't be a member or a key.
    """
    try:
        return kind(parts)
    except TypeError as error:
        raise BadValue(str(error)) from None


ARRAYS = Arrays()
KINDS: tuple[Kind, ...] = (Lists(), Dicts(), ARRAYS, Sets(), Deques(), ObjectArrays())
