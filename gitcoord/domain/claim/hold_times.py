"""For how long claims were held: worked out from the operations that gave and ended them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass
from gitcoord.domain import fields
from gitcoord.domain.claim import record as claim
from gitcoord.domain.history import feed
from gitcoord.errors import Malformed, Unreadable
from gitcoord.policy.scope import overlap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.chronicle import Chronicle, Entry
    from gitcoord.policy.ids import SessionId
    from gitcoord.policy.scope import Scope

KINDS = ("claim", "take", "release", "renew", "end", "retire")


@dataclass(slots=True)
class _Tenure:
    """A claim that stands: since when (seconds), with what is left of its scopes, and its deadline."""

    session: SessionId
    since: int
    scopes: set[Scope]
    until: int | None


def lengths(workspace: Workspace, chronicle: Chronicle) -> Iterator[tuple[str, int, int]]:
    """Whose each claim was that is over, when it began, and how long it was held, in seconds; past its deadline it was
    not.
    """
    standing: dict[str, _Tenure] = {}
    for entry in chronicle.about(kinds=KINDS):
        given = chronicle.verdict(entry.id)
        if given is None or not given[1].accepted:
            continue
        try:
            data = feed.event(workspace, entry).data
            over = _apply(standing, entry, data)
        except (Malformed, Unreadable):
            continue
        for item in over:
            end = entry.time if item.until is None else min(entry.time, item.until)
            yield item.session, item.since, max(0, end - item.since)


def _apply(standing: dict[str, _Tenure], entry: Entry, data: dict[str, Any]) -> list[_Tenure]:
    """What an operation does to the claims that stand; returns those that it ended."""
    over = []
    if entry.kind in ("end", "retire"):
        gone = {fields.text(one, "id") for one in fields.records(data, "sessions")} or {entry.session}
        for name in [name for name, item in standing.items() if item.session in gone]:
            over.append(standing.pop(name))
    elif entry.kind == "renew":
        for one in fields.records(data, "claims"):
            item = standing.get(fields.text(one, "id"))
            if item is not None and item.session == entry.session:
                item.until = fields.optional_number(one, "until")
    else:
        for name, scopes in claim.parts_in(data, "claims" if entry.kind == "release" else "ends"):
            item = standing.get(name)
            if item is not None and item.session == entry.session:
                item.scopes.difference_update(scopes)
                if not item.scopes:
                    over.append(standing.pop(name))
        for one in fields.records(data, "takes"):
            item = standing.get(fields.text(one, "id"))
            if item is not None and item.session == fields.text(one, "session"):
                wanted = claim.scopes_in(data)
                item.scopes = {own for own in item.scopes if not any(overlap(own, scope) for scope in wanted)}
                if not item.scopes:
                    over.append(standing.pop(fields.text(one, "id")))
        if entry.kind != "release":
            until = fields.optional_number(data, "until")
            standing[entry.id] = _Tenure(entry.session, entry.time, set(claim.scopes_in(data)), until)
    return over
