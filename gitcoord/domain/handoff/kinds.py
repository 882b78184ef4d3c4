"""The kinds of operations of a handoff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.domain import fields
from gitcoord.domain.handoff import apply, record
from gitcoord.domain.kind import Kind, id_term, own_term

if TYPE_CHECKING:
    from gitcoord.ledger.event import Event
    from gitcoord.policy.scope import Scope

Fields = dict[str, Any]

TERM = "handoff:"
"""With an offer's id behind it, the term under which the chronicle finds every event about that offer."""


def _offer(data: Fields) -> Fields:
    wanted = record.wanted_in(data)
    return {
        "from": wanted.giver,
        "to": wanted.to,
        "tasks": list(wanted.tasks),
        "claims": [name for name, _ in wanted.claims],
        "why": wanted.reason,
        "snapshot": wanted.snapshot,
    }


def _one(data: Fields) -> Fields:
    return {"offer": record.offer_in(data)}


def _adopt(data: Fields) -> Fields:
    return {
        "adopted": fields.text(data, "session"),
        "evidence": fields.text(data, "evidence"),
        "tasks": list(record.tasks_in(data)),
        "claims": [name for name, _ in record.claims_in(data)],
    }


def _scopes(event: Event) -> tuple[Scope, ...]:
    return tuple(scope for _, scopes in record.claims_in(event.data) for scope in scopes)


_OWN = own_term(TERM)
_ABOUT = id_term(TERM, "offer")

KINDS = (
    Kind("handoff-offer", apply.apply_offer, _offer, _scopes, _OWN),
    Kind("handoff-accept", apply.apply_accept, _one, _scopes, _ABOUT),
    Kind("handoff-decline", apply.apply_decline, _one, terms=_ABOUT),
    Kind("adopt", apply.apply_adopt, _adopt, _scopes),
)
