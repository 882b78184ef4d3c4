"""Times as people write them: how long ago, or a date."""

from __future__ import annotations

import datetime

from gitcoord import errors
from gitcoord.errors import Usage
from gitcoord.policy import duration
from gitcoord.policy.ids import EventId, may_begin

_EXAMPLE = "30m, 2h, 2026-11-21 or 2026-11-21T09:30:00Z"


def parse(text: str, now: int) -> int:
    """Seconds since 1970. `30m` is so long ago; `2026-11-21`, `2026-11-21T09:30` and RFC 3339 are that time, local
    where no zone is named. Raises `Usage`.
    """
    if text[-1:] in "smhd" and text[:-1].isdigit():
        return now - duration.parse(text)
    try:
        return int(datetime.datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError) as error:
        raise errors.usage.NotWritten(text, "a time", _EXAMPLE) from error


def parse_or_id(text: str, now: int) -> tuple[int, str]:
    """A time in seconds, or else the id of an event (or its beginning): one of them is 0 or ''. Raises `Usage`."""
    if len(text) < EventId.DIGITS:
        try:
            return parse(text, now), ""
        except Usage as error:
            if not may_begin(text):
                raise errors.usage.NotWritten(text, "a time, and not the id of an event", _EXAMPLE) from error
    return 0, text
