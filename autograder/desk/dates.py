"""Points in time as people and programs write them; what could mean two of them is refused in words."""

from __future__ import annotations

import codecs
import re
from datetime import datetime, timedelta, tzinfo
from typing import Any

from dateutil import parser, tz

AS = "write it as 2026-02-16 18:30:00 +0100"
LONGEST = 200  # bytes that a date may take
# Hours from UTC, of abbreviations that mean one thing (IST, CST, BST, AST and GST mean several).
HOURS = {
    **{"UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "MET": 1, "MEST": 2, "EET": 2},
    **{"EEST": 3, "MSK": 3, "SAST": 2, "WAT": 1, "CAT": 2, "EAT": 3, "PKT": 5, "NPT": 5.75, "ICT": 7},
    **{"WIB": 7, "WITA": 8, "WIT": 9, "HKT": 8, "SGT": 8, "PHT": 8, "JST": 9, "KST": 9, "AWST": 8},
    **{"ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "BRT": -3, "ART": -3},
    **{"NST": -3.5, "NDT": -2.5, "EST": -5, "EDT": -4, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7},
    **{"AKST": -9, "AKDT": -8, "HST": -10},
}


class NoDateError(Exception):
    """What was written is no point in time; the message says why, and how to write one."""


def moment(data: bytes, home: str = "UTC") -> datetime | None:
    """Return when a text says that something happened, as nbgrader keeps it: in UTC, without a zone.

    Args:
        data: the text; with a byte order mark, if it has one. Without a zone it is in UTC, as for nbgrader.
        home: the time zone that this course's own programs write (nbgrader's `c.Exchange.timezone`): it says
            which of the zones of one abbreviation is meant.

    Returns:
        None if nothing is written.

    Raises:
        NoDateError: if it is no date, not a whole one, or could be two.
    """
    if len(data) > LONGEST:
        raise NoDateError(f"is no date: it has {len(data)} bytes; {AS}")
    text = _decoded(data).strip().strip("\0")
    shown = repr(text[:40])
    if not text:
        return None
    if text.isdigit() and len(text) not in (8, 12, 14):
        raise NoDateError(f"is no date: {shown}; {AS}")
    text, zone = _named_zone(re.sub(r"\b(?:UTC|GMT)\s?([+-])(\d\d?)", _plain_offset, text))
    try:
        read, found = _read(text)
        moved = read - _offset(read, found, zone, home)
    except NoDateError:
        raise
    except Exception:  # dateutil raises whatever its parts do
        raise NoDateError(f"is no date: {shown}; {AS}") from None
    return moved.replace(tzinfo=None)


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # what PowerShell's > writes
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace")


def _plain_offset(match: re.Match[str]) -> str:
    """UTC+3 is three hours before UTC in POSIX, and after it to everybody else."""
    return f"{match[1]}{match[2]:0>2}"


def _named_zone(text: str) -> tuple[str, tzinfo | None]:
    """Split off a zone's full name, as Europe/Berlin."""
    match = re.fullmatch(r"(.+?)\s+\(?([A-Za-z]+(?:/[A-Za-z0-9_+-]+)+)\)?", text)
    if match is None:
        return text, None
    zone = tz.gettz(match[2])
    if zone is None:
        raise NoDateError(f"is in a time zone that isn't known, {match[2][:40]!r}; {AS}")
    return match[1], zone


def _read(text: str) -> tuple[datetime, tuple[str | None, int | None]]:
    """Return a date as written, and its zone as written.

    Raises:
        NoDateError: if another order of its numbers, or another day today, makes another date of it.
    """
    zones: list[tuple[str | None, int | None]] = []

    def date(default: datetime, **order: bool) -> datetime:
        found: Any = parser.parse(
            text, default=default, tzinfos=lambda name, offset: zones.append((name, offset)), **order
        )
        read: datetime = found.replace(tzinfo=None)
        return read

    read, other = date(datetime(2001, 1, 1)), date(datetime(2002, 3, 5))
    if read != other:
        raise NoDateError(f"is no whole date: {text[:40]!r} has no year, month or day; {AS}")
    if not re.match(r"\d{4}", text):
        orders = ({"dayfirst": True}, {"yearfirst": True}, {"dayfirst": True, "yearfirst": True})
        readings = {read, *(date(datetime(2001, 1, 1), **order) for order in orders)}
        if len(readings) > 1:
            days = " or ".join(sorted(f"{each:%Y-%m-%d}" for each in readings))
            raise NoDateError(f"is ambiguous: {text[:40]!r} could be {days}; {AS}")
    return read, zones[0]


def _offset(
    read: datetime, found: tuple[str | None, int | None], zone: tzinfo | None, home: str
) -> timedelta:
    """Return how far a date's zone is from UTC.

    Raises:
        NoDateError: if its abbreviation isn't known, or means several zones.
    """
    name, seconds = found
    if name in HOURS and seconds not in (None, 3600 * HOURS[name]):  # CET+1, and its summer
        raise NoDateError(f"is in two time zones, {name} and {seconds / 3600:+g} hours; {AS}")
    if seconds is not None:
        return timedelta(seconds=seconds)
    if zone is None and name is None:
        return timedelta()
    if name is not None:
        for fold in (0, 1):
            here = read.replace(tzinfo=tz.gettz(home), fold=fold)
            if here.tzname() == name:
                return here.utcoffset() or timedelta()
        if name.upper() in HOURS:
            return timedelta(hours=HOURS[name.upper()])
        raise NoDateError(f"is in a time zone that isn't known or means several, {name[:10]!r}; {AS}")
    return read.replace(tzinfo=zone).utcoffset() or timedelta()
