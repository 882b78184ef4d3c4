"""Times in payloads, as they are shown."""

from __future__ import annotations

from typing import Any

from gitcoord.domain import fields
from gitcoord.policy.moment import Moment


def moment(data: dict[str, Any], key: str) -> Moment | None:
    """Return a time of a payload, None where it is missing. Raises `Malformed`."""
    found = fields.optional_number(data, key)
    return None if found is None else Moment(found)
