"""The kinds of events about claims, and of those that end sessions with all that they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.domain import fields
from gitcoord.domain.claim import apply
from gitcoord.domain.claim import record as claim
from gitcoord.domain.history import event_scopes
from gitcoord.domain.kind import Kind
from gitcoord.domain.moments import moment

if TYPE_CHECKING:
    from gitcoord.ledger.event import Event
    from gitcoord.policy.scope import Scope

Fields = dict[str, Any]


def _claim(data: Fields) -> Fields:
    return {
        "shared": fields.flag(data, "shared"),
        "until": moment(data, "until"),
        "branch": fields.text(data, "branch", ""),
        "took": [
            {key: fields.text(item, key) for key in ("id", "session", "evidence")}
            for item in fields.records(data, "takes")
        ],
    }


def _token(_: Fields, number: int | None) -> Fields:
    return {"token": number}


def _release(data: Fields) -> Fields:
    return {"branch": fields.text(data, "branch", ""), "claims": [part for part, _ in claim.parts_in(data, "claims")]}


def _renew(data: Fields) -> Fields:
    return {"claims": [fields.text(item, "id") for item in fields.records(data, "claims")]}


def _wanted(event: Event) -> tuple[Scope, ...]:
    return claim.scopes_in(event.data)


def _released(event: Event) -> tuple[Scope, ...]:
    return tuple(scope for _, part in claim.parts_in(event.data, "claims") for scope in part)


def _held(event: Event) -> tuple[Scope, ...]:
    return tuple(scope for item in fields.records(event.data, "held") for scope in claim.scopes_in(item))


def _end(data: Fields) -> Fields:
    return {"branch": fields.text(data, "branch", "")}


def _retire(data: Fields) -> Fields:
    named = [
        {"session": fields.text(item, "id"), "evidence": fields.text(item, "evidence")}
        for item in fields.records(data, "sessions")
    ]
    return {"sessions": named}


KINDS = (
    Kind("claim", apply.apply_claim, _claim, _wanted, given=_token),
    Kind(
        "take",
        apply.apply_take,
        _claim,
        _wanted,
        terms=lambda event: map(event_scopes.take_of, event_scopes.taken(event)),
        given=_token,
    ),
    Kind("release", apply.apply_release, _release, _released),
    Kind("renew", apply.apply_renew, _renew),
    Kind("end", apply.apply_end, _end, _held),
    Kind(
        "retire",
        apply.apply_retire,
        _retire,
        terms=lambda event: map(event_scopes.retire_of, event_scopes.retired(event)),
    ),
    Kind("waiting", tell=lambda data: {"until": moment(data, "until")}, scopes=_wanted),
)
