"""Values that can't change, each a class in IMMUTABLE: tuples, fractions, dates, views of dicts."""

from __future__ import annotations

import datetime
from collections import namedtuple
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from keyword import iskeyword
from typing import Any, ClassVar, Protocol

from autograder.engine.wire.kinds import collect
from autograder.engine.wire.values import BadValue, NotPlain

Pack = Callable[[Any], Any]
Unpack = Callable[[Any], Any]
MOST_FIELDS = 100  # of a named tuple
LONGEST = 10_000  # digits of a decimal


class Immutable(Protocol):
    """What the mirror has to know of one kind of value."""

    tag: ClassVar[str]  # the first item of its message

    def holds(self, value: Any) -> bool:
        """Say whether a value is of this kind, by its class alone."""

    def content(self, value: Any, pack: Pack) -> list[Any]:
        """Return what follows the tag.

        Raises:
            NotPlain: if this one can't be sent all the same.
        """

    def make(self, content: list[Any], unpack: Unpack) -> Any:
        """Return the value.

        Raises:
            BadValue: if the message describes none.
        """


class Tuples:
    """Plain tuples."""

    tag: ClassVar[str] = "T"

    def holds(self, value: Any) -> bool:
        return type(value) is tuple

    def content(self, value: Any, pack: Pack) -> list[Any]:
        return [[pack(part) for part in value]]

    def make(self, content: list[Any], unpack: Unpack) -> Any:
        return tuple(unpack(part) for part in _only(content, list))


class FrozenSets:
    """Sets that can't change."""

    tag: ClassVar[str] = "F"

    def holds(self, value: Any) -> bool:
        return type(value) is frozenset

    def content(self, value: Any, pack: Pack) -> list[Any]:
        return [[pack(part) for part in value]]

    def make(self, content: list[Any], unpack: Unpack) -> Any:
        return collect(frozenset, [unpack(part) for part in _only(content, list)])


class NamedTuples:
    """Tuples whose places have names, and whose class has nothing else."""

    tag: ClassVar[str] = "N"

    def holds(self, value: Any) -> bool:
        kind = type(value)
        if kind.__bases__ != (tuple,) or not isinstance(getattr(kind, "_fields", None), tuple):
            return False
        public = {name for name in vars(kind) if not name.startswith("_")}
        return public == set(kind._fields) and _possible(kind.__name__, list(kind._fields))

    def content(self, value: Any, pack: Pack) -> list[Any]:
        return [type(value).__name__, list(value._fields), [pack(part) for part in value]]

    def make(self, content: list[Any], unpack: Unpack) -> Any:
        name, fields, parts = _exactly(content, str, list, list)
        if not _possible(name, fields) or len(fields) != len(parts):
            raise BadValue("not a named tuple")
        return _class_of(name, tuple(fields))(*(unpack(part) for part in parts))


def _possible(name: Any, fields: list[Any]) -> bool:
    """Say whether names may be those of a named tuple and of its fields."""
    return (
        len(fields) <= MOST_FIELDS
        and _is_name(name)
        and all(_is_name(field) and not field.startswith("_") for field in fields)
        and len({*fields}) == len(fields)
    )


def _is_name(text: Any) -> bool:
    return type(text) is str and len(text) < 80 and text.isidentifier() and not iskeyword(text)


@lru_cache(maxsize=100)
def _class_of(name: str, fields: tuple[str, ...]) -> Any:
    return namedtuple(name, fields)


class Fractions:
    """Exact ratios."""

    tag: ClassVar[str] = "/"

    def holds(self, value: Any) -> bool:
        return type(value) is Fraction

    def content(self, value: Any, pack: Pack) -> list[Any]:
        return [pack(value.numerator), pack(value.denominator)]

    def make(self, content: list[Any], unpack: Unpack) -> Any:
        parts = [unpack(part) for part in content]
        if len(parts) != 2 or not all(type(part) is int for part in parts) or parts[1] <= 0:
            raise BadValue("not a fraction")
        return Fraction(*parts)


class Decimals:
    """Decimal numbers, with every digit."""

    tag: ClassVar[str] = "."

    def holds(self, value: Any) -> bool:
        return type(value) is Decimal

    def content(self, value: Any, pack: Pack) -> list[Any]:
        if len(value.as_tuple().digits) > LONGEST:
            raise NotPlain("a decimal number of too many digits")
        return [str(value)]

    def make(self, content: list[Any], unpack: Unpack) -> Any:
        text = _only(content, str)
        try:
            return Decimal(text[: 2 * LONGEST])
        except InvalidOperation:
            raise BadValue("not a decimal number") from None


class Dates:
    """Dates, times of day, both together, and how long things take."""

    tag: ClassVar[str] = "D"
    kinds: ClassVar[dict[str, Any]] = {
        "date": datetime.date, "time": datetime.time, "datetime": datetime.datetime,
    }  # fmt: skip

    def holds(self, value: Any) -> bool:
        kind = type(value)
        if kind is datetime.timedelta or kind is datetime.timezone:
            return True
        zone = getattr(value, "tzinfo", None) if kind in self.kinds.values() else ""
        return zone is None or type(zone) is datetime.timezone

    def content(self, value: Any, pack: Pack) -> list[Any]:
        if type(value) is datetime.timedelta:
            return ["timedelta", [value.days, value.seconds, value.microseconds]]
        if type(value) is datetime.timezone:
            return ["timezone", [pack(value.utcoffset(None))]]
        return [type(value).__name__, [value.isoformat(), getattr(value, "fold", 0)]]

    def make(self, content: list[Any], unpack: Unpack) -> Any:
        name: Any
        what: Any
        name, what = content if len(content) == 2 else ("", None)
        try:
            if name == "timedelta" and type(what) is list:
                return datetime.timedelta(*what)
            if name == "timezone" and type(what) is list:
                return datetime.timezone(unpack(what[0]))
            made = self.kinds[name].fromisoformat(what[0])
            return made.replace(fold=1) if what[1] else made
        except (KeyError, TypeError, ValueError, OverflowError, IndexError):
            raise BadValue("not a date") from None


class Views:
    """Keys, values and items of a dict, as they are now."""

    tag: ClassVar[str] = "V"
    kinds: ClassVar[dict[str, type]] = {
        "keys": type({}.keys()), "values": type({}.values()), "items": type({}.items()),
    }  # fmt: skip

    def holds(self, value: Any) -> bool:
        return type(value) in self.kinds.values()

    def content(self, value: Any, pack: Pack) -> list[Any]:
        name = type(value).__name__.removeprefix("dict_")
        return [name, [pack(part) for part in value]]

    def make(self, content: list[Any], unpack: Unpack) -> Any:
        name, messages = _exactly(content, str, list)
        parts = [unpack(part) for part in messages]
        if name == "keys":
            return collect(dict.fromkeys, parts).keys()
        if name == "values":
            return dict(enumerate(parts)).values()
        if name == "items" and all(type(part) is tuple and len(part) == 2 for part in parts):
            return collect(dict, parts).items()
        raise BadValue("not a view of a dict")


def _only(content: list[Any], kind: type) -> Any:
    return _exactly(content, kind)[0]


def _exactly(content: list[Any], *kinds: type) -> list[Any]:
    if len(content) != len(kinds) or any(type(c) is not k for c, k in zip(content, kinds, strict=True)):
        raise BadValue("not a value")
    return content


IMMUTABLE: tuple[Immutable, ...] = (
    Tuples(), FrozenSets(), NamedTuples(), Fractions(), Decimals(), Dates(), Views(),
)  # fmt: skip
