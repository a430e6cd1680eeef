"""Tables of pandas as plain arrays: DataFrame, Series and Index. Imported only where pandas is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from operator import is_
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from autograder.engine.wire.values import (
    PLAIN_KINDS,
    BadValue,
    pack_array,
    pack_atom,
    unpack_array,
    unpack_atom,
)

Pack = Callable[[Any], Any]
Unpack = Callable[[Any], Any]
LARGEST = 16 * 2**20  # bytes of a table that is sent; a larger one stays where it is
MOST_COLUMNS = 2000
# extension types that are made of objects again; others have messages of their own, or none
EXTENSION = re.compile(r"str|string|boolean|U?Int(8|16|32|64)|Float(32|64)|Sparse\[\w+]|period\[\w+(-\w+)?]")
ATOMS = (str, int, float, bool, bytes, complex, type(None))
MISSING = (type(pd.NA), type(pd.NaT))


def sendable(value: Any) -> bool:
    """Say whether a table can be sent by value."""
    if isinstance(value, pd.DataFrame):
        if len(value.columns) > MOST_COLUMNS or int(value.memory_usage().sum()) > LARGEST:
            return False
        columns = [value.iloc[:, n] for n in range(len(value.columns))]
        return all(map(_plain, [*columns, value.index, value.columns]))
    if isinstance(value, pd.Series):
        return int(value.memory_usage()) <= LARGEST and _plain(value) and _plain(value.index)
    return int(value.memory_usage()) <= LARGEST and _plain(value)


def _plain(column: Any) -> bool:
    """Say whether a column or an index holds nothing but numbers, texts and dates, and has such a name."""
    if isinstance(column, pd.MultiIndex):
        return all(_plain(level) for level in column.levels) and all(map(_named, column.names))
    if not _named(column.name):
        return False
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return _plain(kind.categories)
    if isinstance(kind, pd.DatetimeTZDtype):
        return True
    if isinstance(kind, np.dtype) and kind.kind != "O":
        return kind.kind in PLAIN_KINDS
    if isinstance(kind, pd.StringDtype):  # nothing else can be in it
        return True
    known = isinstance(kind, np.dtype) or EXTENSION.fullmatch(str(kind)) is not None
    return known and all(map(_of_atoms, set(map(type, column.astype(object)))))


def _is_atom(part: Any) -> bool:
    return _of_atoms(type(part))


def _of_atoms(kind: type) -> bool:
    return kind in ATOMS or kind in MISSING or issubclass(kind, np.generic)


def _named(name: Any) -> bool:
    return _is_atom(name) or (type(name) is tuple and all(map(_is_atom, name)))


def _pack_name(name: Any) -> Any:
    return ["T", [_pack_part(part) for part in name]] if type(name) is tuple else _pack_part(name)


def _unpack_name(message: Any) -> Any:
    if type(message) is list and len(message) == 2 and message[0] == "T" and type(message[1]) is list:
        return tuple(_unpack_part(part) for part in message[1])
    return _unpack_part(message)


def _pack_part(part: Any) -> Any:
    if type(part) is str:
        return part
    if part is pd.NA or part is pd.NaT:
        return ["?", str(part)]
    return pack_atom(part)


def _unpack_part(message: Any) -> Any:
    if type(message) is str:
        return message
    if type(message) is list and message[:1] == ["?"]:
        return pd.NaT if message[1:] == ["NaT"] else pd.NA
    return unpack_atom(message)


def _pack_column(column: Any) -> list[Any]:
    """Return a column's or an index's values as a message."""
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        codes = column.cat.codes if isinstance(column, pd.Series) else column.codes
        return ["c", _pack_column(kind.categories), pack_array(np.asarray(codes)), bool(kind.ordered)]
    if isinstance(kind, pd.DatetimeTZDtype):
        naive = (
            column.dt.tz_convert("UTC").dt.tz_localize(None)
            if isinstance(column, pd.Series)
            else (column.tz_convert("UTC").tz_localize(None))
        )
        return ["z", pack_array(naive.to_numpy()), str(kind.tz)]
    if isinstance(kind, np.dtype) and kind.kind != "O":
        return ["a", pack_array(column.to_numpy())]
    return ["o", str(kind), [_pack_part(part) for part in column.astype(object)]]


def _unpack_column(message: Any) -> Any:
    """Return what a column can be made of."""
    tag, *rest = message if type(message) is list and message else [""]
    try:
        if tag == "a" and len(rest) == 1:
            return unpack_array(rest[0]).copy()
        if tag == "o" and len(rest) == 2 and type(rest[1]) is list:
            parts = np.empty(len(rest[1]), object)
            for place, part in enumerate(rest[1]):
                parts[place] = _unpack_part(part)
            if rest[0] == "object":
                return parts
            if type(rest[0]) is str and EXTENSION.fullmatch(rest[0]):
                return pd.array(parts, dtype=rest[0])
        if tag == "c" and len(rest) == 3:
            categories = pd.Index(_unpack_column(rest[0]))
            return pd.Categorical.from_codes(unpack_array(rest[1]), categories, ordered=rest[2] is True)
        if tag == "z" and len(rest) == 2 and type(rest[1]) is str and len(rest[1]) < 60:
            return pd.DatetimeIndex(unpack_array(rest[0])).tz_localize("UTC").tz_convert(rest[1])
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise BadValue(f"not a column: {error}") from None
    raise BadValue("not a column")


def _of_objects(values: Any) -> bool:
    return isinstance(values, np.ndarray) and values.dtype.kind == "O"


def _pack_index(index: Any) -> list[Any]:
    if type(index) is pd.RangeIndex:
        return ["r", index.start, index.stop, index.step, _pack_name(index.name)]
    if isinstance(index, pd.MultiIndex):
        codes = [pack_array(np.asarray(code)) for code in index.codes]
        names = [_pack_name(name) for name in index.names]
        return ["m", [_pack_column(level) for level in index.levels], codes, names]
    return ["i", _pack_column(index), _pack_name(index.name)]


def _unpack_index(message: Any) -> Any:
    tag, *rest = message if type(message) is list and message else [""]
    try:
        if tag == "r" and len(rest) == 4 and all(type(n) is int for n in rest[:3]):
            return pd.RangeIndex(*rest[:3], name=_unpack_name(rest[3]))
        if tag == "m" and len(rest) == 3 and all(type(part) is list for part in rest):
            levels = [pd.Index(_unpack_column(level)) for level in rest[0]]
            codes = [unpack_array(code) for code in rest[1]]
            return pd.MultiIndex(levels, codes, names=[_unpack_name(name) for name in rest[2]])
        if tag == "i" and len(rest) == 2:
            values = _unpack_column(rest[0])
            kept = object if _of_objects(values) else None
            return pd.Index(values, dtype=kept, name=_unpack_name(rest[1]))
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise BadValue(f"not an index: {error}") from None
    raise BadValue("not an index")


def _state(column: Any) -> Any:
    """Return something that is equal only for the same values, and never asks a class what equal means."""
    kind = None if isinstance(column, pd.MultiIndex) else column.dtype
    if isinstance(kind, np.dtype) and kind.kind != "O":
        return str(kind), column.to_numpy().tobytes(), _pack_name(column.name)
    if isinstance(kind, np.dtype | pd.StringDtype):
        return str(kind), _Parts(column), _pack_name(column.name)
    packed = _pack_index(column) if isinstance(column, pd.Index) else _pack_column(column)
    return repr((packed, column.names if isinstance(column, pd.MultiIndex) else column.name))


class _Parts:
    """The texts or objects of a column as they are now: each message asks whether they are the same."""

    def __init__(self, column: Any) -> None:
        self.parts = column.to_numpy(dtype=object).tolist()

    def __eq__(self, other: object) -> bool:
        """Say so at once where nobody has touched them; otherwise by what they say."""
        if not isinstance(other, _Parts) or len(self.parts) != len(other.parts):
            return False
        if all(map(is_, self.parts, other.parts)):
            return True
        return repr([*map(_pack_part, self.parts)]) == repr([*map(_pack_part, other.parts)])

    __hash__ = None  # type: ignore[assignment]


class Indexes:
    """pandas.Index and its kinds, which can't change."""

    tag: ClassVar[str] = "pi"

    def holds(self, value: Any) -> bool:
        return (
            type(value).__module__.partition(".")[0] == "pandas"
            and isinstance(value, pd.Index)
            and sendable(value)
        )

    def content(self, value: Any, pack: Pack) -> list[Any]:
        return _pack_index(value)

    def make(self, content: list[Any], unpack: Unpack) -> Any:
        return _unpack_index(content)


class Moments:
    """pandas.Timestamp, Timedelta, NaT and NA."""

    tag: ClassVar[str] = "pt"

    def holds(self, value: Any) -> bool:
        return value is pd.NaT or value is pd.NA or type(value) in (pd.Timestamp, pd.Timedelta)

    def content(self, value: Any, pack: Pack) -> list[Any]:
        if value is pd.NaT or value is pd.NA:
            return ["", str(value), None]
        zone = str(value.tz) if type(value) is pd.Timestamp and value.tz is not None else None
        return [type(value).__name__, pack_atom(value.to_numpy()), zone]

    def make(self, content: list[Any], unpack: Unpack) -> Any:
        name, what, zone = content if len(content) == 3 else (None, None, None)
        if name == "":
            return pd.NaT if what == "NaT" else pd.NA
        if name not in ("Timestamp", "Timedelta") or not (zone is None or type(zone) is str):
            raise BadValue("not a moment")
        try:
            made = getattr(pd, name)(unpack_atom(what))
            return made if zone is None else made.tz_localize("UTC").tz_convert(zone[:60])
        except (TypeError, ValueError, KeyError, OverflowError, AttributeError) as error:
            raise BadValue(f"not a moment: {error}") from None


class Tables:
    """pandas.DataFrame, and Series as a table of one column."""

    tag: ClassVar[str] = "p"

    def holds(self, value: Any) -> bool:
        return type(value) in (pd.DataFrame, pd.Series) and sendable(value)

    def content(self, value: Any, pack: Pack) -> list[Any]:
        if type(value) is pd.Series:
            return [self.tag, [_pack_column(value)], _pack_index(value.index), _pack_name(value.name)]
        columns = [_pack_column(value.iloc[:, n]) for n in range(len(value.columns))]
        return [self.tag, columns, _pack_index(value.index), _pack_index(value.columns), "frame"]

    def shell(self, content: list[Any]) -> Any:
        if len(content) not in (4, 5) or type(content[1]) is not list or len(content[1]) > MOST_COLUMNS:
            raise BadValue("not a table")
        columns = [_unpack_column(column) for column in content[1]]
        index = _unpack_index(content[2])
        try:
            if len(content) == 4:
                (values,) = columns
                kept = object if _of_objects(values) else None
                return pd.Series(values, index=index, name=_unpack_name(content[3]), dtype=kept)
            table = pd.DataFrame(dict(enumerate(columns)), index=index, columns=range(len(columns)))
            for n, values in enumerate(columns):
                if _of_objects(values):
                    table[n] = pd.Series(values, index=index, dtype=object)
            table.columns = _unpack_index(content[3])
            return table
        except (TypeError, ValueError) as error:
            raise BadValue(f"not a table: {error}") from None

    def fill(self, value: Any, content: list[Any], unpack: Unpack) -> None:
        self._become(value, self.shell(content))

    def agreement(self, value: Any) -> Any:
        return _states(value), value.copy()

    def agrees(self, value: Any, agreed: Any) -> bool:
        return bool(_states(value) == agreed[0])

    def put_back(self, value: Any, agreed: Any) -> None:
        self._become(value, agreed[1])

    def copy(self, value: Any) -> Any:
        return value.copy()

    def parts(self, value: Any) -> Iterable[Any]:
        return ()

    def _become(self, value: Any, other: Any) -> None:
        """Give a table the rows and columns of another, in place."""
        if type(value) is not type(other):
            raise BadValue("a table changed its kind")
        type(value).__init__(value, other.copy())


def _states(value: Any) -> Any:
    if isinstance(value, pd.Series):
        return [_state(value), _state(value.index)]
    columns = [_state(value.iloc[:, n]) for n in range(len(value.columns))]
    return [columns, _state(value.index), _state(value.columns)]


TABLES = Tables()
CONSTANTS = Indexes(), Moments()
