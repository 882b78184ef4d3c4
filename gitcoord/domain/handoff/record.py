"""What the state holds of handoffs: an offer, open or over.

    handoffs/open/<id>.json                        offers that stand
    handoffs/over/<first 2 digits>/<id>.json       what became of the others

An offer takes nothing from anybody: until it is accepted, the giver holds what it offers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass, replace
from gitcoord.domain import fields
from gitcoord.domain.claim.record import scopes_in
from gitcoord.errors import Malformed
from gitcoord.policy.ids import NO_OBJECT, NOBODY, EventId, SessionId, StoreOid
from gitcoord.policy.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.ledger.fold import Operation
    from gitcoord.ledger.state import State

OPEN, OVER = "handoffs/open", "handoffs/over"
REASONS = ("manual", "timeout", "error_recovery")
STATUS = ("open", "accepted", "declined", "withdrawn", "expired")

MOST_OPEN = 1000
"""Offers that stand at once."""

MOST_ITEMS = 500
"""Tasks of one handoff, and claims."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A claim, or some scopes of it, as it was when it was offered."""

    claim: str
    scopes: tuple[Scope, ...]
    shared: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer, made by operation `number`. Times are seconds. `giver` is whose work it is.

    `by` is the session that offers it, mostly the same. `to` is the session that it is for and `to_name` its name; both
    '' where the next one that comes may take it. `snapshot` is the commit with the uncommitted work, '' for none;
    `branch`, `worktree` and `head` are where the giver stood. `taker`, `closed` and `why` say what became of it.
    """

    id: str
    giver: SessionId
    by: SessionId
    to: SessionId
    to_name: str
    made: int
    until: int
    reason: str
    context: str
    tasks: tuple[str, ...]
    claims: tuple[Offered, ...]
    number: int = 0
    snapshot: StoreOid = NO_OBJECT
    branch: str = ""
    worktree: str = ""
    head: str = ""
    status: str = "open"
    taker: SessionId = NOBODY
    closed: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The payload of an offer, decoded: what is offered to whom, until when."""

    giver: SessionId
    to: SessionId
    to_name: str
    until: int
    reason: str
    tasks: tuple[str, ...]
    claims: tuple[tuple[str, tuple[Scope, ...]], ...]
    snapshot: StoreOid


def wanted_in(data: dict[str, Any]) -> Wanted:
    """Decode the payload of an offer. Raises `Malformed`."""
    reason, snapshot = fields.text(data, "reason", "manual"), fields.text(data, "snapshot", "")
    if reason not in REASONS:
        raise Malformed("unknown reason of a handoff")
    if snapshot and not StoreOid.fits(snapshot):
        raise Malformed("the snapshot is not a commit")
    return Wanted(
        SessionId(fields.text(data, "from")),
        SessionId(fields.text(data, "to", "")),
        fields.text(data, "to_name", ""),
        fields.number(data, "until"),
        reason,
        tasks_in(data),
        claims_in(data),
        StoreOid(snapshot),
    )


def tasks_in(data: dict[str, Any]) -> tuple[str, ...]:
    """The tasks that a payload moves. Raises `Malformed`."""
    found = tuple(dict.fromkeys(fields.texts(data, "tasks")))
    if len(found) > MOST_ITEMS or not all(map(EventId.fits, found)):
        raise Malformed(f"the tasks are not ids, or more than {MOST_ITEMS}")
    return found


def claims_in(data: dict[str, Any]) -> tuple[tuple[str, tuple[Scope, ...]], ...]:
    """The claims, or parts of claims, that a payload moves. Raises `Malformed`."""
    found = {fields.text(item, "id"): scopes_in(item) for item in fields.records(data, "claims")}
    if len(found) > MOST_ITEMS or not all(map(EventId.fits, found)):
        raise Malformed(f"the claims are not ids, or more than {MOST_ITEMS}")
    return tuple(found.items())


def offer_in(data: dict[str, Any]) -> str:
    """The offer that a payload names. Raises `Malformed`."""
    name = fields.text(data, "offer")
    if not EventId.fits(name):
        raise Malformed("the offer is not an id")
    return name


def read(state: State, name: str) -> Offer | None:
    """Return the offer of this id, open or over; None where there is none."""
    if not EventId.fits(name):
        return None
    found = state.json(f"{OPEN}/{name}.json") or state.json(f"{OVER}/{name[:2]}/{name}.json")
    return None if found is None else _decode(name, found)


def _decode(name: str, data: dict[str, Any]) -> Offer:
    claims = tuple(
        Offered(item["id"], tuple(Scope.from_json(one) for one in item["scopes"]), item["shared"], item["why"])
        for item in data["claims"]
    )
    known = {key: value for key, value in data.items() if key in Offer.__slots__}
    return Offer(**{**known, "id": name, "tasks": tuple(data["tasks"]), "claims": claims})


def put(state: State, offer: Offer) -> None:
    """Write an offer where it belongs."""
    claims = [
        {"id": one.claim, "scopes": [scope.to_json() for scope in one.scopes], "shared": one.shared, "why": one.why}
        for one in offer.claims
    ]
    data = {name: getattr(offer, name) for name in Offer.__slots__ if name != "id"}
    data |= {"tasks": list(offer.tasks), "claims": claims}
    data = {key: value for key, value in data.items() if value != "" or key in ("context", "giver", "by", "to")}
    if offer.status == "open":
        state.write_json(f"{OPEN}/{offer.id}.json", _with_defaults(data))
    else:
        state.remove(f"{OPEN}/{offer.id}.json")
        state.write_json(f"{OVER}/{offer.id[:2]}/{offer.id}.json", _with_defaults(data))


def _with_defaults(data: dict[str, Any]) -> dict[str, Any]:
    return {"to_name": "", "reason": "manual", **data}


def open_ids(state: State) -> list[str]:
    """Return the ids of the offers that stand, in their order."""
    return [name.removesuffix(".json") for name in state.names(OPEN)]


def beginning(state: State, text: str) -> list[str]:
    """Return the ids of the offers that begin so: of those that stand, or else of those that are over."""
    standing = [name for name in open_ids(state) if name.startswith(text)]
    if standing:
        return standing
    return [name.removesuffix(".json") for name in state.names(f"{OVER}/{text[:2]}") if name.startswith(text)]


def standing(state: State) -> list[Offer]:
    """Return the offers that stand, the eldest first; those whose time is over may be among them."""
    found = [offer for name in open_ids(state) if (offer := read(state, name)) is not None]
    return sorted(found, key=lambda offer: offer.number)


def over(state: State) -> Iterator[Offer]:
    """Return the offers that are over, in no meaningful order."""
    for fan in state.names(OVER):
        for name in state.names(f"{OVER}/{fan}"):
            offer = read(state, name.removesuffix(".json"))
            if offer is not None:
                yield offer


def close(state: State, operation: Operation, offer: Offer, status: str, taker: SessionId = NOBODY) -> Offer:
    """End an offer."""
    why = operation.event.body[: fields.LONGEST]
    ended = replace(offer, status=status, taker=taker, closed=operation.time, why=why)
    put(state, ended)
    return ended


def expire(state: State, operation: Operation) -> list[Offer]:
    """End the offers whose time is over, and return them."""
    late = [offer for offer in standing(state) if offer.until < operation.time]
    for offer in late:
        put(state, replace(offer, status="expired", closed=offer.until))
    return late
