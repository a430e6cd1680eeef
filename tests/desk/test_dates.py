"""When something was handed in: what people and programs write is read as they mean it, or refused."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.desk.dates import NoDateError, moment

MONDAY = datetime(2026, 2, 16, 18, 30)


@pytest.mark.parametrize(
    "written",
    [
        "2026-02-16 18:30:00 UTC",
        "2026-02-16 18:30:00.000000 UTC",
        "\ufeff2026-02-16 18:30:00 UTC\r\n",
        "2026-02-16 18:30",
        "2026-02-16T19:30:00+01:00",
        "2026-02-16 19:30:00 CET",
        "2026-02-16 20:30:00 CEST",
        "2026-02-16 10:30:00 PST",
        "2026-02-16 13:30:00 EST",
        "2026-02-17 03:30:00 JST",
        "2026-02-16 19:30 Europe/Berlin",
        "2026-02-16 21:30 UTC+3",
        "2026-02-17 00:00:00 +0530",
        "Mon Feb 16 19:30:00 CET 2026",
        "Tue, 17 Feb 2026 00:00:00 +0530",
        "16/02/2026 18:30",
        "02/16/2026 6:30 PM",
        "20260216T183000Z",
    ],
)
def test_one_moment_in_many_words(written: str) -> None:
    assert moment(written.encode()) == MONDAY


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_an_editor_puts_before_it_is_no_part_of_it(encoding: str) -> None:
    assert moment("2026-02-16 18:30:00 UTC".encode(encoding)) == MONDAY


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("2026-02-16 18:30:00 IST", "time zone that isn't known or means several, 'IST'"),
        ("2026-02-16 18:30:00 CST", "time zone that isn't known or means several, 'CST'"),
        ("2026-02-16 18:30:00 XQZ", "time zone that isn't known or means several, 'XQZ'"),
        ("2026-02-16 18:30:00 Europe/Nowhere", "time zone that isn't known"),
        ("2026-02-16 18:30:00 CET+3", "two time zones"),
        ("03/02/2026 10:00", "could be 2026-02-03 or 2026-03-02"),
        ("03.02.2026", "could be 2026-02-03 or 2026-03-02"),
        ("16.02.26", "could be 2016-02-26 or 2026-02-16"),
        ("10:00", "no whole date"),
        ("Feb 2026", "no whole date"),
        ("1771350000", "no date"),
        ("1712010000", "no date"),
        ("yesterday", "no date"),
        ("2026-02-30", "no date"),
        ("0001-01-01 00:00 JST", "no date"),
        ("x" * 300, "no date"),
    ],
)
def test_what_could_mean_two_moments_or_none_is_refused(written: str, why: str) -> None:
    with pytest.raises(NoDateError, match=why) as refused:
        moment(written.encode())
    assert "write it as 2026-02-16 18:30:00 +0100" in str(refused.value)


def test_the_courses_own_zone_says_which_of_one_abbreviation_is_meant() -> None:
    written = b"2026-02-17 00:00:00 IST"
    assert moment(written, "Asia/Kolkata") == MONDAY
    assert moment(written, "Asia/Jerusalem") == MONDAY + timedelta(hours=3.5)


def test_nothing_written_is_no_moment() -> None:
    assert moment(b" \n") is None


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)),
    st.integers(-14 * 60, 14 * 60),
    st.sampled_from(["%Y-%m-%d %H:%M:%S.%f %z", "%Y-%m-%dT%H:%M:%S.%f%z", "%d %b %Y %H:%M:%S.%f %z"]),
)
def test_whatever_has_an_offset_is_read_exactly(when: datetime, minutes: int, form: str) -> None:
    local = when.replace(tzinfo=UTC).astimezone(timezone(timedelta(minutes=minutes)))
    assert moment(local.strftime(form).encode()) == when


@given(st.text(max_size=30) | st.from_regex(r"[0-9/.: -]{1,20}( [A-Z]{1,5})?", fullmatch=True))
def test_anything_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(NoDateError):
        read = moment(text.encode("utf-8", "surrogatepass"))
        assert read is None or read.tzinfo is None
