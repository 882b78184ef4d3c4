"""Which events are about a path: what `git coord log --path` asks.

Each event is found under the directory of each of its scopes, `at:path:/src/auth/`; a glob under that of its literal
prefix. What is about a path stands there, in a directory above, or anywhere below; the scopes themselves decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain import fields, kinds
from gitcoord.errors import Malformed
from gitcoord.policy import glob
from gitcoord.policy.ids import EventId, SessionId
from gitcoord.policy.scope import ROOT
from gitcoord.policy.spelling import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.ledger.event import Event
    from gitcoord.policy.scope import Scope


def scopes(event: Event) -> tuple[Scope, ...]:
    """The scopes that an event names; none for one of another kind, or a malformed one."""
    kind = kinds.ALL.get(event.kind)
    try:
        return kind.scopes(event) if kind is not None else ()
    except (Malformed, ValueError):
        return ()


def taken(event: Event) -> list[EventId]:
    """The ids of the claims that a take ends."""
    try:
        items = fields.records(event.data, "takes") if event.kind == "take" else []
        return [EventId(fields.text(item, "id")) for item in items]
    except Malformed:
        return []


def retired(event: Event) -> list[SessionId]:
    """The sessions that a retire ends."""
    try:
        items = fields.records(event.data, "sessions") if event.kind == "retire" else []
        return [SessionId(fields.text(item, "id")) for item in items]
    except Malformed:
        return []


def terms(event: Event) -> Iterator[str]:
    """Under what the chronicle finds an event."""
    for scope in scopes(event):
        yield _at(scope)
    kind = kinds.ALL.get(event.kind)
    if kind is not None:
        yield from kind.terms(event)


def take_of(claim_id: EventId) -> str:
    """Under what the chronicle finds the take that ended a claim."""
    return f"takes:{claim_id}"


def retire_of(session: SessionId) -> str:
    """Under what the chronicle finds the retire that ended a session."""
    return f"retires:{session}"


def where(scope: Scope) -> tuple[list[str], str]:
    """Where the chronicle has what may be about a scope: terms, and how more of them begin ('' for no more)."""
    at = _at(scope)
    if scope.kind == "name":
        return [at], ""
    parts = at.split("/")[:-1]
    return ["/".join(parts[:count]) + "/" for count in range(1, len(parts))], at


def _at(scope: Scope) -> str:
    if scope.kind == "name":
        return f"at:name:{folded(scope.text)}"
    text = folded(scope.text)
    if scope.kind == "glob":
        text = folded(glob.literal_prefix(scope.encode()).decode("utf-8", "surrogateescape")) or ROOT
    return "at:path:/" if text == ROOT else f"at:path:/{text}/"
