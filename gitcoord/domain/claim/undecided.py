"""Own claims that only this clone believes lost, or refused: the hub may see it otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import replace
from gitcoord.domain.claim import record as claim
from gitcoord.domain.claim.record import Claim
from gitcoord.domain.notice import record as notice
from gitcoord.errors import Malformed, Unreadable
from gitcoord.kernel.refname import log_ref
from gitcoord.ledger import sequence

if TYPE_CHECKING:
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.event import Event
    from gitcoord.ledger.state import State


def claims(workspace: Workspace, state: State, me: Session) -> list[Claim]:
    """Return the claims of a session that this clone's ledger ends or refuses, and the confirmed ledger does not."""
    agreed = workspace.agreement.confirmed()
    return [] if agreed is None else [*_taken(state, agreed, me), *_refused(workspace, agreed, me)]


def _taken(state: State, agreed: State, me: Session) -> list[Claim]:
    """Return own claims, or what of them, that the hub knows and only a takeover that it has not confirmed ends."""
    held = {item.id: item.scopes for item in claim.of(state, me.id)}
    found = []
    for item in claim.of(agreed, me.id):
        gone = tuple(scope for scope in item.scopes if scope not in held.get(item.id, ()))
        if gone and notice.about(state, me.id, item.id, gone) is not None:
            found.append(replace(item, scopes=gone))
    return found


def _refused(workspace: Workspace, agreed: State, me: Session) -> list[Claim]:
    """Return own claims that our ledger refuses, the hub has not judged yet, and no release has given back."""
    ledger = workspace.ledger
    try:
        left = sequence.pending(ledger.store.objects, agreed, me.id, ledger.store.refs.read(log_ref(me.id)))
    except Unreadable:
        return []  # no log, or one that forked: what it lacks is appended again, and judged then
    asked: dict[str, Event] = {event.id: event for event in left if event.kind in ("claim", "take")}
    for event in left:
        for name in _given_back(event):
            asked.pop(name, None)
    said = sequence.verdicts(ledger.store.objects, ledger.tip(), asked) if asked else {}
    return [_as_claim(event) for name, event in asked.items() if name in said and not said[name][1].accepted]


def _given_back(event: Event) -> list[str]:
    """Return the ids of the claims that an event releases."""
    try:
        return [name for name, _ in claim.parts_in(event.data, "claims")] if event.kind == "release" else []
    except Malformed:
        return []


def _as_claim(event: Event) -> Claim:
    """Return the claim that an event asks for, as it would be held; without a token, since nobody gave it one."""
    try:
        scopes = claim.scopes_in(event.data)
    except Malformed:
        scopes = ()
    return Claim(event.id, event.session, scopes, False, 0, event.time, None, event.body, "", "")
