"""A moment in time: whole seconds since 1970, UTC, which programs read as RFC 3339."""

from __future__ import annotations

import datetime

LATEST = 253402214400
"""The last day of the year 9999, beyond which calendars here end; what others wrote may say later."""


class Moment(int):
    """Seconds since 1970, UTC. A type of its own so that records say which of their numbers are times."""

    def rfc3339(self) -> str:
        """As JSON has it: `2026-11-21T09:30:00Z`."""
        return datetime.datetime.fromtimestamp(min(self, LATEST), datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def utc(self) -> str:
        """As people in several time zones read it: `2026-11-21 09:30`, in UTC, which the text around it says."""
        return self.rfc3339()[:16].replace("T", " ")

    def clock(self, *, seconds: bool = False) -> str:
        """As a person here reads it: `09:30`, with the day where it is not today; `09:30:05` with `seconds`."""
        local = datetime.datetime.fromtimestamp(min(self, LATEST))
        day = "" if local.date() == datetime.date.today() else "%b %d "
        return local.strftime(f"{day}%H:%M:%S" if seconds else f"{day}%H:%M")
