"""The grace period before a takeover from another clone: after an outage a living session can renew first.

Who would take over has to have met the hub twice, a grace apart, the first time after the lease (or deadline) was over
(docs/protocol.md, rule 21). The first meeting is kept in a file that names what the holder did last: a sign of life in
between begins it anew.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitcoord.kernel import coordfile, mark

if TYPE_CHECKING:
    from pathlib import Path

    from gitcoord.policy.ids import SessionId

GRACE = 120
"""Seconds between the two meetings where `coord.grace` says nothing."""


def passed(directory: Path, session: SessionId, *, last_seen: int, expired_at: int, met: int, grace: int) -> bool:
    """Return whether the grace period of a session has passed for this clone, which met the hub last at `met`.

    `last_seen` is the time of the session's last operation as the hub knows it, `expired_at` when its lease or deadline
    ended. Seconds throughout.
    """
    if met < expired_at:
        return False
    first = first_meeting(directory, session, last_seen=last_seen, expired_at=expired_at)
    if not first or first > met:
        place = directory / coordfile.SUSPECTS / session
        mark.put(place, json.dumps({"first": met, "sign": last_seen}))
        return False
    return met - first >= grace


def first_meeting(directory: Path, session: SessionId, *, last_seen: int, expired_at: int) -> int:
    """Return when this clone first met the hub after `expired_at`, with nothing newer of the session than `last_seen`.

    0 for never. A meeting before `expired_at` was for something else that had ended then: a deadline, or a watch
    (`domain.ahead`).
    """
    record = mark.record(directory / coordfile.SUSPECTS / session)
    first = record.get("first")
    return first if isinstance(first, int) and first >= expired_at and record.get("sign") == last_seen else 0
