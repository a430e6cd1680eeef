"""What crosses the wall arrives as it was sent: two ends of a conversation over a pair of sockets."""

from __future__ import annotations

import contextlib
import datetime
import socket
import threading
import time
import tracemalloc
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.engine.wire.frames import Channel, Closed, Late, ProtocolError, TooLong
from autograder.engine.wire.immutable import NamedTuples
from autograder.engine.wire.limits import Limits
from autograder.engine.wire.link import Link
from autograder.engine.wire.mirror import Mirror
from autograder.engine.wire.values import BadValue, NotPlain, pack_atom, unpack_atom

Pair = namedtuple("Pair", "a b")
integers = st.integers(-(2**4000), 2**4000)
texts = st.text(st.characters(exclude_categories=[]), max_size=20)
moments = st.one_of(
    st.dates(), st.times(), st.timedeltas(), st.datetimes(timezones=st.none() | st.just(datetime.UTC))
)
numbers = st.one_of(integers, st.floats(), st.complex_numbers(), st.fractions(), st.decimals(allow_nan=False))
atoms = st.one_of(st.none(), st.booleans(), numbers, texts, st.binary(max_size=20), moments)
keys = st.one_of(st.booleans(), integers, texts, st.fractions(), st.dates(), st.tuples(texts, st.booleans()))
arrays = hnp.arrays(
    st.sampled_from(["f8", "f4", "i8", "u1", "?", "c16", "U3", "M8[s]", "m8[ns]", ">i4"]),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)
values: st.SearchStrategy[Any] = st.recursive(
    atoms | arrays,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(keys, inner, max_size=4),
        st.dictionaries(keys, inner, max_size=4).map(OrderedDict),
        st.sets(keys, max_size=4),
        st.frozensets(keys, max_size=4),
        st.lists(inner, max_size=4).map(lambda parts: deque(parts, 5)),
        st.lists(inner, max_size=4).map(tuple),
        st.tuples(inner, inner).map(lambda pair: Pair(*pair)),
    ),
    max_leaves=12,
)


class Side(Mirror):
    """One end, where nothing but data can cross."""

    def pack_other(self, value: Any) -> Any:
        raise NotPlain(f"a {type(value).__name__}")

    def unpack_other(self, message: list[Any]) -> Any:
        raise BadValue("no such object")


class Ends:
    """The two ends of one conversation."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self.ours, self.theirs = Link(Channel(ours), Side(1)), Link(Channel(theirs), Side(2))

    def there(self, *values: Any) -> list[Any]:
        self.ours.say("there", None, values)
        return self.theirs.hear().values

    def back(self, *values: Any) -> list[Any]:
        self.theirs.say("back", None, values)
        return self.ours.hear().values

    def close(self) -> None:
        self.ours.channel.close()
        self.theirs.channel.close()


@pytest.fixture(scope="module")
def module_ends() -> Iterator[Ends]:
    ends = Ends()
    yield ends
    ends.close()


@pytest.fixture
def ends() -> Iterator[Ends]:
    ends = Ends()
    yield ends
    ends.close()


def same(a: Any, b: Any) -> bool:
    """Whether two values are of one type and hold the same, NaN and the sign of zero included."""
    if type(a) is not type(b) and not (isinstance(a, tuple) and isinstance(b, tuple)):
        return False
    if isinstance(a, np.ndarray) and a.dtype != object:
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, pd.DataFrame):
        pd.testing.assert_frame_equal(a, b)
        return True
    if isinstance(a, dict):
        return list(map(repr, a)) == list(map(repr, b)) and all(map(same, a.values(), b.values()))
    if isinstance(a, set | frozenset):
        return bool(a == b)
    if isinstance(a, list | tuple | deque | np.ndarray):
        return len(a) == len(b) and all(map(same, a, b))
    return repr(a) == repr(b)


@given(values)
def test_data_arrive_as_they_were_sent_and_come_back_as_themselves(module_ends: Ends, value: Any) -> None:
    (arrived,) = module_ends.there(value)
    assert same(arrived, value)
    (returned,) = module_ends.back(arrived)
    assert same(returned, value)
    if isinstance(value, list | dict | set | deque | np.ndarray):
        assert returned is value


@given(st.lists(st.one_of(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=2)), max_size=5), st.data())
def test_changes_on_either_side_reach_the_other(module_ends: Ends, parts: list[Any], data: Any) -> None:
    (theirs,) = module_ends.there(parts)
    for ours, other, send in ((parts, theirs, module_ends.there), (theirs, parts, module_ends.back)):
        for _ in range(data.draw(st.integers(0, 3))):
            place = data.draw(st.integers(0, len(ours)))
            ours[place:place] = data.draw(st.lists(st.lists(st.integers(0, 9), max_size=2), max_size=2))
        send()
        assert other == ours


@pytest.mark.parametrize(
    ("value", "change"),
    [
        ({1, 2}, lambda v: v.add(3)),
        (deque([1, 2], 2), lambda v: v.append(3)),
        (Counter("aab"), lambda v: v.update("b")),
        (defaultdict(list, {"a": [1]}), lambda v: v["b"].append(2)),
        (np.array(["a", None], object), lambda v: v.__setitem__(0, 7)),
        (np.arange(4.0), lambda v: v.__imul__(2)),
        (pd.DataFrame({"a": [1, 2], "b": ["x", None]}), lambda v: v.__setitem__("c", [0.5, 1.5])),
        (pd.DataFrame({"a": [1, 2]}), lambda v: v.insert(0, "z", 7)),
        (pd.Series([1.0, 2.0], name="s"), lambda v: v.__setitem__(0, 5.0)),
        (pd.DataFrame({"a": ["x", "y"], "b": ["x", None]}), lambda v: v.loc.__setitem__((1, "b"), "z")),
        (pd.DataFrame({"a": ["x", "y"]}), lambda v: v.loc.__setitem__((0, "a"), None)),
        (pd.Series([1, "b"], dtype=object), lambda v: v.__setitem__(0, True)),
        (pd.DataFrame({"a": [1]}, index=["x"]), lambda v: setattr(v, "index", ["y"])),
    ],
    ids=lambda value: type(value).__name__ if not callable(value) else "",
)
def test_a_change_in_place_is_seen_on_the_other_side(ends: Ends, value: Any, change: Any) -> None:
    (theirs,) = ends.there(value)
    assert type(theirs) is type(value)
    change(theirs)
    ends.back()
    assert str(value) == str(theirs)
    ends.ours.mirror.restore()
    assert str(value) != str(theirs)


def frames() -> list[Any]:
    dates = pd.date_range("2024-01-01", periods=3, tz="Europe/Rome", name="day")
    mixed = pd.DataFrame(
        {
            "n": [1, 2, 3],
            "x": [0.5, np.nan, -0.0],
            "s": ["a", None, "c"],
            "o": pd.Series([1, "b", None], dtype=object),
            "c": pd.Categorical(["u", "v", "u"], ordered=True),
            "i": pd.array([1, None, 3], dtype="Int64"),
            "d": dates.tz_localize(None),
            "z": dates,
            "b": [True, False, True],
        }
    )
    groups = mixed.groupby(["c", "b"], observed=True)["n"].agg(["mean", "sum"])
    return [
        mixed,
        mixed.set_index("z"),
        groups,
        pd.DataFrame(),
        pd.DataFrame(np.eye(2), columns=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])),
        pd.DataFrame([[1, 2.0]], columns=["a", "a"]),
    ]


@pytest.mark.parametrize("frame", frames(), ids=range(6))
def test_tables_arrive_as_they_were_sent(ends: Ends, frame: Any) -> None:
    (arrived,) = ends.there(frame)
    pd.testing.assert_frame_equal(arrived, frame, check_freq=False)
    for n in range(len(frame.columns)):
        column = frame.iloc[:, n]
        pd.testing.assert_series_equal(ends.there(column)[0], column, check_freq=False)
    for index in (frame.index, frame.columns):
        pd.testing.assert_index_equal(ends.there(index)[0], index, exact=True)


@pytest.mark.parametrize("frame", frames(), ids=range(6))
def test_a_table_that_nobody_touches_is_not_sent_again(ends: Ends, frame: Any) -> None:
    (arrived,) = ends.there(frame)
    frame.to_string()
    arrived.describe(include="all") if len(arrived.columns) else None
    for column in frame.columns[:1]:
        frame[column] = frame[column].copy()  # the same again
    assert ends.ours.mirror.changes() == ends.theirs.mirror.changes() == {}


@pytest.mark.parametrize("moment", [pd.Timestamp("2024-02-29", tz="UTC"), pd.Timedelta("3h"), pd.NaT, pd.NA])
def test_moments_of_pandas(ends: Ends, moment: Any) -> None:
    assert repr(ends.there(moment)[0]) == repr(moment)


@pytest.mark.parametrize(
    "said", [["Own", [["a"]], [1]], ["Own", ["a", {}], [1, 2]], [1, ["a"], [1]], ["a b", [], []]]
)
def test_what_is_no_named_tuple_is_refused(said: list[Any]) -> None:
    with pytest.raises(BadValue):
        NamedTuples().make(said, lambda part: part)


def test_views_and_named_tuples_keep_what_they_can_do(ends: Ends) -> None:
    keys, items = ends.there({"a": 1}.keys(), {"a": [1]}.items())
    assert keys == {"a"}
    assert sorted(items) == [("a", [1])]
    (pair,) = ends.there(Pair(1, [2]))
    assert (pair.a, pair.b, pair) == (1, [2], (1, [2]))
    (own,) = ends.there(namedtuple("_Own", "a")(1))
    assert isinstance(own, tuple)
    assert own.a == 1


def test_one_object_twice_is_one_object_there_even_in_itself(ends: Ends) -> None:
    inner: list[Any] = [1]
    inner.append(inner)
    first, (second, third) = ends.there(inner, (inner, {"x": inner}))
    assert first is second is third["x"]
    assert first[1] is first


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(-5, 2**70), st.floats(), st.text(max_size=5),
                  st.binary(max_size=20), st.sampled_from([*list("aldsqOpTFN/.DVih@ncrsyetgf"), "pi", "pt"])),
        lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.integers(-3, 9), inner, max_size=3),
        max_leaves=20,
    )
)  # fmt: skip
def test_whatever_the_other_side_sends_is_a_value_or_refused(message: Any) -> None:
    """Nothing but BadValue comes of it: a student's process may send anything."""
    side = Side(1)
    for what in (side.unpack, side.learn, side.apply):
        with contextlib.suppress(BadValue, RecursionError, OverflowError, MemoryError):
            what(message)


@given(st.binary(max_size=60))
def test_bytes_that_are_no_message_are_refused(noise: bytes) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(len(noise).to_bytes(4, "big") + noise)
        theirs.shutdown(socket.SHUT_WR)
        channel = Channel(ours)
        with contextlib.suppress(ProtocolError, Closed):
            channel.receive()
        channel.close()


def test_too_long_a_message_is_not_sent_and_the_next_one_arrives(ends: Ends) -> None:
    big = np.zeros(Limits().message)
    with pytest.raises(TooLong, match="too much for one message"):
        ends.ours.say("there", None, [big])
    assert ends.there([1, 2]) == [[1, 2]]


def test_nothing_in_time_is_late_and_a_closed_end_is_closed(ends: Ends) -> None:
    with pytest.raises(Late):
        ends.ours.hear(deadline=0.0)
    ends.theirs.channel.close()
    with pytest.raises(Closed):
        ends.ours.hear()


@pytest.mark.parametrize("cut", [0, 3, 4, 5, 1000])
def test_a_message_that_comes_in_two_halves_with_a_deadline_between_is_whole_afterwards(cut: int) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        noted, message = Noted(), ["value", list(range(2000))]
        Channel(noted).send(message)  # type: ignore[arg-type]
        theirs.sendall(noted.sent[:cut])
        channel = Channel(ours)
        with pytest.raises(Late):
            channel.receive(time.monotonic() + 0.01)
        theirs.sendall(noted.sent[cut:])
        Channel(theirs).send("next")
        assert channel.receive() == message
        assert channel.receive() == "next"


class Noted:
    """A connection that keeps what is sent."""

    sent = b""

    def settimeout(self, seconds: float | None) -> None:
        """Wait for nothing."""

    def sendall(self, data: bytes) -> None:
        self.sent += data


@given(st.one_of(numbers.filter(lambda n: not isinstance(n, Fraction | Decimal)), texts))
def test_atoms_alone(value: Any) -> None:
    assert same(unpack_atom(pack_atom(value)), value)


def test_a_message_of_empty_lists_is_refused_before_it_takes_a_hundred_times_its_length() -> None:
    limits = Limits(parts=10_000)
    ours, theirs = socket.socketpair()
    body = b"\xdd" + (800_000).to_bytes(4, "big") + b"\x90" * 800_000
    sender = threading.Thread(target=theirs.sendall, args=(len(body).to_bytes(4, "big") + body,))
    sender.start()
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError, match="too many parts"):
            Channel(ours, limits).receive()
        assert tracemalloc.get_traced_memory()[1] < 10 * len(body)
    finally:
        tracemalloc.stop()
        sender.join()
        ours.close()
        theirs.close()
