"""The kinds of events about sessions, claims and messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.domain import bypass, claim, fields, footprint, message, repair, session, takeover
from gitcoord.domain.kind import Kind
from gitcoord.policy.moment import Moment
from gitcoord.policy.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.ledger.event import Event

Fields = dict[str, Any]


def moment(data: Fields, key: str) -> Moment | None:
    """Return a time of a payload, None where it is missing. Raises `Malformed`."""
    found = fields.optional_number(data, key)
    return None if found is None else Moment(found)


# --- sessions


def _register(data: Fields) -> Fields:
    said = {key: fields.text(data, key, "") for key in ("work", "user", "host", "branch", "agent", "parent")}
    return said | {"capabilities": fields.texts(data, "capabilities")}


def _registered(event: Event) -> Iterator[str]:
    data = event.data
    yield f"name:{data.get('name', '')}"
    yield f"role:{data.get('role', '')}"
    if isinstance(data.get("capabilities"), list):
        yield from (f"can:{capability}" for capability in data["capabilities"])
    if data.get("resumes"):
        yield f"resumes:{data['resumes']}"


def _end(data: Fields) -> Fields:
    return {"branch": fields.text(data, "branch", "")}


def _retire(data: Fields) -> Fields:
    named = [
        {"session": fields.text(item, "id"), "evidence": fields.text(item, "evidence")}
        for item in fields.records(data, "sessions")
    ]
    return {"sessions": named}


def _progress(data: Fields) -> Fields:
    said: Fields = {key: fields.text(data, key, "") for key in ("action", "target", "phase", "next")}
    share = fields.optional_number(data, "progress")
    return said | {"progress": share, "eta": moment(data, "eta"), "touched": fields.texts(data, "touched")}


# --- claims


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


def _bypass(data: Fields) -> Fields:
    holders = [fields.text(item, "session") for item in fields.records(data, "holders")]
    return {"commit": fields.text(data, "commit"), "who": fields.text(data, "who", ""), "sessions": holders}


def _wanted(event: Event) -> tuple[Scope, ...]:
    return claim.scopes_in(event.data)


def _released(event: Event) -> tuple[Scope, ...]:
    return tuple(scope for _, part in claim.parts_in(event.data, "claims") for scope in part)


def _held(event: Event) -> tuple[Scope, ...]:
    return tuple(scope for item in fields.records(event.data, "held") for scope in claim.scopes_in(item))


def _bypassed(event: Event) -> tuple[Scope, ...]:
    paths = [path for item in fields.records(event.data, "holders") for path in fields.texts(item, "paths")]
    return tuple(Scope.from_json({"file": path}) for path in dict.fromkeys(paths))


# --- messages


def _ack(data: Fields) -> Fields:
    read = data.get("read")
    return {"senders": [sender for sender in read if isinstance(sender, str)] if isinstance(read, dict) else []}


def _acknowledged(event: Event) -> Iterator[str]:
    if message.is_one(event):
        yield from message.terms(event)
    else:
        yield f"cursor:{event.session}"


KINDS = (
    Kind("register", session.apply_register, _register, terms=_registered),
    Kind("end", claim.apply_end, _end, _held),
    Kind("retire", takeover.apply_retire, _retire, terms=lambda e: map(footprint.retire_of, footprint.retired(e))),
    Kind("claim", claim.apply_claim, _claim, _wanted, given=_token),
    Kind(
        "take",
        takeover.apply_take,
        _claim,
        _wanted,
        terms=lambda event: map(footprint.take_of, footprint.taken(event)),
        given=_token,
    ),
    Kind("release", claim.apply_release, _release, _released),
    Kind("renew", claim.apply_renew, _renew),
    Kind("bypass", bypass.apply_bypass, _bypass, _bypassed),
    Kind("repair", repair.apply_repair, lambda data: {"above": fields.number(data, "above")}),
    Kind("message", terms=message.terms),
    Kind("ack", tell=_ack, terms=_acknowledged),
    Kind("progress", tell=_progress),
    Kind("waiting", tell=lambda data: {"until": moment(data, "until")}, scopes=_wanted),
)
