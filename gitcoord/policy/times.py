"""Times as people write them: RFC 3339, a day, or how long from now."""

from __future__ import annotations

import datetime

from gitcoord.errors.usage import NotWritten, OutOfRange
from gitcoord.policy import duration


def later(text: str, now: int) -> int:
    """Return the time in seconds that `30m` (from `now`) or `2026-11-21T10:40:00Z` says. Raises `Usage`.

    A time without a zone is in UTC.
    """
    if text[-1:] in "smhd" and text[:-1].isdigit():
        return now + duration.parse(text)
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise NotWritten(text, "a time", "30m, 2h or 2026-11-21T10:40:00Z") from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=datetime.UTC)
    seconds = int(found.timestamp())
    if seconds < 1:
        raise OutOfRange("the time", text, "30m, 2h or 2026-11-21T10:40:00Z")
    return seconds
