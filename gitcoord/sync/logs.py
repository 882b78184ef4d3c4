"""The logs of this clone's sessions at the hub: a log there gives way only to one that has everything of it.

Where what the hub has is not a part of ours, the disk was restored, or somebody else writes the session's log: then we
follow what the hub has, and append what it lacks once more under the same ids (docs/protocol.md, rule 29).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.errors import TooLarge, Unreadable
from gitcoord.kernel.refname import beat_ref, log_ref
from gitcoord.kernel.refs import ABSENT, Update
from gitcoord.ledger import position, sequence
from gitcoord.ledger.ledger import as_before
from gitcoord.policy.ids import RefName, SessionId, StoreOid
from gitcoord.sync import large
from gitcoord.sync.transport import RefUpdate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitcoord.kernel.objects import Objects
    from gitcoord.ledger.event import Event
    from gitcoord.ledger.ledger import Ledger
    from gitcoord.ledger.state import State
    from gitcoord.sync.agree import Agreement

_NOT_A_LOG = (Unreadable, ValueError, KeyError, TypeError)
LOG, BEAT = large.LOG, "/beat"


def owner(leaf: str) -> SessionId:
    """Return whose log or beat it is, by the end of the name of its ref: `sessions/<id>/log`."""
    return SessionId(leaf.split("/")[1])


def updates(
    agreement: Agreement, state: State, here: Mapping[str, StoreOid], there: Mapping[str, StoreOid]
) -> list[RefUpdate]:
    """Logs here that have events beyond the hub's ledger, and the beats of this clone's sessions.

    `here` and `there` are `sessions/<id>/log` and `sessions/<id>/beat` -> commit, as they are in this clone and at the
    hub. A log that is behind what the hub has of it is moved forward. One that the hub refuses for what is in it stays
    here, and a large one (`sync.large`) goes by itself.
    """
    ledger, found, refused = agreement.ledger, [], agreement.left_out()
    for leaf, oid in here.items():
        session, theirs = owner(leaf), there.get(leaf, ABSENT)
        if theirs == oid:
            continue
        record = state.json(position.live_path(session))
        ours = record is None or record["clone"] in agreement.ids
        if leaf.endswith(BEAT):
            newest = ledger.store.refs.read(beat_ref(session))  # another process may have sent it already
            if ours and newest != ABSENT:
                found.append(RefUpdate(agreement.hub.ref(leaf), newest))
        elif leaf.endswith(LOG) and ours and session not in refused:
            if theirs != ABSENT and _is_in_front(ledger.store.objects, theirs, oid):
                found += after(agreement, session, theirs)
            elif (merged := position.read(state, session).tip) != oid:
                newest = ledger.store.refs.read(log_ref(session))
                if large.is_large(ledger.store.objects, newest, theirs, merged):
                    continue
                found += [RefUpdate(agreement.hub.ref(leaf), newest, onward=True)] if newest != ABSENT else []
    return found


def again(agreement: Agreement, refs: list[RefName], there: Mapping[str, StoreOid]) -> list[RefUpdate]:
    """The pushes to make once more, for logs that do not continue what the hub has; `there` is new."""
    leaves = [ref.removeprefix(f"{agreement.hub.prefix}/") for ref in refs]
    return [update for leaf in leaves if leaf in there for update in after(agreement, owner(leaf), there[leaf])]


def after(agreement: Agreement, session: SessionId, theirs: StoreOid) -> list[RefUpdate]:
    """Follow what the hub has of a session's log (`follow`); what is to be pushed then."""
    ref = agreement.hub.own(log_ref(session))
    tip, continues = follow(agreement.ledger, session, theirs)
    if tip in (ABSENT, theirs):
        return []
    return [RefUpdate(ref, tip, onward=True) if continues else RefUpdate(ref, tip, theirs)]


def follow(ledger: Ledger, session: SessionId, theirs: StoreOid) -> tuple[StoreOid, bool]:
    """Take up what the hub has of a session's log, whose tip there is `theirs`; nothing that either has is lost.

    Returns the tip of our log, and whether it continues `theirs`. It does unless our ledger merged something else in
    its stead: then what only the hub has is appended to ours.
    """
    objects, refs = ledger.store.objects, ledger.store.refs
    with ledger.writing():
        ours, state = refs.read(log_ref(session)), ledger.state()
        if ours == ABSENT:
            return ABSENT, False
        continues = _goes_on(objects, state, session, theirs)
        if continues:
            base = theirs
        else:
            base = ours if _goes_on(objects, state, session, ours) else position.read(state, session).tip
        missing = [*_lacking(objects, session, theirs, base), *_lacking(objects, session, ours, base)]
        once = {event.id: event for event in missing}
        before = position.Position(sequence.read_event(objects, base).number, base, "live")
        events = ledger.compose(session, before, list(map(as_before, once.values())), ledger.clock.now())
        tip = events[-1].oid if events else base
        if tip != ours:
            objects.publish()
            ledger.move([Update(log_ref(session), tip, ours)])
            objects.settle()
    ledger.pick_up()
    return tip, continues


def _is_in_front(objects: Objects, theirs: StoreOid, ours: StoreOid) -> bool:
    """Whether the log at the hub has at least as many events as ours, or git would not push a log over what it is."""
    try:
        kind, _ = objects.read(theirs)
        return kind != "commit" or (
            sequence.read_event(objects, theirs).number >= sequence.read_event(objects, ours).number
        )
    except TooLarge:
        return True
    except _NOT_A_LOG:
        return False


def _goes_on(objects: Objects, state: State, session: SessionId, tip: StoreOid) -> bool:
    """Whether this is a log of the session, without gaps, that continues what the ledger merged of it."""
    merged = position.read(state, session)
    try:
        numbers = [event.number for event in sequence.pending(objects, state, session, tip)]
    except _NOT_A_LOG:
        return False
    return (bool(numbers) or tip == merged.tip) and numbers == list(
        range(merged.number + 1, merged.number + 1 + len(numbers))
    )


def _lacking(objects: Objects, session: SessionId, tip: StoreOid, base: StoreOid) -> list[Event]:
    """What a log has of the session and `base` lacks; nothing where it cannot be read: it says nothing to anybody."""
    try:
        return [event for event in sequence.lacking(objects, tip, base) if event.session == session]
    except _NOT_A_LOG:
        return []


def is_covered(objects: Objects, state: State, session: SessionId, tip: StoreOid) -> bool:
    """Whether the ledger has all of a log: not only as many events, but these."""
    try:
        event = sequence.read_event(objects, tip)
        if event.number > position.read(state, session).number:
            return False
        return not (sequence.strayed(objects, state, session, tip) and sequence.beside(objects, state, session, tip))
    except _NOT_A_LOG:
        return True  # no log at all: whatever it is, nothing of the session is lost with it
