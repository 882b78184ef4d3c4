"""What needs no verdict: session logs and heartbeats to the hub and from it, notes merged, what is over dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, field
from gitcoord.errors import Unreadable
from gitcoord.kernel import coordfile, lock
from gitcoord.kernel.refname import COORD
from gitcoord.kernel.refs import ABSENT
from gitcoord.ledger import position, replaced, sequence
from gitcoord.sync import chains, delivery, logs, notes
from gitcoord.sync.outcome import Outcome
from gitcoord.sync.transport import RefUpdate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitcoord.kernel.git import Git
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import RefName, StoreOid
    from gitcoord.sync.agree import Agreement
    from gitcoord.sync.delivery import Undelivered
    from gitcoord.sync.transport import FetchResult, Hub

MOST = 400
"""Refs in one push."""

PATIENCE = 30.0
"""Seconds for which another process of this clone that talks to the hub is waited for, and that each push may take."""

KEPT = 24 * 3600
"""Seconds for which an announcement stays at the hub although everything in it is merged."""

TRIED = 3600
"""Seconds that trying out a hub may take: an older canary belongs to nobody."""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """How many refs went to the hub and were dropped there, whether notes were merged, and what did not get there.

    `kept_back` are sessions of this clone whose logs the hub refuses for what is in them. `away` says why the hub could
    not be asked; nothing was exchanged then.
    """

    sent: int = 0
    dropped: int = 0
    notes: bool = False
    undelivered: list[Undelivered] = field(default_factory=list)
    kept_back: list[str] = field(default_factory=list)
    away: str = ""


def exchange(agreement: Agreement, git: Git, gathered: FetchResult | None, patience: float = PATIENCE) -> Exchanged:
    """Send what this clone's sessions said, take in what others did, drop what is over.

    `gathered` is what the contact before it found at the hub; one that only pushed found nothing. `patience` is in
    seconds.
    """
    with lock.held(agreement.ledger.store.directory / coordfile.HUB_LOCK, patience):
        return _exchange(agreement, git, gathered, patience)


def _exchange(agreement: Agreement, git: Git, gathered: FetchResult | None, patience: float) -> Exchanged:
    hub = agreement.hub
    if agreement.ledger.store.refs.read(hub.confirmed) == ABSENT:
        return Exchanged()
    state = agreement.confirmed()
    heard = gathered or hub.fetch([f"{hub.tracking}/*"], everything=True)
    if not heard.reached:
        return Exchanged(away=heard.said or "no reason given")
    below = f"{hub.incoming}/sessions/"
    replaced.note_heard(agreement.ledger.store, {ref: oid for ref, oid in heard.refs.items() if ref.startswith(below)})
    here, there = _sessions(heard.refs, f"{COORD}/"), _sessions(heard.refs, f"{hub.incoming}/")
    _drop_ended(agreement, state, here)
    updates = []
    if not agreement.read_only:
        updates = [
            *logs.updates(agreement, state, here, there),
            *_over(agreement, state, there),
            *_stale(agreement, heard.refs),
            *_canaries(agreement, heard.refs),
        ]
    done, lost, refused = _push(hub, updates, patience)
    if lost:
        fresh = hub.fetch([f"{hub.tracking}/*"], everything=True)
        once_more = logs.again(agreement, lost, _sessions(fresh.refs, f"{hub.incoming}/")) if fresh.reached else []
        more, _, still = _push(hub, once_more, patience)
        done, refused = done | more, {ref: said for ref, said in refused.items() if ref not in more} | still
    refused = _unannounced(agreement, heard.refs) | refused
    dropped = sum(oid == ABSENT for oid in done.values())
    sent = len(done) - dropped
    merged, said = notes.merge(agreement, git, heard.refs)
    if said:
        refused[notes.at_hub(hub.prefix)] = said
    kept_back = [session for session in agreement.left_out() if f"sessions/{session}{logs.LOG}" in here]
    return Exchanged(sent, dropped, merged, delivery.explain(hub, refused), kept_back)


def _push(
    hub: Hub, updates: list[RefUpdate], patience: float
) -> tuple[dict[RefName, StoreOid], list[RefName], dict[RefName, str]]:
    """Push, so many refs at a time.

    Returns what the hub took (ref -> new value), the logs that do not continue what it has, and what it did not take,
    with what it said.
    """
    done, lost, refused = {}, [], {}
    for at in range(0, len(updates), MOST):
        part = updates[at : at + MOST]
        pushed = hub.push(part, timeout=max(hub.timeout, patience), silence=hub.timeout)
        for update in part:
            if pushed.of(update.ref) is Outcome.PUSHED:
                done[update.ref] = update.oid
            elif update.oid != ABSENT:
                refused[update.ref] = pushed.said
            if update.onward and pushed.of(update.ref) is Outcome.LOST:
                lost.append(update.ref)
    return done, lost, refused


def _unannounced(agreement: Agreement, refs: Mapping[RefName, StoreOid]) -> dict[RefName, str]:
    """Our announcement, where the last push did not get it to the hub or a ref stands below its name there."""
    ref = agreement.hub.announcement(agreement.clone)
    below = f"{agreement.hub.incoming}/clones/{agreement.clone}/"
    blocked = agreement.unannounced or any(name.startswith(below) for name in refs)
    return {ref: agreement.unannounced} if blocked and not agreement.read_only else {}


def _sessions(refs: Mapping[RefName, StoreOid], below: str) -> dict[str, StoreOid]:
    """The refs of sessions among those below a prefix: `sessions/<id>/log` or `.../beat` -> commit."""
    return {ref.removeprefix(below): oid for ref, oid in refs.items() if ref.startswith(f"{below}sessions/")}


def _drop_ended(agreement: Agreement, state: State, here: dict[str, StoreOid]) -> None:
    """Drop here what a session left that ended while that was provisional, now that the hub knows of it."""
    sessions = sorted({logs.owner(leaf) for leaf in here})
    ended = [session for session in sessions if position.read(state, session).standing == "ended"]
    if ended:
        agreement.ledger.drop_logs(ended, state)


def _over(agreement: Agreement, state: State, there: dict[str, StoreOid]) -> list[RefUpdate]:
    """Refs at the hub of sessions that have ended there, whole."""
    objects, updates = agreement.ledger.store.objects, []
    for leaf, oid in there.items():
        session = logs.owner(leaf)
        standing = position.read(state, session)
        if standing.standing == "ended" and (leaf.endswith("/beat") or logs.is_covered(objects, state, session, oid)):
            updates.append(RefUpdate(agreement.hub.ref(leaf), ABSENT, oid))
    return updates


def _stale(agreement: Agreement, refs: Mapping[RefName, StoreOid]) -> list[RefUpdate]:
    """Announcements at the hub that are old and hold nothing that its ledger does not have."""
    hub, store = agreement.hub, agreement.ledger.store
    confirmed, old = store.refs.read(hub.confirmed), agreement.ledger.clock.now() - KEPT
    updates = []
    for ref, oid in refs.items():
        if not ref.startswith(f"{hub.incoming}/clones/"):
            continue
        try:
            made = sequence.read_commit(store.objects, oid).time
        except Unreadable:
            continue
        if made < old and chains.announced(store.objects, oid, confirmed) == []:
            updates.append(RefUpdate(hub.announcement(ref.rpartition("/")[2]), ABSENT, oid))
    return updates


def _canaries(agreement: Agreement, refs: Mapping[RefName, StoreOid]) -> list[RefUpdate]:
    """What an `init` that was killed left at the hub while it tried it out."""
    hub, objects = agreement.hub, agreement.ledger.store.objects
    updates = []
    for ref, oid in refs.items():
        if not ref.startswith(f"{hub.incoming}/canary/"):
            continue
        try:
            made = sequence.read_commit(objects, oid).time
        except Unreadable:
            continue
        if made < agreement.ledger.clock.now() - TRIED:
            updates.append(RefUpdate(hub.ref(ref.removeprefix(f"{hub.incoming}/")), ABSENT, oid))
    return updates
