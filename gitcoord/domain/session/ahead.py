"""Sessions whose recorded times are ahead of the clock here: how long this clone has watched one without a sign of it.

The lease of such a session runs from a time in the future and says nothing, so the watch takes its place
(docs/protocol.md, rule 31). A file of this clone keeps since when nothing new was seen: no operation, no message and
no beat. It is not the file of rule 21, whose first meeting counts only from the end of the watch on.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitcoord.kernel import coordfile, mark
from gitcoord.kernel.refname import beat_ref, log_ref
from gitcoord.policy import lease

if TYPE_CHECKING:
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace

DIRECTORY = coordfile.AHEAD


def is_ahead(workspace: Workspace, other: Session) -> bool:
    """Return whether the last operation of a session bears a time later than now by more than clocks may differ."""
    return lease.ahead(other.last, workspace.clock.now(), workspace.tolerance)


def is_over(workspace: Workspace, other: Session) -> bool:
    """Return whether this clone has watched a session that is ahead for a whole lease, and saw no sign of it.

    Of a session of another clone only the hub tells of signs: the watch ends when the hub is met after it.
    """
    end = ends(workspace, other) + workspace.skew(other)
    asks_hub = other.clone != workspace.clone and workspace.agreement.status != "none"
    return (workspace.agreement.met if asks_hub else workspace.clock.now()) > end


def ends(workspace: Workspace, other: Session) -> int:
    """Return the time in seconds at which the watch of a session has lasted for its lease; start it where need is."""
    return _since(workspace, other) + other.lease


def _since(workspace: Workspace, other: Session) -> int:
    """Return since when nothing new was seen of a session: now, where there is a sign that was not seen before."""
    now, sign = workspace.clock.now(), _sign(workspace, other)
    place = workspace.place.coord_dir / DIRECTORY / other.id
    known = mark.record(place)
    since = known.get("since")
    if isinstance(since, int) and since <= now and known.get("sign") == sign:
        return since
    mark.put(place, json.dumps({"since": now, "sign": sign}))  # where that cannot be, the watch has not begun
    return now


def _sign(workspace: Workspace, other: Session) -> list[str]:
    """Return what changes with every operation, message and beat of a session that is known here."""
    refs, heard = workspace.ledger.store.refs, workspace.agreement.heard_of(other.id)
    own = [refs.read(log_ref(other.id)), refs.read(beat_ref(other.id))]
    return [other.tip, *own, heard.get(f"{other.id}/log", ""), heard.get(f"{other.id}/beat", "")]
