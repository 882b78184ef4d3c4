"""Patience before a takeover from another clone: after an outage the living renew before the dead are robbed.

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


def passed(directory: Path, session: SessionId, *, sign: int, over: int, met: int, grace: int) -> bool:
    """Whether this clone, which met the hub last at `met`, has been patient with `session`.

    `sign` is the time of the session's last operation as the hub knows it, `over` when its lease or deadline was over.
    Seconds throughout.
    """
    if met < over:
        return False
    first = first_meeting(directory, session, sign=sign, over=over)
    if not first or first > met:
        place = directory / coordfile.SUSPECTS / session
        mark.put(place, json.dumps({"first": met, "sign": sign}))
        return False
    return met - first >= grace


def first_meeting(directory: Path, session: SessionId, *, sign: int, over: int) -> int:
    """Return when this clone first met the hub after `over`, where `session` was last heard of at `sign`; 0 for never.

    A meeting before `over` was for something else that was over then: a deadline, or a watch (`domain.ahead`).
    """
    record = mark.record(directory / coordfile.SUSPECTS / session)
    first = record.get("first")
    return first if isinstance(first, int) and first >= over and record.get("sign") == sign else 0
